using Millrace.Engine.Feed;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Operations.Events;

/// <summary>
/// Follows executions: the events after what the caller has seen, then live ones, until the caller or the server ends it.
/// </summary>
public sealed class EventFollowing(IStore store, EventFeed feed, Draining draining)
{
    /// <summary>Follows one execution until it has ended.</summary>
    /// <param name="caller">Who follows.</param>
    /// <param name="id">The execution.</param>
    /// <param name="after">The seq of the last event that was seen; 0: none was.</param>
    /// <param name="cancellation">Gives up.</param>
    public async ValueTask<Outcome<FollowedEvents>> FollowExecutionAsync(
        Caller caller, string id, long after, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.ViewExecutions) is { } forbidden)
            return forbidden;
        return await store.ReadExecutionAsync(caller.Tenant, id, cancellation) is null
            ? new Refusal.NotFound("execution", id)
            : Follow(new FeedScope.Execution(caller.Tenant, id), new FeedCursor(0, after));
    }

    /// <summary>Follows the executions of one workflow, which must exist.</summary>
    /// <param name="caller">Who follows.</param>
    /// <param name="id">The workflow.</param>
    /// <param name="after">What was seen; null: nothing, and what happens from now on is wanted.</param>
    /// <param name="cancellation">Gives up.</param>
    public async ValueTask<Outcome<FollowedEvents>> FollowWorkflowAsync(
        Caller caller, string id, FeedCursor? after, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.ViewExecutions) is { } forbidden)
            return forbidden;
        return await store.ReadWorkflowAsync(caller.Tenant, id, cancellation) is null
            ? new Refusal.NotFound("workflow", id)
            : await FollowAsync(new FeedScope.Workflow(caller.Tenant, id), after, cancellation);
    }

    /// <summary>Follows all executions of the caller's tenant.</summary>
    /// <inheritdoc cref="FollowWorkflowAsync"/>
    public async ValueTask<Outcome<FollowedEvents>> FollowAllAsync(Caller caller, FeedCursor? after, CancellationToken cancellation) =>
        caller.Refuse(Permission.ViewExecutions) is { } forbidden
            ? forbidden
            : await FollowAsync(new FeedScope.Everything(caller.Tenant), after, cancellation);

    // Who has seen nothing hears what happens from now on; the past of all executions is not what was asked for.
    private async ValueTask<FollowedEvents> FollowAsync(FeedScope scope, FeedCursor? after, CancellationToken cancellation) =>
        Follow(scope, after ?? await feed.EndAsync(cancellation));

    private FollowedEvents Follow(FeedScope scope, FeedCursor after) => new(feed, scope, after, draining);
}

/// <summary>What is followed. It is read once.</summary>
public sealed class FollowedEvents
{
    private readonly EventFeed _feed;
    private readonly FeedCursor _after;
    private readonly Draining _draining;

    internal FollowedEvents(EventFeed feed, FeedScope scope, FeedCursor after, Draining draining) =>
        (_feed, Scope, _after, _draining) = (feed, scope, after, draining);

    /// <summary>Whose events they are.</summary>
    public FeedScope Scope { get; }

    /// <summary>Cancelled when the server is about to end: the caller resumes elsewhere.</summary>
    public CancellationToken Ending => _draining.Token;

    /// <summary>
    /// The events, those of models' answers as they come included. Of one execution it ends with the last; else it does not end.
    /// </summary>
    /// <exception cref="OperationCanceledException">Reading was given up.</exception>
    public IAsyncEnumerable<FeedItem> ReadAsync(CancellationToken cancellation) =>
        _feed.FollowAsync(Scope, _after, withTokens: true, cancellation);
}
