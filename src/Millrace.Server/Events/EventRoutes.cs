using Millrace.Engine.Feed;
using Millrace.Engine.Storage;
using Millrace.Server.Access;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Events;

/// <summary>The events of one execution, of a workflow's or of all, as server-sent events: those after what the caller has seen, then live ones.</summary>
internal sealed class EventRoutes(EventFollowing following, StreamKeeper keeper, TimeProvider time)
{
    // No timer can be set for longer than some 49 days. A stream whose token expires later ends then, and its client resumes.
    private static readonly TimeSpan MaxLength = TimeSpan.FromDays(30);

    public void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/executions/{id}/events", StreamExecutionAsync).RequirePermission(Permission.ViewExecutions).Describe("Follow an execution", route => route
            .Detail("The events after the last one seen, then live ones, with parts of models' answers as `token`, then `end`. "
                + "An expired token ends it with `error`.")
            .Resumes(ParameterSchemas.Seq).Problems(404));
        api.MapGet("/events/stream", StreamAllAsync).RequirePermission(Permission.ViewExecutions).Describe("Follow all executions", route => route
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
            await query.Problem.WriteAsync(context);
        else
            await SendAsync(
                context, await following.FollowExecutionAsync(context.Caller(), context.RouteText("id"), seq, context.RequestAborted));
    }

    private Task StreamAllAsync(HttpContext context) =>
        StreamManyAsync(context, seen => following.FollowAllAsync(context.Caller(), seen, context.RequestAborted));

    private Task StreamWorkflowAsync(HttpContext context) =>
        StreamManyAsync(
            context, seen => following.FollowWorkflowAsync(context.Caller(), context.RouteText("id"), seen, context.RequestAborted));

    private async Task StreamManyAsync(HttpContext context, Func<FeedCursor?, ValueTask<Outcome<FollowedEvents>>> follow)
    {
        var query = new QueryParameters(context);
        var seen = EventCursor.Read(context.Request, query) is { } text ? FeedPlace.Parse(text, query) : (FeedCursor?)null;
        if (query.Problem is not null)
            await query.Problem.WriteAsync(context);
        else
            await SendAsync(context, await follow(seen));
    }

    private async Task SendAsync(HttpContext context, Outcome<FollowedEvents> outcome)
    {
        if (!outcome.IsDone(out var followed, out var refusal))
        {
            await refusal.ToReply().WriteAsync(context);
            return;
        }
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, followed.Ending);
        try
        {
            await using var stream = await EventStream.BeginAsync(context, keeper, ends.Token);
            await SendAsync(stream, followed, context.Caller(), ends.Token);
        }
        catch (OperationCanceledException)
        {
            // The caller hung up or did not read, or this server is about to end; the client resumes with Last-Event-ID.
        }
    }

    // What is being sent when the token expires is sent whole, so that what follows it can be read.
    private async Task SendAsync(EventStream stream, FollowedEvents followed, Caller caller, CancellationToken ends)
    {
        using var expiry = new CancellationTokenSource(
            caller.ExpiresAt is null ? Timeout.InfiniteTimeSpan : caller.LimitWait(MaxLength, time.GetUtcNow()), time);
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(ends, expiry.Token);
        try
        {
            await foreach (var item in followed.ReadAsync(reading.Token))
            {
                reading.Token.ThrowIfCancellationRequested();
                await stream.SendAsync(item, time.GetUtcNow());
            }
        }
        catch (OperationCanceledException) when (expiry.IsCancellationRequested && !ends.IsCancellationRequested)
        {
            if (caller.ExpiresAt <= time.GetUtcNow())
                await stream.ExpireAsync();
            return;
        }
        if (followed.Scope is FeedScope.Execution { ExecutionId: var id })
            await stream.EndAsync(id);
    }
}
