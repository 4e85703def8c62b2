using System.Globalization;

namespace Millrace.Words.Tests;

/// <summary>Lines of C# have at most 140 columns. Older ones are counted, and their number only falls.</summary>
public sealed class LineTests
{
    private const int Most = 140;
    private const int FarTooMany = 200;

    // Folder, lines over 140 columns, lines over 200.
    private static readonly Dictionary<string, (int Long, int VeryLong)> Allowed = Repository.List("long-lines.txt")
        .Select(line => line.Split(' '))
        .ToDictionary(parts => parts[0], parts => (Count(parts[1]), Count(parts[2])), StringComparer.Ordinal);

    public static TheoryData<string> Folders => ["src", "tests", "bench", "fuzz", "samples"];

    [Theory]
    [MemberData(nameof(Folders))]
    public void No_new_line_is_too_long(string folder)
    {
        var lines = Repository.Files(".cs", folder)
            .SelectMany(file => Repository.Read(file).Split('\n').Select((line, index) => (At: $"{file}:{index + 1}", line.Length)))
            .Where(line => line.Length > Most)
            .ToList();
        var allowed = Allowed[folder];
        Assert.True(lines.Count <= allowed.Long, Explain(lines.Count, Most, allowed.Long));
        var veryLong = lines.Count(line => line.Length > FarTooMany);
        Assert.True(veryLong <= allowed.VeryLong, Explain(veryLong, FarTooMany, allowed.VeryLong));

        string Explain(int count, int columns, int allowedCount) =>
            $"{folder} has {count} lines of more than {columns} columns, {count - allowedCount} more than before. Wrap the new ones:\n"
            + "git diff main --unified=0 | grep -E '^\\+.{" + columns + ",}'";
    }

    private static int Count(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
