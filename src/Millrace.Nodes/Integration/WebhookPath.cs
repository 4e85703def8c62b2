using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Integration;

/// <summary>What addresses that the outside calls have in common.</summary>
internal static class WebhookPath
{
    /// <summary>What a path is made of, for messages.</summary>
    public const string Rule = "it has parts of letters, digits, '-', '_', '.' and '~' with '/' between them";

    /// <summary>Whether a text can stand between two slashes.</summary>
    public static bool IsPart(string part) =>
        part.Length > 0 && part is not ("." or "..") && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '~');

    /// <summary>Adds an error where a config asks for authentication: to leave it out would open to everybody what was meant for few.</summary>
    public static void CheckAuth(Value auth, string what, NodeCompilation compilation)
    {
        var kind = auth.TryGetString(out var name) ? name : auth["type"].TryGetString(out var type) ? type : auth.IsNull ? "none" : "its form";
        if (kind is not "none")
            compilation.Unsupported("/auth", $"{what} authentication ({kind})");
    }
}
