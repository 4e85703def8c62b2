namespace Millrace.Engine.Storage.Budgets;

/// <summary>What something spends, or may spend: whole numbers, none of them negative, so that sums are exact.</summary>
public readonly record struct BudgetAmounts
{
    /// <summary>The largest amount of each: of money, a million US dollars. Thousands of them are far from an overflow.</summary>
    public const long Max = 1_000_000_000_000_000;

    /// <summary>How many units of <see cref="Money"/> are one US dollar.</summary>
    public const long PerDollar = 1_000_000_000;

    /// <summary>Says how much.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An amount is negative or larger than <see cref="Max"/>.</exception>
    public BudgetAmounts(long money, long tokens, long calls) =>
        (Money, Tokens, Calls) = (Checked(money, nameof(money)), Checked(tokens, nameof(tokens)), Checked(calls, nameof(calls)));

    /// <summary>Billionths of a US dollar: a token whose price is given per million tokens then costs a whole number.</summary>
    public long Money { get; }

    /// <summary>Tokens of models, of questions and answers together.</summary>
    public long Tokens { get; }

    /// <summary>Calls of models.</summary>
    public long Calls { get; }

    /// <summary>One of the amounts.</summary>
    public long this[BudgetUnit unit] => unit switch
    {
        BudgetUnit.Money => Money,
        BudgetUnit.Tokens => Tokens,
        _ => Calls,
    };

    /// <summary>Amounts that are made one by one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is negative or larger than <see cref="Max"/>.</exception>
    public static BudgetAmounts Of(Func<BudgetUnit, long> amount) => new(amount(BudgetUnit.Money), amount(BudgetUnit.Tokens), amount(BudgetUnit.Calls));

    private static long Checked(long amount, string name) => amount is >= 0 and <= Max ? amount
        : throw new ArgumentOutOfRangeException(name, amount, $"An amount must be between 0 and {Max:N0}.");
}

/// <summary>What a budget can limit.</summary>
public enum BudgetUnit
{
    /// <summary>Billionths of a US dollar.</summary>
    Money,
    /// <summary>Tokens of models.</summary>
    Tokens,
    /// <summary>Calls of models.</summary>
    Calls,
}
