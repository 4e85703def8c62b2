using System.Runtime.CompilerServices;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Feed;

/// <summary>
/// The events of executions as they are committed: those that are stored, then live ones, without a gap or a repeat. Whatever somebody hears is in
/// the store already, so that losing a follower, or what it was told, loses nothing.
/// </summary>
public sealed class EventFeed
{
    /// <summary>How much is read from the store at a time, in bytes of events.</summary>
    public const int PageBytes = 64 * 1024;

    private readonly IStore _store;
    private readonly LargeCommits _large;
    private readonly Followers _executions = new();
    private readonly Followers _workflows = new();
    private readonly Followers _tenants = new();
    private long _bufferedBytes;

    /// <param name="store">Where the events are.</param>
    public EventFeed(IStore store)
    {
        _store = store;
        _large = new LargeCommits(store, Account);
    }

    /// <summary>How many bytes of events are held for followers that have not taken them, or have not finished with them.</summary>
    public long BufferedBytes => Interlocked.Read(ref _bufferedBytes);

    /// <summary>How many follow something now.</summary>
    public int FollowerCount => _executions.Count + _workflows.Count + _tenants.Count;

    /// <summary>Whether anybody follows an execution.</summary>
    internal bool HasFollowers => _executions.Any;

    /// <summary>
    /// Follows events from a place on: the stored ones, then live ones. A follower that falls behind is given what it missed from the store. That of an
    /// execution ends with it, others with their cancellation.
    /// </summary>
    /// <param name="scope">Whose events to follow: an execution's, a workflow's, or the tenant's.</param>
    /// <param name="after">The last one seen. For an execution only the seq counts.</param>
    /// <param name="withTokens">Whether pieces of results are wanted as they come; only where one execution is followed.</param>
    /// <param name="cancellation">Ends the enumeration.</param>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public IAsyncEnumerable<FeedItem> FollowAsync(FeedScope scope, FeedCursor after, bool withTokens = false, CancellationToken cancellation = default) => scope switch
    {
        FeedScope.Execution execution => FollowExecutionAsync(execution, after.Seq, withTokens, cancellation),
        FeedScope.Workflow workflow => FollowCommitsAsync(_workflows, workflow.Tenant, workflow.WorkflowId, after, cancellation),
        FeedScope.Everything => FollowCommitsAsync(_tenants, scope.Tenant, null, after, cancellation),
        _ => throw new InvalidOperationException($"Unknown scope {scope.GetType().Name}."),
    };

    /// <summary>The end of all that is stored: whoever follows from here hears only what happens from now on.</summary>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public async ValueTask<FeedCursor> EndAsync(CancellationToken cancellation = default) =>
        new(await _store.ReadFeedEndAsync(cancellation), long.MaxValue);

    /// <summary>Tells whoever follows what an execution has committed.</summary>
    /// <param name="execution">The execution.</param>
    /// <param name="text">Its events, a JSON array; copied where somebody follows it.</param>
    /// <param name="marks">Where in it they are; empty: nobody followed anything when it was written.</param>
    internal void Committed(ExecutionIdentity execution, ReadOnlySpan<byte> text, List<EventMark> marks)
    {
        var followers = _executions.Of(execution.Tenant, execution.Id);
        if (!followers.IsEmpty)
        {
            var events = FeedSubscription.Fits(text.Length)
                ? FeedEvents.Of(execution.Id, execution.WorkflowId, text.ToArray(), marks)
                : null;
            foreach (var follower in followers)
            {
                if (events is null)
                    follower.FallBehind();
                else
                    follower.Offer(events);
            }
        }
        // The order of commits is the store's to tell.
        foreach (var follower in _workflows.Of(execution.Tenant, execution.WorkflowId))
            follower.FallBehind();
        foreach (var follower in _tenants.Of(execution.Tenant, ""))
            follower.FallBehind();
    }

    /// <summary>
    /// Another node has committed events of an execution: whoever follows it, any workflow of its tenant or the tenant reads them in the store. Of which
    /// workflow they are is not known here; who finds nothing has only looked.
    /// </summary>
    internal void CommittedElsewhere(string tenant, string executionId)
    {
        foreach (var follower in _executions.Of(tenant, executionId))
            follower.FallBehind();
        _workflows.FallBehind(tenant);
        _tenants.FallBehind(tenant);
    }

    /// <summary>Something may have been committed elsewhere that nobody has told: all followers look.</summary>
    internal void LookAgain()
    {
        _executions.FallBehind(tenant: null);
        _workflows.FallBehind(tenant: null);
        _tenants.FallBehind(tenant: null);
    }

    /// <summary>Tells whoever follows an execution of a piece of a result.</summary>
    internal void Produced(string tenant, FeedToken token)
    {
        foreach (var follower in _executions.Of(tenant, token.ExecutionId))
            follower.Offer(token);
    }

    internal void Account(int bytes) => Interlocked.Add(ref _bufferedBytes, bytes);

    private async IAsyncEnumerable<FeedItem> FollowExecutionAsync(
        FeedScope.Execution scope, long seq, bool withTokens, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var subscription = new FeedSubscription(this, withTokens);
        var key = (scope.Tenant, scope.ExecutionId);
        _executions.Add(key, subscription);
        try
        {
            while (await _store.ReadExecutionAsync(scope.Tenant, scope.ExecutionId, cancellation) is { } execution)
            {
                // It listens before the store is read, so that nothing falls between the two.
                subscription.BeginAnew();
                await foreach (var stored in ReadAsync(execution, seq, subscription, cancellation))
                {
                    seq = stored.LastSeq;
                    yield return stored;
                    if (stored.IsTerminal)
                        yield break;
                }
                if (execution.Status.IsTerminal() && execution.Seq <= seq)
                    yield break;
                while (await subscription.WaitAsync(cancellation))
                {
                    var item = subscription.Take();
                    if (item is FeedEvents events)
                    {
                        // A commit that does not follow means that an owner elsewhere wrote in between: the store has it.
                        if (events.FirstSeq > seq + 1)
                            break;
                        item = events.After(seq);
                        seq = Math.Max(seq, events.LastSeq);
                    }
                    if (item is not null)
                        yield return item;
                    if (item is FeedEvents { IsTerminal: true })
                        yield break;
                }
            }
        }
        finally
        {
            _executions.Remove(key, subscription);
        }
    }

    // What is stored of an execution after an event.
    private async IAsyncEnumerable<FeedEvents> ReadAsync(
        ExecutionRecord execution, long seq, FeedSubscription subscription, [EnumeratorCancellation] CancellationToken cancellation)
    {
        while (true)
        {
            subscription.Hold(0);
            var entries = await _store.ReadJournalAsync(execution.Tenant, execution.Id, seq, int.MaxValue, PageBytes, cancellation);
            if (entries.Count == 0)
                yield break;
            subscription.Hold(entries.Sum(entry => entry.Events.Utf8.Length));
            foreach (var entry in entries.Select(entry => new FeedEntry(0, execution.Id, execution.WorkflowId, entry)))
            {
                if (entry.Entry.PartOf is null)
                {
                    if (EventsOf(entry, seq) is { } events)
                        yield return events;
                    seq = entry.Entry.LastSeq;
                    continue;
                }
                await foreach (var events in ReadLargeAsync(entry, execution.Tenant, seq, subscription))
                {
                    seq = events.LastSeq;
                    yield return events;
                }
            }
        }
    }

    // All events of a commit after one, of which a page has only a part.
    private async IAsyncEnumerable<FeedEvents> ReadLargeAsync(FeedEntry part, string tenant, long seq, FeedSubscription subscription)
    {
        var (position, executionId, workflowId, entry) = part;
        using var large = await _large.HoldAsync(tenant, executionId, workflowId, entry);
        if (large is null)
        {
            yield return FeedEvents.Of(executionId, workflowId, entry, position);
            yield break;
        }
        subscription.Hold(0);
        foreach (var piece in large.Pieces(seq, PageBytes, position))
            yield return piece;
    }

    // The events of a whole entry after one; null: there are none.
    private static FeedEvents? EventsOf(FeedEntry from, long seq) =>
        FeedEvents.Of(from.ExecutionId, from.WorkflowId, from.Entry, from.Position).After(seq);

    private async IAsyncEnumerable<FeedItem> FollowCommitsAsync(
        Followers followers, string tenant, string? workflowId, FeedCursor after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var subscription = new FeedSubscription(this, withTokens: false);
        var key = (tenant, workflowId ?? "");
        followers.Add(key, subscription);
        try
        {
            while (true)
            {
                subscription.BeginAnew();
                await foreach (var stored in ReadAsync(tenant, workflowId, after, subscription, cancellation))
                {
                    after = new FeedCursor(stored.Position, stored.LastSeq);
                    yield return stored;
                }
                await subscription.WaitAsync(cancellation);
            }
        }
        finally
        {
            followers.Remove(key, subscription);
        }
    }

    // What is stored of a workflow or a tenant after a place.
    private async IAsyncEnumerable<FeedEvents> ReadAsync(
        string tenant,
        string? workflowId,
        FeedCursor after,
        FeedSubscription subscription,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        while (true)
        {
            subscription.Hold(0);
            var entries = await _store.ReadFeedAsync(tenant, workflowId, after, int.MaxValue, PageBytes, cancellation);
            if (entries.Count == 0)
                yield break;
            subscription.Hold(entries.Sum(entry => entry.Entry.Events.Utf8.Length));
            foreach (var entry in entries)
            {
                var seq = entry.Position == after.Position ? after.Seq : 0;
                if (entry.Entry.PartOf is null)
                {
                    if (EventsOf(entry, seq) is { } events)
                        yield return events;
                    after = new FeedCursor(entry.Position, entry.Entry.LastSeq);
                    continue;
                }
                await foreach (var events in ReadLargeAsync(entry, tenant, seq, subscription))
                {
                    after = new FeedCursor(events.Position, events.LastSeq);
                    yield return events;
                }
            }
        }
    }
}
