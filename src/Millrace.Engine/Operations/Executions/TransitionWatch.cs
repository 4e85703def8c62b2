using Millrace.Core.Values;
using Millrace.Engine.Feed;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Operations.Executions;

/// <summary>Sends an execution a message, and waits a moment for the event that shows it done.</summary>
public sealed class TransitionWatch(IStore store, EventFeed feed, Draining draining, TimeProvider time)
{
    // How long a caller waits to see what it asked for; it comes about all the same.
    private static readonly TimeSpan MaxTransition = TimeSpan.FromSeconds(5);

    /// <summary>Sends, and waits. Hanging up, or the end of the server, ends the waiting only.</summary>
    /// <param name="tenant">The tenant that owns the execution.</param>
    /// <param name="id">The execution.</param>
    /// <param name="send">Writes the message to the inbox.</param>
    /// <param name="isDone">Whether an event shows that it is done: its type, and its node where it has one.</param>
    /// <param name="cancellation">Ends the wait; the message stays in the inbox.</param>
    internal async Task<WriteOutcome> SendAsync(
        string tenant, string id, Func<Task<WriteOutcome>> send, Func<string, string?, bool> isDone, CancellationToken cancellation)
    {
        var before = await store.ReadExecutionAsync(tenant, id, cancellation);
        var outcome = await send();
        if (outcome != WriteOutcome.Done || before is null)
            return outcome;
        using var patience = new CancellationTokenSource(MaxTransition, time);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation, draining.Token);
        try
        {
            var scope = new FeedScope.Execution(tenant, id);
            await foreach (var item in feed.FollowAsync(scope, new FeedCursor(0, before.Seq), cancellation: ends.Token))
            {
                if (item is FeedEvents events && HasAny(events, isDone))
                    break;
            }
        }
        catch (OperationCanceledException) when (ends.IsCancellationRequested)
        {
            // It is stored, and comes about without anybody watching.
        }
        return outcome;
    }

    private static bool HasAny(FeedEvents events, Func<string, string?, bool> isDone)
    {
        foreach (var mark in events.Events.Span)
        {
            var nodeId = ValueJson.Parse(events.JsonOf(mark).Span)["nodeId"];
            if (isDone(mark.Type, nodeId.TryGetString(out var node) ? node : null))
                return true;
        }
        return false;
    }
}
