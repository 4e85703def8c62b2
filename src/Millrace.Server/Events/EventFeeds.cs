using Millrace.Engine.Events;
using Millrace.Engine.Storage;
using Millrace.Server.Access;
using Millrace.Server.Executions;
using Millrace.Server.Hosting;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Events;

/// <summary>
/// The events of all executions, or of one workflow's, as server-sent events in the order of their commits. Everything that is sent
/// comes from the store; live events only say that there is more to read, so that none is missed, sent twice or out of order.
/// </summary>
internal sealed class EventFeeds(IStore store, LiveEvents live, Draining draining, TimeProvider time)
{
    private const int Page = 256;

    public void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/events/stream", context => StreamAsync(context, null)).RequirePermission(Permission.ViewExecutions).Describe("Follow all executions", route => route
            .Detail("Live events, and before them those after the one seen last. It does not end by itself.")
            .Resumes(ParameterSchemas.Text));
        api.MapGet("/workflows/{id}/events", StreamWorkflowAsync).RequirePermission(Permission.ViewExecutions).Describe("Follow a workflow's executions", route => route
            .Detail("Live events, and before them those after the one seen last. It does not end by itself.")
            .Resumes(ParameterSchemas.Text).Problems(404));
    }

    private async Task StreamWorkflowAsync(HttpContext context)
    {
        var id = context.RouteText("id");
        if (await store.ReadWorkflowAsync(context.Tenant(), id, context.RequestAborted) is null)
            await ProblemReply.NotFound("workflow", id).WriteAsync(context);
        else
            await StreamAsync(context, id);
    }

    private async Task StreamAsync(HttpContext context, string? workflowId)
    {
        var query = new QueryParameters(context);
        var seen = EventCursor.Read(context.Request, query) is { } text ? FeedPlace.Parse(text, query) : (FeedPlace?)null;
        if (query.Problem is not null)
        {
            await query.Problem.WriteAsync(context);
            return;
        }
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, draining.Token);
        try
        {
            await FollowAsync(context, workflowId, seen, ends.Token);
        }
        catch (OperationCanceledException) when (ends.IsCancellationRequested)
        {
            // The caller hung up, or this server is about to end; either way he resumes with Last-Event-ID.
        }
    }

    private async Task FollowAsync(HttpContext context, string? workflowId, FeedPlace? seen, CancellationToken cancellation)
    {
        var tenant = context.Tenant();
        EventStreamWriter? stream = null;
        while (true)
        {
            using var subscription = live.Subscribe(tenant, workflowId, null);
            // Who has seen nothing hears what happens from now on; the past of all executions is not what he asked for.
            seen ??= new FeedPlace(await store.ReadFeedEndAsync(cancellation), long.MaxValue);
            stream ??= await EventStreamWriter.BeginAsync(context, time, cancellation);
            do
            {
                while (subscription.Batches.TryRead(out _))
                {
                }
                seen = await SendAsync(stream, tenant, workflowId, seen.Value, cancellation);
            }
            while (await stream.WaitAsync(subscription.Batches, cancellation));
        }
    }

    private async Task<FeedPlace> SendAsync(EventStreamWriter stream, string tenant, string? workflowId, FeedPlace seen, CancellationToken cancellation)
    {
        while (true)
        {
            var entries = await store.ReadFeedAsync(tenant, workflowId, seen.Position - 1, Page, cancellation);
            foreach (var entry in entries)
                seen = await SendAsync(stream, entry, seen, cancellation);
            if (entries.Count < Page)
                return seen;
        }
    }

    private static async Task<FeedPlace> SendAsync(EventStreamWriter stream, FeedEntry entry, FeedPlace seen, CancellationToken cancellation)
    {
        foreach (var e in JournalReader.EventsOf(entry.Entry))
        {
            if (entry.Position == seen.Position && e.Seq <= seen.Seq)
                continue;
            seen = new FeedPlace(entry.Position, e.Seq);
            await stream.SendAsync(seen.ToString(), e, entry.ExecutionId, entry.WorkflowId, cancellation);
        }
        return seen;
    }
}
