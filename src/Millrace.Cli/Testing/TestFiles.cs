using Millrace.Testing.Files;

namespace Millrace.Cli.Testing;

/// <summary>Finds files of tests.</summary>
internal static class TestFiles
{
    private static readonly EnumerationOptions Everywhere = new()
    {
        RecurseSubdirectories = true,
        IgnoreInaccessible = true,
        AttributesToSkip = FileAttributes.System | FileAttributes.Hidden | FileAttributes.ReparsePoint,
    };

    /// <summary>The files, in the order of their names below each path; null with a sentence where there are none.</summary>
    public static IReadOnlyList<string>? Find(IEnumerable<string> paths, out string? problem)
    {
        problem = null;
        var files = new List<string>();
        foreach (var path in paths)
        {
            if (Directory.Exists(path))
                files.AddRange(
                    Directory
                        .EnumerateFiles(path, "*", Everywhere)
                        .Where(WorkflowTestFile.IsOne)
                        .Where(IsOwn)
                        .Select(Shown)
                        .Order(StringComparer.Ordinal));
            else if (!File.Exists(path))
                problem ??= $"There is no file or folder '{path}' in {Directory.GetCurrentDirectory()}. Check the path.";
            else if (!WorkflowTestFile.IsOne(path))
                problem ??= $"'{path}' is not a test file: those are called NAME.tests.yaml, .yml or .json, beside the workflow NAME.";
            else
                files.Add(path);
        }
        problem ??= files.Count == 0
            ? $"There are no tests below {string.Join(", ", paths.Select(path => $"'{path}'"))}: there is no file NAME.tests.yaml, .yml or "
                + ".json."
            : null;
        return problem is null ? [.. files.Distinct(StringComparer.Ordinal)] : null;
    }

    // What was copied there by a build is not meant.
    private static bool IsOwn(string path) =>
        !path.Split(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar).Any(part => part is "bin" or "obj" or "node_modules");

    private static string Shown(string path) =>
        path.StartsWith($".{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? path[2..] : path;
}
