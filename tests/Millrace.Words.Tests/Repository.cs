namespace Millrace.Words.Tests;

/// <summary>The files of the checkout that people wrote.</summary>
internal static class Repository
{
    // Folders of tools, and of what they make.
    private static readonly string[] Skipped = ["bin", "obj", "node_modules", ".git", ".millrace", "fuzz-finds"];

    public static string Root { get; } = FindRoot();

    /// <summary>All files with an ending such as ".md" below some folders, or at the root itself (""): their paths from the root.</summary>
    public static IEnumerable<string> Files(string ending, params IEnumerable<string> folders) => folders
        .SelectMany(folder => folder.Length == 0 ? Directory.EnumerateFiles(Root, "*" + ending) : Below(Path.Combine(Root, folder), ending))
        .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
        .Order(StringComparer.Ordinal);

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path)).ReplaceLineEndings("\n");

    /// <summary>The lines of one of the lists beside these tests, without comments and empty ones.</summary>
    public static IReadOnlyList<string> List(string name) =>
        [.. Read($"tests/Millrace.Words.Tests/{name}").Split('\n').Where(line => line.Length > 0 && line[0] != '#')];

    private static IEnumerable<string> Below(string folder, string ending) => Directory.EnumerateFiles(folder, "*" + ending)
        .Concat(Directory.EnumerateDirectories(folder)
            .Where(inner => !Skipped.Contains(Path.GetFileName(inner), StringComparer.Ordinal))
            .SelectMany(inner => Below(inner, ending)));

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "Millrace.slnx")))
            directory = directory.Parent;
        return directory.FullName;
    }
}
