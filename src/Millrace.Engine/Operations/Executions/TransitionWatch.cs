using Millrace.Core.Values;
using Millrace.Engine.Events;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Operations.Executions;

/// <summary>Sends an execution a message, and waits a moment for the event that shows it done.</summary>
public sealed class TransitionWatch(LiveEvents live, Draining draining, TimeProvider time)
{
    // How long a caller waits to see what it asked for; it comes about all the same.
    private static readonly TimeSpan LongestTransition = TimeSpan.FromSeconds(5);

    /// <summary>Sends, and waits. Hanging up, or the end of the server, ends the waiting only.</summary>
    /// <param name="tenant">Whose execution.</param>
    /// <param name="id">The execution.</param>
    /// <param name="send">Sends the message.</param>
    /// <param name="isDone">Whether an event shows that it is done: its type, and its node where it has one.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    internal async Task<WriteOutcome> SendAsync(string tenant, string id, Func<Task<WriteOutcome>> send, Func<string, string?, bool> isDone, CancellationToken cancellation)
    {
        using var subscription = live.Subscribe(tenant, null, id);
        var outcome = await send();
        if (outcome != WriteOutcome.Done)
            return outcome;
        using var patience = new CancellationTokenSource(LongestTransition, time);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation, draining.Token);
        try
        {
            while (await subscription.Batches.WaitToReadAsync(ends.Token))
            {
                while (subscription.Batches.TryRead(out var batch))
                {
                    if (batch.IsTerminal || HasAny(batch.Entry, isDone))
                        return outcome;
                }
            }
        }
        catch (OperationCanceledException) when (ends.IsCancellationRequested)
        {
            // It is stored, and comes about without anybody watching.
        }
        return outcome;
    }

    private static bool HasAny(JournalEntry entry, Func<string, string?, bool> isDone) =>
        ValueJson.Parse(entry.Events.Utf8.Span).AsList().Any(e => isDone(e["type"].AsString(), e["nodeId"].TryGetString(out var node) ? node : null));
}
