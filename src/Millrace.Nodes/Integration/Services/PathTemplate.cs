using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using Millrace.Core.Values;

namespace Millrace.Nodes.Integration.Services;

/// <summary>
/// A path with {param} in it. A param is escaped, so that it stays within its segment: whatever it is, the path has as many segments as its
/// template, on the same server.
/// </summary>
internal sealed class PathTemplate
{
    private const int Longest = 2_000;
    private const string Rule = "A path begins with '/', such as /customers/{id}";
    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@%/");

    private readonly ImmutableArray<(string Text, bool IsParam)> _parts;

    private PathTemplate(ImmutableArray<(string Text, bool IsParam)> parts) => _parts = parts;

    /// <summary>The names of its params.</summary>
    public IEnumerable<string> Params => _parts.Where(part => part.IsParam).Select(part => part.Text);

    /// <summary>Reads one; null with a sentence where it is none.</summary>
    public static PathTemplate? TryParse(string text, out string? problem)
    {
        problem = text.Length is 0 or > Longest || text[0] != '/' ? $"'{text}' is not a path. {Rule}." : null;
        var parts = ImmutableArray.CreateBuilder<(string, bool)>();
        for (var at = 0; problem is null && at < text.Length;)
        {
            var open = text.IndexOf('{', at);
            if (open == at)
            {
                var close = text.IndexOf('}', at);
                var name = close < 0 ? "" : text[(at + 1)..close];
                if (!IsName(name))
                    problem = $"'{text}' has a '{{' that does not begin a param such as {{id}}: a name has letters, digits and '_'.";
                parts.Add((name, true));
                at = close + 1;
                continue;
            }
            var fixedText = text[at..(open < 0 ? text.Length : open)];
            if (fixedText.AsSpan().IndexOfAnyExcept(Allowed) is >= 0 and var wrong)
                problem = fixedText[wrong] is '?' or '#'
                    ? $"'{text}' has '{fixedText[wrong]}', which is not allowed. Give query parameters as params, or as the 'query' of an "
                        + "operation."
                    : $"'{text}' has '{fixedText[wrong]}', which is not allowed; write it percent-encoded.";
            parts.Add((fixedText, false));
            at += fixedText.Length;
        }
        problem ??= SegmentsProblem(text);
        return problem is null ? new(parts.ToImmutable()) : null;
    }

    /// <summary>The path with its params; null with a sentence where one is missing or cannot be in a path.</summary>
    public string? TryFill(MapValue values, out string? problem)
    {
        problem = null;
        var path = new StringBuilder();
        foreach (var (text, isParam) in _parts)
        {
            if (!isParam)
                path.Append(text);
            else if (TextOf(values, text, out problem) is { } value)
                path.Append(Uri.EscapeDataString(value));
            else
                return null;
        }
        problem = SegmentsProblem(path.ToString());
        return problem is null ? path.ToString() : null;
    }

    private static string? TextOf(MapValue values, string name, out string? problem)
    {
        problem = null;
        if (!values.TryGet(name, out var value) || value.IsNull)
            problem = $"The param '{name}' is missing; it is part of the path.";
        else if (value.Kind is ValueKind.List or ValueKind.Map)
            problem = $"The param '{name}' is {Failures.Kind(value)}; a part of a path is text or a number.";
        else if (Text.Of(value) is { Length: > 0 and <= Longest } text)
            return text;
        else
            problem = $"The param '{name}' is empty or too long; a part of a path has 1 to {Longest} characters.";
        return null;
    }

    // Between two slashes there is something, and it does not lead up, however it is written.
    private static string? SegmentsProblem(string path)
    {
        foreach (var segment in path.Split('/').Skip(1).SkipLast(path.EndsWith('/') ? 1 : 0))
        {
            var plain = Uri.UnescapeDataString(segment);
            if (plain.Length == 0)
                return $"'{path}' has two slashes in a row. {Rule}.";
            if (plain is "." or "..")
                return $"'{path}' has '{segment}' between its slashes, which leads to another path.";
        }
        return null;
    }

    private static bool IsName(string text) => text.Length is > 0 and <= 64 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_');
}
