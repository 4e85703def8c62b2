using System.Collections.Immutable;
using Millrace.Checking;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Budgets;
using Millrace.Engine.Nodes;
using Millrace.Engine.Storage.Budgets;

namespace Millrace.Simulation.Tests.Engine;

/// <summary>
/// In some worlds bodies spend, and every body is charged to its execution, its workflow and the tenant. Some limits are so low that they stop executions.
/// </summary>
internal sealed class SimulatedBudgets(SimulatedWorld world) : IBudgets
{
    private static readonly BudgetAccount Tenant = new("tenant");

    /// <summary>What a body is expected to spend.</summary>
    public static Spending Estimate { get; } = new(0.25m, 20, 0);

    /// <summary>Whether bodies spend in this world.</summary>
    public bool AreKept => world.Seed % 3 == 0;

    public ValueTask<ImmutableArray<BudgetLine>> LinesOfAsync(BudgetSubject subject, CancellationToken cancellation)
    {
        if (!AreKept)
            return new(ImmutableArray<BudgetLine>.Empty);
        var own = world.Seed % 2 == 0 ? new BudgetLimits(Tokens: 200) : default;
        var all = world.Seed % 4 == 0 ? new BudgetLimits(Money: 40 * BudgetAmounts.PerDollar) : default;
        return new([
            new BudgetLine(BudgetAccount.OfExecution(subject.Execution.Id), own),
            new BudgetLine(OfWorkflow(subject.Execution.WorkflowId), default),
            new BudgetLine(Tenant, all)]);
    }

    /// <summary>An outcome that says what was spent; a failure says it of some.</summary>
    public NodeOutcome Spent(NodeOutcome outcome, EffectContext context)
    {
        if (!AreKept || !outcome.Meta.IsNull || outcome.Error is { Details.IsNull: false })
            return outcome;
        var about = MapValue.Of(("usage", MapValue.Of(("promptTokens", 7L), ("completionTokens", (long)context.Attempt))), ("cost", 0.125 * context.Attempt));
        return outcome.Error is { } error ? outcome with { Error = error with { Details = about } } : outcome with { Meta = about };
    }

    /// <summary>What a step spends.</summary>
    public Spending OfStep(int number) => AreKept ? new Spending(0.5m * number, number, 1) : default;

    /// <summary>How the accounts of all stand.</summary>
    public IReadOnlyList<BudgetStanding> Standings(Func<BudgetAccount, BudgetBalance> find) => AreKept
        ? [
            Standing(Tenant, find(Tenant), _ => true),
            .. world.Workflows.All.Select(workflow => Standing(OfWorkflow(workflow.Id), find(OfWorkflow(workflow.Id)), execution => execution.Row.WorkflowId == workflow.Id)),
        ]
        : [];

    private static BudgetAccount OfWorkflow(string id) => new($"workflow:{id}");

    private static BudgetStanding Standing(BudgetAccount account, BudgetBalance balance, Func<ExecutionEvidence, bool> covers) =>
        new(account.Scope, (decimal)balance.Used.Money / BudgetAmounts.PerDollar, balance.Used.Tokens, balance.Reserved != default, covers);
}
