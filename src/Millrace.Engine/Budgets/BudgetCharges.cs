using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Storage.Budgets;

namespace Millrace.Engine.Budgets;

/// <summary>
/// What the events of a commit charge to budgets. They are charged with that commit, so that what budgets have used is always what journals
/// say was spent: nothing is charged for an outcome that is not recorded, and nothing twice.
/// </summary>
internal static class BudgetCharges
{
    /// <summary>Whether budgets apply to a node of this type.</summary>
    public static bool ApplyTo(NodeTypeDescription type) => type.EstimateOf is not null;

    /// <summary>The id of an attempt's reservation, among those of its execution.</summary>
    public static string IdOf(string nodeId, string iteration, int attempt) => $"{nodeId}:{iteration}:{attempt}";

    /// <summary>What a commit charges.</summary>
    /// <param name="events">Its events.</param>
    /// <param name="stopped">The runs that it stops: how they would have ended is not recorded, and what is reserved for them is given
    /// back.</param>
    public static IReadOnlyList<BudgetSettlement> Of(IReadOnlyList<ExecutionEvent> events, IReadOnlyList<NodeRun> stopped)
    {
        List<BudgetSettlement>? charges = null;
        for (var index = 0; index < events.Count; index++)
        {
            if (events[index] is NodeEvent e && ApplyTo(e.Node.Type) && ChargeOf(e) is { } charge)
                (charges ??= []).Add(charge);
        }
        for (var index = 0; index < stopped.Count; index++)
        {
            if (stopped[index] is { Attempt: > 0 } run && ApplyTo(run.Node.Type))
                (charges ??= []).Add(new BudgetSettlement(IdOf(run.Node.Id, run.Iteration, run.Attempt), default));
        }
        return charges ?? (IReadOnlyList<BudgetSettlement>)[];
    }

    /// <summary>What an outcome charges that no execution records.</summary>
    public static BudgetAmounts Of(NodeOutcome outcome)
    {
        var about = outcome.Error is { } error ? error.Details : outcome.Meta;
        return AmountsOf(Spending.In(about), about);
    }

    /// <summary>Amounts as budgets count them: money rounded up to whole units, and all of it as much as fits.</summary>
    public static BudgetAmounts AmountsOf(Spending spending, long calls) =>
        new(
            Fitting(decimal.Ceiling(spending.Money * BudgetAmounts.PerDollar)),
            Fitting((decimal)spending.TokensIn + spending.TokensOut),
            Fitting(calls));

    private static BudgetSettlement? ChargeOf(NodeEvent e) => e switch
    {
        NodeCompleted completed => Final(e, completed.Attempt, completed.Meta),
        NodeFailed failed => Final(e, failed.Attempt, failed.Error.Details),
        NodeRetrying retrying => Final(e, retrying.Attempt, retrying.Error.Details),
        StepCompleted { Usage: var usage } step when usage != default =>
            new BudgetSettlement(IdOf(e.Node.Id, e.Iteration, step.Attempt), AmountsOf(usage, calls: 1), IsFinal: false),
        _ => null,
    };

    private static BudgetSettlement Final(NodeEvent e, int attempt, Value about) =>
        new(IdOf(e.Node.Id, e.Iteration, attempt), AmountsOf(Spending.Of(e), about));

    // A provider that does not count tokens was called all the same.
    private static BudgetAmounts AmountsOf(Spending spending, Value about) =>
        AmountsOf(spending, !about.IsNull && about["usage"].TryGetMap(out _) ? 1 : 0);

    private static long Fitting(decimal amount) => (long)Math.Clamp(amount, 0, BudgetAmounts.Max);
}
