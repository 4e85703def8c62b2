using System.Text.Json;
using Millrace.Core.Schemas;
using Millrace.Core.Values;

namespace Millrace.Nodes.Ai;

/// <summary>Makes a node's output of a model's answer.</summary>
internal static class Answer
{
    private const string Fence = "```";

    /// <summary>The output; false with a sentence where the answer is not what was asked for.</summary>
    public static bool TryRead(string text, LlmResponseFormat format, Schema? schema, out Value output, out string? problem)
    {
        output = text;
        problem = null;
        switch (format)
        {
            case LlmResponseFormat.Text:
                return true;
            case LlmResponseFormat.Auto:
                if (TryParse(text, out var found) && found.Kind is ValueKind.Map or ValueKind.List)
                    output = found;
                return true;
            default:
                if (!TryParse(text, out output))
                    problem = "it is not JSON";
                else if (format == LlmResponseFormat.Schema && schema!.Validate(output) is { IsEmpty: false } problems)
                    problem = $"it does not match 'schema'{(problems[0].Pointer is { Length: > 0 } pointer ? $" at '{pointer}'" : "")}: "
                        + $"{problems[0].Message}";
                return problem is null;
        }
    }

    // The whole answer, or its only fenced block: models like to explain what they give.
    private static bool TryParse(string text, out Value value) =>
        TryJson(text.AsSpan().Trim(), out value) || (OnlyBlock(text) is { } block && TryJson(block, out value));

    private static bool TryJson(ReadOnlySpan<char> text, out Value value)
    {
        value = default;
        try
        {
            value = ValueJson.Parse(text.ToString());
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string? OnlyBlock(string text)
    {
        var parts = text.Split(Fence);
        if (parts.Length != 3)
            return null;
        // What follows the opening fence on its line is the block's language.
        var line = parts[1].IndexOf('\n', StringComparison.Ordinal);
        return line < 0 ? null : parts[1][(line + 1)..].Trim();
    }
}
