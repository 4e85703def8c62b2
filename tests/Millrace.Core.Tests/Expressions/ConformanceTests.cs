using System.Text.Json;

namespace Millrace.Core.Tests.Expressions;

public sealed class ConformanceTests
{
    private const string Missing = "(no conformance cases found)";
    private const string Override = "MILLRACE_CONFORMANCE";

    private static readonly string? Folder = FindFolder();
    private static readonly Dictionary<string, ConformanceCase> Cases = ReadCases();
    private static readonly Dictionary<string, string> Deviations = ReadDeviations();

    public static TheoryData<string> Names => Cases.Count > 0 ? [.. Cases.Keys] : [Missing];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_published_case_gives_the_published_result(string name)
    {
        if (!Cases.TryGetValue(name, out var @case))
        {
            Assert.False(
                string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.Ordinal),
                $"The conformance cases are missing; set {Override} to their folder.");
            Assert.Skip($"The conformance cases are not on this machine; set {Override} to their folder.");
        }
        var complaint = @case.Check();
        if (Deviations.TryGetValue(name, out var reason))
            Assert.True(complaint is not null, $"{@case.Expression} conforms after all; remove its deviation ({reason}).");
        else
            Assert.True(complaint is null, $"{@case.Expression} {complaint}");
    }

    [Fact]
    public void Deviations_are_few_and_name_cases_that_exist()
    {
        Assert.InRange(Deviations.Count, 0, 15);
        if (Folder is not null)
            Assert.All(Deviations.Keys, name => Assert.True(Cases.ContainsKey(name), name));
    }

    private static string? FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Millrace.slnx")))
                return folder.FullName;
        }
        return null;
    }

    private static string? FindFolder()
    {
        if (Environment.GetEnvironmentVariable(Override) is { Length: > 0 } named)
            return Directory.Exists(named) ? named : null;
        var beside = FindRepository() is { } root ? Path.GetFullPath(Path.Combine(root, "..", "shared", "conformance", "cel")) : null;
        return Directory.Exists(beside) ? beside : null;
    }

    private static Dictionary<string, ConformanceCase> ReadCases()
    {
        var cases = new Dictionary<string, ConformanceCase>(StringComparer.Ordinal);
        if (Folder is null)
            return cases;
        foreach (var file in Directory.EnumerateFiles(Folder, "*.json").Order(StringComparer.Ordinal))
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            foreach (var json in document.RootElement.EnumerateArray())
            {
                var @case = ConformanceCase.Read(json);
                // A few published names repeat with another expression.
                var name = @case.Name;
                for (var i = 2; !cases.TryAdd(name, @case); i++)
                    name = $"{@case.Name}#{i}";
            }
        }
        return cases;
    }

    private static Dictionary<string, string> ReadDeviations()
    {
        var file = Path.Combine(FindRepository()!, "tests", "Millrace.Core.Tests", "Expressions", "deviations.json");
        return JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(file))!;
    }
}
