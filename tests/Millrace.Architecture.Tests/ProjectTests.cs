using System.Text.RegularExpressions;

namespace Millrace.Architecture.Tests;

/// <summary>The house: which project may know which, and where things are.</summary>
public sealed class ProjectTests
{
    // Arrows point down only.
    private static readonly Dictionary<string, string[]> Below = new(StringComparer.Ordinal)
    {
        ["Millrace.Core"] = [],
        ["Millrace.Engine"] = ["Millrace.Core"],
        ["Millrace.Sandbox"] = [],
        ["Millrace.Nodes"] = ["Millrace.Core", "Millrace.Engine", "Millrace.Sandbox"],
        ["Millrace.Storage.Sqlite"] = ["Millrace.Core", "Millrace.Engine"],
        ["Millrace.Testing"] = ["Millrace.Core", "Millrace.Engine", "Millrace.Nodes"],
        ["Millrace.Server"] = ["Millrace.Core", "Millrace.Engine", "Millrace.Nodes", "Millrace.Storage.Sqlite"],
        ["millrace"] = ["Millrace.Core", "Millrace.Engine", "Millrace.Nodes", "Millrace.Storage.Sqlite", "Millrace.Server", "Millrace.Testing"],
    };

    private static readonly string[] TechnicalNames = ["Common", "Contracts", "Helpers", "Interfaces", "Managers", "Misc", "Shared", "Utilities", "Utils"];

    // Folders of one namespace: the machine and its state are partial classes, with a file for each input.
    private static readonly string[] PartsOfExecutions = ["Events", "Forks", "History", "Inputs", "Journal", "State"];

    public static TheoryData<string> Projects() => [.. Below.Keys];

    public static TheoryData<string> SourceFolders() => [.. Directory.EnumerateDirectories(Source(), "Millrace.*").Select(folder => Path.GetFileName(folder)!)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_knows_only_those_below_it(string project)
    {
        var known = System.Reflection.Assembly.Load(project).GetReferencedAssemblies()
            .Select(reference => reference.Name!)
            .Where(name => name.StartsWith("millrace", StringComparison.OrdinalIgnoreCase));
        Assert.Empty(known.Except(Below[project], StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(SourceFolders))]
    public void A_namespace_is_the_folder_it_is_in(string project)
    {
        var misplaced =
            from file in Files(project)
            let text = File.ReadAllText(file)
            let declared = Regex.Match(text, @"^namespace (?<name>[\w.]+);", RegexOptions.Multiline | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1))
            where declared.Success
            let folder = Path.GetRelativePath(Source(), Path.GetDirectoryName(file)!).Replace(Path.DirectorySeparatorChar, '.')
            where declared.Groups["name"].Value != WithoutPart(folder)
            select $"{file} is in the namespace {declared.Groups["name"].Value}";
        Assert.Empty(misplaced);
    }

    private static string WithoutPart(string folder) =>
        PartsOfExecutions.Any(part => folder == $"Millrace.Core.Executions.{part}") ? "Millrace.Core.Executions" : folder;

    [Theory]
    [MemberData(nameof(SourceFolders))]
    public void Folders_are_named_for_what_they_do(string project)
    {
        var folders = Files(project).SelectMany(file => Path.GetRelativePath(Source(), file).Split(Path.DirectorySeparatorChar)[..^1]).Distinct(StringComparer.Ordinal);
        Assert.Empty(folders.Intersect(TechnicalNames, StringComparer.OrdinalIgnoreCase));
    }

    private static IEnumerable<string> Files(string project) => Directory.EnumerateFiles(Path.Combine(Source(), project), "*.cs", SearchOption.AllDirectories)
        .Where(file => !Path.GetRelativePath(Source(), file).Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin"));

    private static string Source()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Millrace.slnx")))
            folder = folder.Parent;
        return Path.Combine(folder.FullName, "src");
    }
}
