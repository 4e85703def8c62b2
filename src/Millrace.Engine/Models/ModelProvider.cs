namespace Millrace.Engine.Models;

/// <summary>Something that answers for models.</summary>
public abstract class ModelProvider
{
    /// <summary>Its name, as in "openai/gpt-4o".</summary>
    public abstract string Name { get; }

    /// <summary>Whether it may have a model. What cannot be told by a name alone, it may have.</summary>
    public virtual bool Serves(string model) => true;

    /// <summary>Asks once: no retries, which are the engine's. Expected failures are outcomes.</summary>
    public abstract ValueTask<ModelOutcome> AskAsync(ModelRequest request, CancellationToken cancellation);

    /// <summary>What a model costs; null: not known.</summary>
    public virtual ModelPrice? PriceOf(string model) => null;
}

/// <summary>What a model costs.</summary>
/// <param name="In">US dollars per million tokens of the question.</param>
/// <param name="Out">US dollars per million tokens of the answer.</param>
public sealed record ModelPrice(decimal In, decimal Out)
{
    /// <summary>What some tokens cost, in US dollars.</summary>
    public decimal Of(TokenUsage usage) => (In * usage.PromptTokens + Out * usage.CompletionTokens) / 1_000_000m;
}
