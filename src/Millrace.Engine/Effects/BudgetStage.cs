using System.Collections.Immutable;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Budgets;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Budgets;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Engine.Effects;

/// <summary>
/// An attempt that spends begins only once what it is expected to spend is set aside in all budgets. What it has spent is charged by the
/// commit that records its outcome (<see cref="BudgetCharges"/>); by this stage only where no execution records it.
/// </summary>
internal sealed class BudgetStage(EffectStage next, IBudgets budgets, Committer committer, TimeProvider time)
{
    // An attempt alone that never ends, because its process did, holds back others no longer than this.
    private static readonly TimeSpan Alone = TimeSpan.FromDays(1);

    public ValueTask<NodeOutcome> RunAsync(RunningEffect effect)
    {
        if (!BudgetCharges.ApplyTo(effect.Start.Node.Type))
            return next(effect);
        var asking = budgets.LinesOfAsync(SubjectOf(effect), effect.Cancellation);
        if (!asking.IsCompletedSuccessfully)
            return AskAndRunAsync(effect, asking);
        var lines = asking.Result;
        return lines.IsEmpty ? next(effect) : ReserveAndRunAsync(effect, lines);
    }

    private async ValueTask<NodeOutcome> AskAndRunAsync(RunningEffect effect, ValueTask<ImmutableArray<BudgetLine>> asking)
    {
        var lines = await asking;
        return await (lines.IsEmpty ? next(effect) : ReserveAndRunAsync(effect, lines));
    }

    private async ValueTask<NodeOutcome> ReserveAndRunAsync(RunningEffect effect, ImmutableArray<BudgetLine> lines)
    {
        var start = effect.Start;
        var id = BudgetCharges.IdOf(start.Node.Id, start.Iteration, start.Attempt);
        var execution = effect.Owner.Identity;
        var reservation = new BudgetReservation(execution.Id, id, EstimateOf(start), lines) { ExpiresAt = effect.Owner.IsStored ? null : time.GetUtcNow() + Alone };
        var result = await ReserveAsync(effect, new ReserveBudget(execution.Tenant, reservation, effect.Owner.Epoch));
        if (result is CommitResult.OverBudget over)
            return NodeOutcome.Failed(BudgetExceeded.Of(over.Shortage));
        // The execution has ended, or is no longer this owner's, or has the outcome of this attempt: nobody waits for another.
        if (result.Outcome != WriteOutcome.Done)
            return FailureStage.Cancelled(effect, " before it began");
        return await (effect.Owner.IsStored ? next(effect) : RunAloneAsync(effect, id));
    }

    // What the commit gives back that stops its run was reserved before that. An attempt that is cancelled by now may come after it.
    private async ValueTask<CommitResult> ReserveAsync(RunningEffect effect, ReserveBudget reserve)
    {
        try
        {
            return await committer.CommitAsync(reserve);
        }
        finally
        {
            effect.MayHaveReservedInVain |= effect.IsCancelled;
        }
    }

    // However it ends it is charged, and the rest given back: no commit of an execution does that. What a call spends that takes too long
    // is unknown, and stays reserved for a while.
    private async ValueTask<NodeOutcome> RunAloneAsync(RunningEffect effect, string id)
    {
        NodeOutcome outcome;
        try
        {
            outcome = await next(effect);
        }
        catch (Exception e) when (FailureStage.IsExpected(effect, e) && effect.Timeout.PassedAfter is null)
        {
            outcome = FailureStage.OutcomeOf(effect, e);
        }
        return await ChargedAsync(effect.Owner.Identity, id, outcome);
    }

    private async ValueTask<NodeOutcome> ChargedAsync(ExecutionIdentity execution, string id, NodeOutcome outcome)
    {
        try
        {
            await committer.CommitAsync(new SettleBudget(execution.Tenant, execution.Id, new BudgetSettlement(id, BudgetCharges.Of(outcome))));
            return outcome;
        }
        catch (StoreException e)
        {
            // The call was made: it must not be made again because it could not be charged.
            var line = new LogLine("warn", $"What this call spent was not charged to its budget: {e.Message}");
            return outcome with { Logs = outcome.Logs.Add(line) };
        }
    }

    private BudgetSubject SubjectOf(RunningEffect effect) => new(effect.Owner.Identity, effect.Owner.IsStored, effect.Owner.Settings, time.GetUtcNow());

    private static BudgetAmounts EstimateOf(EffectStart start)
    {
        var config = start.Input.TryGetMap(out var map) ? map : MapValue.Empty;
        return BudgetCharges.AmountsOf(start.Node.Type.EstimateOf!(config), calls: 1);
    }
}
