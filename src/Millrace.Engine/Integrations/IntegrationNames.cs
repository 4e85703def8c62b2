namespace Millrace.Engine.Integrations;

/// <summary>What integrations and their operations may be called.</summary>
public static class IntegrationNames
{
    /// <summary>The rule, for messages.</summary>
    public const string Rule = "it has 1 to 64 letters, digits, '_' or '-'";

    /// <summary>Whether a text is a name.</summary>
    public static bool IsName(string text) =>
        text.Length is > 0 and <= 64 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
}
