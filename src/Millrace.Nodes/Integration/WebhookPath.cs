namespace Millrace.Nodes.Integration;

/// <summary>What addresses that the outside calls have in common.</summary>
internal static class WebhookPath
{
    /// <summary>What a path is made of, for messages.</summary>
    public const string Rule = "it has parts of letters, digits, '-', '_', '.' and '~' with '/' between them";

    /// <summary>Whether a text can stand between two slashes.</summary>
    public static bool IsPart(string part) =>
        part.Length > 0 && part is not ("." or "..") && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '~');
}
