using System.Collections.Immutable;

namespace Millrace.Engine.Storage.Budgets;

/// <summary>What is set aside for a call that is about to be made, in every account that it will be charged to.</summary>
/// <param name="ExecutionId">The execution that makes the call; of an effect outside of any stored execution, an id of its own.</param>
/// <param name="Id">Which call of it. The same call has the same id, also after a crash.</param>
/// <param name="Estimate">What it is expected to spend. It may turn out to be more or less.</param>
/// <param name="Lines">The accounts and their limits, each account once.</param>
public sealed record BudgetReservation(string ExecutionId, string Id, BudgetAmounts Estimate, ImmutableArray<BudgetLine> Lines)
{
    /// <summary>
    /// When it is given back although nobody has settled it. Null: when its execution ends, which must be a stored one.
    /// </summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>An account, and how much of each may be spent there.</summary>
/// <param name="Account">The account.</param>
/// <param name="Limits">The limits of its budgets, the lowest of each.</param>
public sealed record BudgetLine(BudgetAccount Account, BudgetLimits Limits);

/// <summary>How much may be spent of each; null: any amount.</summary>
/// <param name="Money">Billionths of a US dollar.</param>
/// <param name="Tokens">Tokens of models.</param>
/// <param name="Calls">Calls of models.</param>
public readonly record struct BudgetLimits(long? Money = null, long? Tokens = null, long? Calls = null)
{
    /// <summary>One of the limits.</summary>
    public long? this[BudgetUnit unit] => unit switch
    {
        BudgetUnit.Money => Money,
        BudgetUnit.Tokens => Tokens,
        _ => Calls,
    };
}

/// <summary>What a call has spent, in the end or so far.</summary>
/// <param name="Id">The id of its reservation, among those of its execution.</param>
/// <param name="Spent">What it has spent since it was last said.</param>
/// <param name="IsFinal">Whether that is all: what is still reserved for it is given back.</param>
public sealed record BudgetSettlement(string Id, BudgetAmounts Spent, bool IsFinal = true);

/// <summary>Which limit does not allow a call.</summary>
/// <param name="Account">The account.</param>
/// <param name="Unit">What is limited.</param>
/// <param name="Limit">How much may be spent.</param>
/// <param name="Used">How much of that is.</param>
/// <param name="Reserved">How much is reserved for calls under way.</param>
/// <param name="Asked">How much the call was expected to spend.</param>
public sealed record BudgetShortage(BudgetAccount Account, BudgetUnit Unit, long Limit, long Used, long Reserved, long Asked);

/// <summary>How an account stands.</summary>
/// <param name="Account">The account.</param>
/// <param name="Balance">What is used and reserved.</param>
public sealed record BudgetUse(BudgetAccount Account, BudgetBalance Balance);
