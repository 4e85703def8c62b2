namespace Millrace.Cli.Output;

/// <summary>Makes text of documents and servers safe to print.</summary>
internal static class Printable
{
    /// <summary>The text on one line and without control characters: a document must not talk to the terminal.</summary>
    public static string Of(string text) => text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)) : text;
}
