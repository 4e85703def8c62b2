using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Engine.Storage.Budgets;

namespace Millrace.Engine.Budgets;

/// <summary>The budgets that workflows set themselves: the setting `budget`, for each execution on its own.</summary>
public sealed class WorkflowBudgets : IBudgets
{
    /// <summary>The shared instance.</summary>
    public static WorkflowBudgets Instance { get; } = new();

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<BudgetLine>> LinesOfAsync(BudgetSubject subject, CancellationToken cancellation) =>
        new(
            subject is { IsStored: true, Settings.Budget: { } limit }
                ? [new BudgetLine(BudgetAccount.OfExecution(subject.Execution.Id), LimitsOf(limit))]
                : []);

    private static BudgetLimits LimitsOf(SpendingLimit limit) =>
        new(limit.Money is { } money ? (long)(money * BudgetAmounts.PerDollar) : null, limit.Tokens, limit.Calls);
}
