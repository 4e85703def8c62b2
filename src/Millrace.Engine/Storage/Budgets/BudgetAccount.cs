using System.Globalization;

namespace Millrace.Engine.Storage.Budgets;

/// <summary>
/// What one scope spends in one period. Several budgets may limit the same account: it counts what was spent, and knows no limits.
/// </summary>
/// <param name="Scope">Whose spending: the tenant's, or that of one of its workflows, executions or keys.</param>
/// <param name="Period">Which period: empty: all time, else a month or a day, in UTC: "2026-11", "2026-11-30".</param>
public sealed record BudgetAccount(string Scope, string Period = "")
{
    private const string Tenant = "tenant";

    /// <summary>When its period ends; null: never.</summary>
    public DateTimeOffset? EndsAt => Period.Split('-') switch
    {
        [_, _] => First(Period + "-01").AddMonths(1),
        [_, _, _] => First(Period).AddDays(1),
        _ => null,
    };

    /// <summary>All that a tenant spends.</summary>
    public static BudgetAccount OfTenant(BudgetPeriod period, DateTimeOffset now) => new(Tenant, Name(period, now));

    /// <summary>What all executions of a workflow spend.</summary>
    public static BudgetAccount OfWorkflow(string workflowId, BudgetPeriod period, DateTimeOffset now) => new("workflow:" + workflowId, Name(period, now));

    /// <summary>What is spent under a key, such as an API key's id.</summary>
    public static BudgetAccount OfKey(string key, BudgetPeriod period, DateTimeOffset now) => new("key:" + key, Name(period, now));

    /// <summary>What one execution spends. The account goes when the execution is deleted.</summary>
    public static BudgetAccount OfExecution(string executionId) => new("execution:" + executionId);

    /// <summary>As text, such as "2026-11|tenant"; <see cref="Parse"/> reads it.</summary>
    public override string ToString() => $"{Period}|{Scope}";

    /// <summary>An account from its text.</summary>
    public static BudgetAccount Parse(string text)
    {
        var bar = text.IndexOf('|', StringComparison.Ordinal);
        return bar < 0 ? new BudgetAccount(text) : new BudgetAccount(text[(bar + 1)..], text[..bar]);
    }

    private static string Name(BudgetPeriod period, DateTimeOffset now) => period switch
    {
        BudgetPeriod.Day => now.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        BudgetPeriod.Month => now.UtcDateTime.ToString("yyyy-MM", CultureInfo.InvariantCulture),
        _ => "",
    };

    private static DateTimeOffset First(string day) => DateTimeOffset.ParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}

/// <summary>How long an account counts before the next one begins at zero.</summary>
public enum BudgetPeriod
{
    /// <summary>For ever.</summary>
    Total,
    /// <summary>A calendar month in UTC.</summary>
    Month,
    /// <summary>A calendar day in UTC.</summary>
    Day,
}
