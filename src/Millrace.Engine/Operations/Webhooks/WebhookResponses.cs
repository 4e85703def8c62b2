using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Engine.Feed;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Reads;
using Millrace.Engine.Webhooks;

namespace Millrace.Engine.Operations.Webhooks;

/// <summary>
/// Waits for what a node of an execution answers its caller. It is read from the journal, so that nobody is told what is not stored, and the same call
/// sent again gets the same answer.
/// </summary>
internal sealed class WebhookResponses(
    IExecutionReads store, EventFeed feed, ExecutionHistory history, Draining draining, TimeProvider time)
{
    /// <summary>
    /// The answer, {status, headers, body}, and the execution as it is then; null where it ended without one, or none came in time.
    /// </summary>
    public async ValueTask<(Value Response, ExecutionRecord Execution)> WaitAsync(
        ExecutionRecord execution, TimeSpan longest, CancellationToken aborted)
    {
        var graph = await history.GraphAsync(new ExecutionIdentity(execution.Tenant, execution.Id, execution.WorkflowId, execution.Version), execution.Version);
        var answering = graph.Nodes.Where(node => node.Logic is IRespondLogic).Select(node => node.Id).ToHashSet(StringComparer.Ordinal);
        using var patience = new CancellationTokenSource(longest, time);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, aborted, draining.Token);
        var response = Value.Null;
        try
        {
            response = await FindAsync(execution, answering, giveUp.Token);
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            // It takes longer than anybody should wait, or this server is about to end: the execution goes on all the same.
        }
        return (response, await store.ReadExecutionAsync(execution.Tenant, execution.Id, aborted) ?? execution);
    }

    private async Task<Value> FindAsync(ExecutionRecord execution, HashSet<string> answering, CancellationToken cancellation)
    {
        await foreach (var item in feed.FollowAsync(new FeedScope.Execution(execution.Tenant, execution.Id), FeedCursor.Start, cancellation: cancellation))
        {
            if (item is FeedEvents events && await FindInAsync(events, execution.Tenant, answering, cancellation) is { IsNull: false } response)
                return response;
        }
        return Value.Null;
    }

    private async ValueTask<Value> FindInAsync(FeedEvents events, string tenant, HashSet<string> answering, CancellationToken cancellation)
    {
        for (var i = 0; i < events.Events.Length; i++)
        {
            var mark = events.Events.Span[i];
            if (mark.Type is not "node_completed")
                continue;
            var completed = await history.ReadValueAsync(tenant, events.JsonOf(mark), cancellation);
            if (completed["nodeId"].TryGetString(out var id) && answering.Contains(id) && completed["data"]["meta"] is { IsNull: false } response)
                return response;
        }
        return Value.Null;
    }
}
