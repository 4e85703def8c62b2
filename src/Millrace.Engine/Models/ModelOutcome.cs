using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Engine.Models;

/// <summary>What came of asking a model. The set is closed.</summary>
public abstract record ModelOutcome
{
    private ModelOutcome()
    {
    }

    /// <summary>The model returned an answer.</summary>
    /// <param name="Text">The answer.</param>
    /// <param name="Model">The model that gave it, by the provider's name.</param>
    /// <param name="Usage">The tokens it took.</param>
    /// <param name="FinishReason">Why it ended: "stop", "length", ...</param>
    public sealed record Answered(string Text, string Model, TokenUsage Usage, string FinishReason) : ModelOutcome;

    /// <summary>The provider refused, failed, or could not be reached.</summary>
    /// <param name="Error">Why, and whether it is worth another attempt.</param>
    public sealed record Failed(NodeError Error) : ModelOutcome;
}

/// <summary>The tokens of one call.</summary>
/// <param name="PromptTokens">Those of the question.</param>
/// <param name="CompletionTokens">Those of the answer.</param>
public readonly record struct TokenUsage(long PromptTokens, long CompletionTokens)
{
    /// <summary>As data: {promptTokens, completionTokens, totalTokens}.</summary>
    public MapValue ToValue() => MapValue.Of(("promptTokens", PromptTokens), ("completionTokens", CompletionTokens), ("totalTokens", PromptTokens + CompletionTokens));
}
