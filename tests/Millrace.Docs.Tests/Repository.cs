namespace Millrace.Docs.Tests;

/// <summary>The checkout that the tests are about.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>Everything that readers read: README.md, CONTRIBUTING.md, the samples' and docs/**, by their paths from the root.</summary>
    public static IEnumerable<string> Pages => Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
        .Order(StringComparer.Ordinal)
        .Prepend("samples/testing/README.md")
        .Prepend("samples/custom-node/README.md")
        .Prepend("samples/orchestrator/README.md")
        .Prepend("samples/workers/README.md")
        .Prepend("samples/README.md")
        .Prepend("CONTRIBUTING.md")
        .Prepend("README.md");

    public static string PathOf(string path) => Path.Combine(Root, path);

    public static string Read(string path) => File.ReadAllText(PathOf(path)).ReplaceLineEndings("\n");

    /// <summary>Where a project of the same configuration as these tests was built to.</summary>
    public static string Built(string project) =>
        PathOf($"src/{project}/bin/{new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name}/net10.0");

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "Millrace.slnx")))
            directory = directory.Parent;
        return directory.FullName;
    }
}
