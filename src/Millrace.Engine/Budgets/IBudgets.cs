using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Engine.Storage.Budgets;

namespace Millrace.Engine.Budgets;

/// <summary>Says which budgets a call of a model is charged to. Asked before every attempt of a node whose type spends.</summary>
public interface IBudgets
{
    /// <summary>
    /// The accounts and their limits, each account once; empty: nothing limits the call, and nobody counts it. The account of an execution
    /// only where it is stored.
    /// </summary>
    ValueTask<ImmutableArray<BudgetLine>> LinesOfAsync(BudgetSubject subject, CancellationToken cancellation);
}

/// <summary>A call of a model that is about to be made.</summary>
/// <param name="Execution">Which execution makes it.</param>
/// <param name="IsStored">Whether that is stored; else the node is tried alone.</param>
/// <param name="Settings">The settings of its workflow.</param>
/// <param name="Now">When.</param>
public readonly record struct BudgetSubject(ExecutionIdentity Execution, bool IsStored, WorkflowSettings Settings, DateTimeOffset Now);
