namespace Millrace.Words.Tests;

/// <summary>All that is checked.</summary>
internal static class Texts
{
    public static IEnumerable<string> Documents => Repository.Files(".md", "", "docs", "samples", ".github");

    public static IEnumerable<string> Projects => Directory.EnumerateDirectories(Path.Combine(Repository.Root, "src"))
        .Select(folder => "src/" + Path.GetFileName(folder))
        .Order(StringComparer.Ordinal);

    public static IEnumerable<Passage> OfProject(string project) => Repository.Files(".cs", project).SelectMany(CodeText.Of);
}
