using Millrace.Core.Executions;
using Millrace.Engine.Events;
using Millrace.Engine.Storage;
using Millrace.Server.Access;
using Millrace.Server.Executions;
using Millrace.Server.Hosting;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Events;

/// <summary>
/// The events of one execution as server-sent events: those after what the caller has seen, then live ones, then `end`.
/// Listening begins before the store is read, so that nothing falls between the two; what was read is not sent again.
/// </summary>
internal sealed class EventStreams(IStore store, LiveEvents live, Draining draining, TimeProvider time)
{
    public void Map(IEndpointRouteBuilder api) =>
        api.MapGet("/executions/{id}/events", StreamAsync).RequirePermission(Permission.ViewExecutions).Describe("Follow an execution", route => route
            .Detail("The events after the one seen last, then live ones with pieces of models' answers as `token`, then `end`.")
            .Resumes(ParameterSchemas.Seq).Problems(404));

    /// <summary>Streams one execution until it has ended, the caller hangs up, or the server is about to end.</summary>
    public async Task StreamAsync(HttpContext context)
    {
        var query = new QueryParameters(context);
        var after = EventCursor.Read(context.Request, query);
        var seq = after is null ? 0 : EventCursor.ParseSeq(after, query);
        if (query.Problem is not null)
        {
            await query.Problem.WriteAsync(context);
            return;
        }
        var id = context.RouteText("id");
        if (await store.ReadExecutionAsync(context.Tenant(), id, context.RequestAborted) is not { } record)
        {
            await ProblemReply.NotFound("execution", id).WriteAsync(context);
            return;
        }
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, draining.Token);
        try
        {
            var stream = await EventStreamWriter.BeginAsync(context, time, ends.Token);
            await FollowAsync(stream, record, seq, ends.Token);
        }
        catch (OperationCanceledException) when (ends.IsCancellationRequested)
        {
            // The caller hung up, or this server is about to end; either way he resumes with Last-Event-ID.
        }
    }

    private async Task FollowAsync(EventStreamWriter stream, ExecutionRecord record, long seq, CancellationToken cancellation)
    {
        while (true)
        {
            using var subscription = live.Subscribe(record.Tenant, null, record.Id, withTokens: true);
            (seq, var hasEnded) = await SendStoredAsync(stream, record, seq, cancellation);
            while (!hasEnded && await stream.WaitAsync(subscription.Batches, cancellation))
            {
                while (!hasEnded && subscription.Batches.TryRead(out var batch))
                {
                    if (batch.Token is { } token)
                    {
                        await stream.SendAsync(batch, token, cancellation);
                        continue;
                    }
                    // A batch that does not follow means that an owner elsewhere wrote in between: the store has it.
                    (seq, hasEnded) = batch.Entry.FirstSeq > seq + 1
                        ? await SendStoredAsync(stream, record, seq, cancellation)
                        : await SendAsync(stream, record, JournalReader.EventsOf(batch.Entry), seq, cancellation);
                }
            }
            if (hasEnded)
            {
                await stream.EndAsync(record.Id, cancellation);
                return;
            }
            // Cut off for being slow: what was missed is in the store.
        }
    }

    private async Task<(long Seq, bool HasEnded)> SendStoredAsync(EventStreamWriter stream, ExecutionRecord record, long seq, CancellationToken cancellation)
    {
        var hasEnded = false;
        await foreach (var e in JournalReader.ReadAsync(store, record.Tenant, record.Id, seq, cancellation))
            (seq, hasEnded) = await SendAsync(stream, record, [e], seq, cancellation);
        if (!hasEnded && await store.ReadExecutionAsync(record.Tenant, record.Id, cancellation) is { } now && now.Status.IsTerminal() && now.Seq <= seq)
            hasEnded = true;
        return (seq, hasEnded);
    }

    private static async Task<(long Seq, bool HasEnded)> SendAsync(EventStreamWriter stream, ExecutionRecord record, IReadOnlyList<JournaledEvent> events, long seq, CancellationToken cancellation)
    {
        var hasEnded = false;
        foreach (var e in events)
        {
            if (e.Seq <= seq)
                continue;
            await stream.SendAsync(e.Seq.ToString(), e, record.Id, record.WorkflowId, cancellation);
            seq = e.Seq;
            hasEnded = IsTerminal(e.Type);
        }
        return (seq, hasEnded);
    }

    private static bool IsTerminal(string type) => type is "workflow_completed" or "workflow_failed" or "workflow_cancelled";
}
