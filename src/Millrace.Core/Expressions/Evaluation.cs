using Millrace.Core.Values;

namespace Millrace.Core.Expressions;

/// <summary>How much one evaluation may use.</summary>
/// <param name="MaxCost">Steps: every operation, every turn of a comprehension, and long texts and lists by their length.</param>
/// <param name="MaxDepth">How deeply operations may nest. A chain such as <c>a + b + c</c> or <c>a || b || c</c> is one level.</param>
/// <param name="MaxOutput">Rough bytes of all text, lists and maps that the evaluation makes, and of its result.</param>
public sealed record EvaluationLimits(long MaxCost = 1_000_000, int MaxDepth = 64, int MaxOutput = 4 * 1024 * 1024)
{
    /// <summary>The limits where nobody set others.</summary>
    public static readonly EvaluationLimits Default = new();
}

/// <summary>What an evaluation came to: a value, or an error and where in the source it arose.</summary>
public readonly struct Evaluation
{
    private const int MaxErrorLength = 1_000;

    internal Evaluation(Value value, long cost)
    {
        Value = value;
        Position = -1;
        Cost = cost;
    }

    internal Evaluation(string error, int position, long cost)
    {
        Error = Shortened(error);
        Position = position;
        Cost = cost;
    }

    /// <summary>Whether there is a value.</summary>
    public bool Succeeded => Error is null;

    /// <summary>The value, as CEL has it (not normalised to JSON); null after an error.</summary>
    public Value Value { get; }

    /// <summary>What went wrong, as a sentence; null after success.</summary>
    public string? Error { get; }

    /// <summary>Where the error arose, as a UTF-16 offset into the source; -1 where unknown or after success.</summary>
    public int Position { get; }

    /// <summary>The number of steps that the evaluation took.</summary>
    public long Cost { get; }

    // A name in the source may be as long as the source.
    internal static string Shortened(string error) => error.Length <= MaxErrorLength ? error : error[..MaxErrorLength] + "...";
}
