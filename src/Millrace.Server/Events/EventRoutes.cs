using Millrace.Engine.Feed;
using Millrace.Engine.Storage;
using Millrace.Server.Access;
using Millrace.Server.Hosting;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Events;

/// <summary>The events of one execution, of a workflow's or of all, as server-sent events: those after what the caller has seen, then live ones.</summary>
internal sealed class EventRoutes(IStore store, EventFeed feed, StreamKeeper keeper, Draining draining, TimeProvider time)
{
    public void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/executions/{id}/events", StreamExecutionAsync).RequirePermission(Permission.ViewExecutions).Describe("Follow an execution", route => route
            .Detail("The events after the last one seen, then live ones, with parts of models' answers as `token`, then `end`.")
            .Resumes(ParameterSchemas.Seq).Problems(404));
        api.MapGet("/events/stream", context => StreamAsync(context, new FeedScope.Everything(context.Tenant()))).RequirePermission(Permission.ViewExecutions).Describe("Follow all executions", route => route
            .Detail("The events after the last one seen, then live ones. The stream does not end by itself.")
            .Resumes(ParameterSchemas.Text));
        api.MapGet("/workflows/{id}/events", StreamWorkflowAsync).RequirePermission(Permission.ViewExecutions).Describe("Follow a workflow's executions", route => route
            .Detail("The events after the last one seen, then live ones. The stream does not end by itself.")
            .Resumes(ParameterSchemas.Text).Problems(404));
    }

    /// <summary>Streams one execution until it has ended, the caller hangs up, or the server is about to end.</summary>
    public async Task StreamExecutionAsync(HttpContext context)
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
        if (await store.ReadExecutionAsync(context.Tenant(), id, context.RequestAborted) is null)
            await ProblemReply.NotFound("execution", id).WriteAsync(context);
        else
            await SendAsync(context, new FeedScope.Execution(context.Tenant(), id), new FeedCursor(0, seq));
    }

    private async Task StreamWorkflowAsync(HttpContext context)
    {
        var id = context.RouteText("id");
        if (await store.ReadWorkflowAsync(context.Tenant(), id, context.RequestAborted) is null)
            await ProblemReply.NotFound("workflow", id).WriteAsync(context);
        else
            await StreamAsync(context, new FeedScope.Workflow(context.Tenant(), id));
    }

    private async Task StreamAsync(HttpContext context, FeedScope scope)
    {
        var query = new QueryParameters(context);
        var seen = EventCursor.Read(context.Request, query) is { } text ? FeedPlace.Parse(text, query) : (FeedCursor?)null;
        if (query.Problem is not null)
            await query.Problem.WriteAsync(context);
        else
            // Who has seen nothing hears what happens from now on; the past of all executions is not what was asked for.
            await SendAsync(context, scope, seen ?? await feed.EndAsync(context.RequestAborted));
    }

    private async Task SendAsync(HttpContext context, FeedScope scope, FeedCursor after)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, draining.Token);
        try
        {
            await using var stream = await EventStream.BeginAsync(context, keeper, ends.Token);
            await foreach (var item in feed.FollowAsync(scope, after, withTokens: true, ends.Token))
                await stream.SendAsync(item, time.GetUtcNow());
            if (scope is FeedScope.Execution { ExecutionId: var id })
                await stream.EndAsync(id);
        }
        catch (OperationCanceledException) when (ends.IsCancellationRequested)
        {
            // The caller hung up or did not read, or this server is about to end; the client resumes with Last-Event-ID.
        }
    }
}
