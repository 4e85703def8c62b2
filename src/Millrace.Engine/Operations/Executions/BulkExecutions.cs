using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Operations.Executions;

/// <summary>The same thing done to many executions. A failure on one does not affect the others.</summary>
public sealed class BulkExecutions(WorkflowEngine engine, IStore store, ExecutionControl control, ExecutionForks forks, Draining draining)
{
    /// <summary>The most executions of one command.</summary>
    public const int MaxAtOnce = 1_000;

    /// <summary>The most characters of an id.</summary>
    public const int MaxIdLength = 128;

    private const int PageSize = 200;

    /// <summary>Does it to each, and says of each what became of it, in order.</summary>
    public async ValueTask<Outcome<IReadOnlyList<BulkResult>>> RunAsync(Caller caller, BulkCommand command, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.RunWorkflows) is { } forbidden)
            return forbidden;
        if (Check(command) is { } invalid)
            return invalid;
        if (command.Action == BulkAction.Retry && draining.Refuse() is { } refusal)
            return refusal;
        var ids = command.Ids ?? await FindAsync(caller.Tenant, command.Filter!, cancellation);
        var results = command.Action switch
        {
            BulkAction.Cancel => await EachAsync(ids, id => CancelAsync(caller, id, command.Reason, cancellation)),
            BulkAction.Retry => await EachAsync(ids, id => RetryAsync(caller, id, command.Confirm, cancellation)),
            BulkAction.Delete => await DeleteAsync(caller.Tenant, ids, cancellation),
            var other => throw new InvalidOperationException($"Unknown action {other}."),
        };
        return new Outcome<IReadOnlyList<BulkResult>>.Done(results);
    }

    private static Refusal? Check(BulkCommand command) => new CommandCheck()
        .That(
            (command.Ids is null) != (command.Filter is null),
            "/ids",
            "missing_field",
            "Select the executions with either 'ids' or 'filter'.")
        .That(
            command.Ids is null || command.Ids.Count <= MaxAtOnce,
            "/ids",
            "wrong_type",
            $"'ids' must be a list of at most {MaxAtOnce} ids.")
        .That(
            command.Filter is null || Selects(command.Filter),
            "/filter",
            "empty_filter",
            "This filter would select every execution. Set at least one field, such as "
                + "{\"status\": \"failed\"}.")
        .Text("/reason", command.Reason, ExecutionControl.MaxReasonLength)
        .Refusal;

    // Empty texts select nothing: a program that has forgotten to fill them in does not mean all executions.
    private static bool Selects(ExecutionFilter filter) =>
        !string.IsNullOrEmpty(filter.WorkflowId) || !filter.Statuses.IsDefaultOrEmpty || filter.From is not null || filter.To is not null
        || !string.IsNullOrEmpty(filter.CorrelationId) || !string.IsNullOrEmpty(filter.Text);

    private async Task<IReadOnlyList<string>> FindAsync(string tenant, ExecutionFilter filter, CancellationToken cancellation)
    {
        var ids = new List<string>();
        string? after = null;
        do
        {
            var page = new Page(Math.Min(PageSize, MaxAtOnce - ids.Count), after);
            (var found, after) = await store.ListExecutionsAsync(tenant, filter, page, cancellation);
            ids.AddRange(found.Select(execution => execution.Id));
        }
        while (after is not null && ids.Count < MaxAtOnce);
        return ids;
    }

    private static async Task<IReadOnlyList<BulkResult>> EachAsync(IReadOnlyList<string> ids, Func<string, Task<BulkResult>> run)
    {
        var results = new List<BulkResult>(ids.Count);
        // Together, so that they share commits; not all at once, so that others are heard too.
        foreach (var some in ids.Chunk(100))
            results.AddRange(await Task.WhenAll(some.Select(run)));
        return results;
    }

    private async Task<BulkResult> CancelAsync(Caller caller, string id, string? reason, CancellationToken cancellation) =>
        new(id, await control.RequestCancelAsync(caller, id, reason, null, cancellation));

    private async Task<BulkResult> RetryAsync(Caller caller, string id, bool confirm, CancellationToken cancellation) =>
        (await forks.RetryAsync(caller, id, confirm, null, cancellation)).IsDone(out var forked, out var refusal)
            ? new BulkResult(id, null, forked.Execution.Id)
            : new BulkResult(id, refusal);

    private async Task<IReadOnlyList<BulkResult>> DeleteAsync(string tenant, IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        var outcomes = await engine.DeleteAsync(tenant, ids, cancellation);
        return [.. ids.Select((id, i) => new BulkResult(id, outcomes[i] switch
        {
            WriteOutcome.Done => null,
            WriteOutcome.NotFound => new Refusal.NotFound("execution", id),
            _ => new Refusal.Conflict("not_ended", "It has not ended yet; cancel it first."),
        }))];
    }
}

/// <summary>What to do to many executions.</summary>
public enum BulkAction
{
    /// <summary>Ask for their end.</summary>
    Cancel,
    /// <summary>Go on before their failure, as new executions.</summary>
    Retry,
    /// <summary>Delete them; they must have ended.</summary>
    Delete,
}

/// <summary>Something to do to many executions.</summary>
/// <param name="Action">The action for each execution.</param>
/// <param name="Ids">The executions; null: those of the filter.</param>
/// <param name="Filter">Which executions; null: those of the ids. It must select something.</param>
/// <param name="Reason">Why they are cancelled.</param>
/// <param name="Confirm">Whether retried effects in doubt may run again although their nodes say otherwise.</param>
public sealed record BulkCommand(BulkAction Action, IReadOnlyList<string>? Ids, ExecutionFilter? Filter, string? Reason, bool Confirm);

/// <summary>What became of one of many.</summary>
/// <param name="Id">The execution.</param>
/// <param name="Refusal">Why it was not done; null: it was.</param>
/// <param name="NewId">The execution that was made of it; null: none.</param>
public sealed record BulkResult(string Id, Refusal? Refusal, string? NewId = null);
