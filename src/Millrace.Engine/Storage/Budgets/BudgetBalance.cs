namespace Millrace.Engine.Storage.Budgets;

/// <summary>
/// What an account has used and reserved, and how that changes: the arithmetic that all stores share. A store reads a balance, lets it change, and
/// writes it back, alone with the account meanwhile.
/// </summary>
/// <param name="Used">What was spent.</param>
/// <param name="Reserved">What is reserved for calls under way.</param>
public readonly record struct BudgetBalance(BudgetTotals Used, BudgetTotals Reserved)
{
    /// <summary>
    /// Whether a call fits: with it, what is used and reserved must not pass the limit. Where nothing is left, none fits, also one that is not
    /// expected to spend any: what it spends may not be known before.
    /// </summary>
    public BudgetShortage? ShortageOf(BudgetLine line, BudgetAmounts estimate)
    {
        foreach (var unit in BudgetTotals.Units)
        {
            var limit = Math.Min(line.Limits[unit] ?? BudgetTotals.Max, BudgetTotals.Max);
            if (Used[unit] + Reserved[unit] + Math.Max(estimate[unit], 1) > limit)
                return new BudgetShortage(line.Account, unit, limit, Used[unit], Reserved[unit], estimate[unit]);
        }
        return null;
    }

    /// <summary>With a call that was found to fit.</summary>
    public BudgetBalance Reserve(BudgetAmounts estimate) => this with { Reserved = Reserved.Plus(estimate) };

    /// <summary>With what a call has spent, less what is no longer reserved for it.</summary>
    public BudgetBalance Settle(BudgetAmounts spent, BudgetAmounts released) => new(Used.Plus(spent), Reserved.Minus(released));

    /// <summary>What remains reserved for a call that has spent some: a call is never charged twice for what was reserved.</summary>
    public static BudgetAmounts Remaining(BudgetAmounts reserved, BudgetSettlement settlement) => settlement.IsFinal
        ? default
        : BudgetAmounts.Of(unit => Math.Max(0, reserved[unit] - settlement.Spent[unit]));

    /// <summary>What is given back.</summary>
    public static BudgetAmounts Released(BudgetAmounts reserved, BudgetAmounts remaining) => BudgetAmounts.Of(unit => reserved[unit] - remaining[unit]);
}

/// <summary>Sums of amounts. They stop at <see cref="Max"/>, from where on nothing more fits.</summary>
/// <param name="Money">Billionths of a US dollar.</param>
/// <param name="Tokens">Tokens of models.</param>
/// <param name="Calls">Calls of models.</param>
public readonly record struct BudgetTotals(long Money, long Tokens, long Calls)
{
    /// <summary>The largest sum of each; two of them and an amount still fit a 64-bit integer.</summary>
    public const long Max = 4_000_000_000_000_000_000;

    internal static readonly BudgetUnit[] Units = [BudgetUnit.Money, BudgetUnit.Tokens, BudgetUnit.Calls];

    /// <summary>One of the sums.</summary>
    public long this[BudgetUnit unit] => unit switch
    {
        BudgetUnit.Money => Money,
        BudgetUnit.Tokens => Tokens,
        _ => Calls,
    };

    /// <summary>With more.</summary>
    public BudgetTotals Plus(BudgetAmounts amounts) =>
        new(Math.Min(Money + amounts.Money, Max), Math.Min(Tokens + amounts.Tokens, Max), Math.Min(Calls + amounts.Calls, Max));

    /// <summary>With less.</summary>
    public BudgetTotals Minus(BudgetAmounts amounts) => new(Money - amounts.Money, Tokens - amounts.Tokens, Calls - amounts.Calls);
}
