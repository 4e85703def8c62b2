using System.Text.RegularExpressions;

namespace Millrace.Docs.Tests;

/// <summary>A fenced block of a page.</summary>
/// <param name="Language">The first word after the fence.</param>
/// <param name="Text">What it holds, with a line end after every line.</param>
/// <param name="Line">The line of its fence, from 1.</param>
/// <param name="File">The file that the text before tells the reader to save it as; null: none.</param>
internal sealed record Block(string Language, string Text, int Line, string? File);

/// <summary>A row of a table below the given headings.</summary>
internal sealed record Row(string[] Headings, string[] Cells, int Line);

/// <summary>Takes a page apart, as far as the tests need it.</summary>
internal static partial class Markdown
{
    private const int PatienceMilliseconds = 5_000;

    public static IEnumerable<Block> Blocks(string page)
    {
        var lines = page.Split('\n');
        var before = "";
        for (var i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith("```", StringComparison.Ordinal))
            {
                before += lines[i] + "\n";
                continue;
            }
            var end = Array.FindIndex(lines, i + 1, line => line.StartsWith("```", StringComparison.Ordinal));
            if (end < 0)
                throw new InvalidDataException($"The block at line {i + 1} has no end.");
            var text = string.Concat(lines[(i + 1)..end].Select(line => line + "\n"));
            yield return new Block(
                lines[i][3..].Trim(), text, i + 1, SavedAs().Match(before) is { Success: true } match ? match.Groups["name"].Value : null);
            before = "";
            i = end;
        }
    }

    /// <summary>The rows of every table, code blocks left out. Code spans lose their ticks, and "\|" is "|".</summary>
    public static IEnumerable<Row> Rows(string page)
    {
        string[]? headings = null;
        var number = 0;
        var isCode = false;
        foreach (var line in page.Split('\n'))
        {
            number++;
            isCode ^= line.StartsWith("```", StringComparison.Ordinal);
            if (isCode || !line.StartsWith('|'))
            {
                headings = null;
                continue;
            }
            var cells = Separator().Split(line.Trim().Trim('|')).Select(Unquoted).ToArray();
            if (headings is null)
                headings = cells;
            else if (!cells.All(cell => cell.All(c => c is '-' or ':')) || cells.All(cell => cell.Length == 0))
                yield return new Row(headings, cells, number);
        }
    }

    /// <summary>The targets of links and images that stay inside the repository.</summary>
    public static IEnumerable<string> Links(string page) =>
        Link()
            .Matches(Fenced().Replace(page, ""))
            .Select(match => match.Groups["target"].Value)
            .Where(target => !target.Contains("://", StringComparison.Ordinal));

    /// <summary>The anchors that headings make, as GitHub names them.</summary>
    public static HashSet<string> Anchors(string page) =>
        [
            .. Heading().Matches(Fenced().Replace(page, ""))
            .Select(match => NotInAnchors().Replace(match.Groups["text"].Value.ToLowerInvariant(), "").Trim().Replace(' ', '-')),
        ];

    private static string Unquoted(string cell)
    {
        var text = cell.Trim().Replace("\\|", "|", StringComparison.Ordinal);
        return text.Length >= 2 && text[0] == '`' && text[^1] == '`' ? text.Trim('`').Trim() : text;
    }

    [GeneratedRegex(@"[Ss]ave (this|it) as\s+`(?<name>[^`]+)`[^`]*$", RegexOptions.ExplicitCapture, PatienceMilliseconds)]
    private static partial Regex SavedAs();

    [GeneratedRegex(@"(?<!\\)\|", RegexOptions.None, PatienceMilliseconds)]
    private static partial Regex Separator();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, PatienceMilliseconds)]
    private static partial Regex Link();

    [GeneratedRegex(@"^#+ (?<text>.*)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, PatienceMilliseconds)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]", RegexOptions.None, PatienceMilliseconds)]
    private static partial Regex NotInAnchors();

    [GeneratedRegex(@"^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline, PatienceMilliseconds)]
    private static partial Regex Fenced();
}
