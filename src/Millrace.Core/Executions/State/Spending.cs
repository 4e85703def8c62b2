using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>What model calls cost.</summary>
/// <param name="Money">US dollars.</param>
/// <param name="TokensIn">Tokens of the questions.</param>
/// <param name="TokensOut">Tokens of the answers.</param>
public readonly record struct Spending(decimal Money, long TokensIn, long TokensOut)
{
    /// <summary>Adds the amounts.</summary>
    public static Spending operator +(Spending left, Spending right) =>
        new(left.Money + right.Money, left.TokensIn + right.TokensIn, left.TokensOut + right.TokensOut);

    /// <summary>What one event of a node adds: an answer's is in its meta, that of one which could not be used in its error's details.</summary>
    public static Spending Of(NodeEvent e) => e switch
    {
        NodeCompleted completed => In(completed.Meta),
        NodeFailed failed => In(failed.Error.Details),
        StepCompleted step => step.Usage,
        NodeRetrying retrying => In(retrying.Error.Details),
        _ => default,
    };

    /// <summary>As data: {money, tokensIn, tokensOut}; null where it is nothing.</summary>
    public Value ToValue() => this == default ? Value.Null : MapValue.Of(("money", (double)Money), ("tokensIn", TokensIn), ("tokensOut", TokensOut));

    /// <summary>From data as <see cref="ToValue"/> gives it.</summary>
    public static Spending Read(Value json) => json.IsNull ? default : new(Amount(json["money"]), Tokens(json["tokensIn"]), Tokens(json["tokensOut"]));

    /// <summary>What a node's meta, or the details of its error, say: {usage {promptTokens, completionTokens}, cost}.</summary>
    public static Spending In(Value about)
    {
        if (about.IsNull || !about["usage"].TryGetMap(out var usage))
            return default;
        return new(Amount(about["cost"]), Tokens(((Value)usage)["promptTokens"]), Tokens(((Value)usage)["completionTokens"]));
    }

    private static long Tokens(Value value) => value.TryGetInt(out var count) ? count : 0;

    private static decimal Amount(Value value) => value.TryGetDouble(out var amount) && Math.Abs(amount) < 1e12 ? (decimal)amount : value.TryGetInt(out var whole) ? whole : 0;
}
