using Millrace.Core.Values;

namespace Millrace.Core.Schemas;

/// <summary>`format`: an annotation, but for three that are checked lightly because forms and webhooks rely on them.</summary>
internal static class SchemaFormats
{
    public static void Add(Keyword keyword)
    {
        if (!keyword.Value.TryGetString(out var format))
        {
            keyword.Refuse("'format' must be text.");
            return;
        }
        switch (format)
        {
            case "date-time": keyword.Add(value => value.TryGetString(out var text) ? DateTimeProblem(text) : null); break;
            case "uri": Add(keyword, text => Uri.TryCreate(text, UriKind.Absolute, out _) && text.Contains(':'), "an absolute URI such as https://example.com"); break;
            case "email": Add(keyword, IsEmail, "an e-mail address"); break;
            default: break; // An annotation.
        }
    }

    private static void Add(Keyword keyword, Predicate<string> holds, string words) =>
        keyword.Add(value => !value.TryGetString(out var text) || holds(text) ? null : $"This must be {words}.");

    // Stricter than what is read elsewhere: other programs rely on the format, too.
    private static string? DateTimeProblem(string text)
    {
        if (!Rfc3339.TryParse(text, out _))
            return "This must be a date and time such as 2026-01-31T12:00:00Z.";
        var isWhole = text.Length >= 20 && text[16] == ':' && (text[^1] is 'Z' or 'z' || text[^6] is '+' or '-');
        return isWhole ? null : "This must be a date and time with seconds, and a zone as +01:00 or Z, such as 2026-01-31T12:00:00Z.";
    }

    private static bool IsEmail(string text)
    {
        var at = text.LastIndexOf('@');
        return at > 0 && at < text.Length - 1 && text.Length <= 254 && !text.Any(char.IsWhiteSpace) && !text[(at + 1)..].StartsWith('.');
    }
}
