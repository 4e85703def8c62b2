using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Engine.Feed;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Engine.Tests.Runtime;
using Millrace.Testing.Storage;
using Millrace.Tests;

namespace Millrace.Engine.Tests.Feed;

public sealed class EventFeedTests : IAsyncDisposable
{
    private const string Tenant = "acme";
    // Beside the queue, a follower holds a page or one item of the queue.
    private const long MaxPerFollower = FeedSubscription.MaxBytes + FeedSubscription.MaxBytes;

    private readonly MemoryStore _store = MemoryStore.Open();
    private readonly EventFeed _feed;
    private readonly CancellationTokenSource _patience = new(TestEngine.Patience);

    public EventFeedTests() => _feed = new EventFeed(_store);

    public async ValueTask DisposeAsync()
    {
        _patience.Dispose();
        await _store.DisposeAsync();
    }

    [Fact]
    public async Task Live_events_say_where_they_are_as_parsing_them_would()
    {
        await using var host = new TestEngine(new ScriptedEffects { Body = (context, _) => new(NodeOutcome.Completed(context.Data)) });
        await host.SaveAsync("w", """{"id":"a","type":"effect"},{"id":"b","type":"effect"}""", """{"source":"a","target":"b"}""");
        var follow = host.Feed.FollowAsync(new FeedScope.Execution(Tenant, (await host.StartAsync("w")).Execution.Id), FeedCursor.Start, cancellation: _patience.Token);
        await foreach (var item in follow)
        {
            var events = Assert.IsType<FeedEvents>(item);
            Assert.Equal(JournalText.Marks(events.Text.Span).TakeLast(events.Events.Length), events.Events.ToArray());
        }
    }

    [Fact]
    public async Task Marks_of_the_serializer_are_those_of_the_text()
    {
        var gate = new TaskCompletionSource();
        await using var host = new TestEngine(new ScriptedEffects { Body = async (context, _) => { await gate.Task; return NodeOutcome.Completed(context.Data); } });
        await host.SaveAsync("w", """{"id":"ä","type":"effect"},{"id":"b","type":"noop"},{"id":"c","type":"effect"}""", """{"source":"ä","target":"b"},{"source":"b","target":"c"}""");
        var id = (await host.StartAsync("w", """{"text":"größe"}""")).Execution.Id;
        var seen = await host.Store.ReadExecutionAsync(Tenant, id, _patience.Token);
        var follow = host.Feed.FollowAsync(new FeedScope.Execution(Tenant, id), new FeedCursor(0, seen!.Seq), cancellation: _patience.Token).GetAsyncEnumerator(_patience.Token);
        var next = follow.MoveNextAsync().AsTask();
        gate.SetResult();
        while (await next)
        {
            var events = Assert.IsType<FeedEvents>(follow.Current);
            Assert.Equal(JournalText.Marks(events.Text.Span), events.Events.ToArray());
            next = follow.MoveNextAsync().AsTask();
        }
        await follow.DisposeAsync();
    }

    [Fact]
    public async Task A_follower_that_takes_nothing_holds_little_and_misses_nothing()
    {
        _store.Write([Running("e1")]);
        await using var follow = Follow(new FeedScope.Execution(Tenant, "e1"));
        Assert.True(await follow.MoveNextAsync());
        for (var i = 0; i < 3_000; i++)
            Commit("e1", 2 + i, ends: i == 2_999);
        Assert.InRange(_feed.BufferedBytes, 0, MaxPerFollower);
        var seqs = new List<long>();
        while (await follow.MoveNextAsync())
        {
            seqs.AddRange(SeqsOf(follow.Current));
            Assert.InRange(_feed.BufferedBytes, 0, MaxPerFollower);
        }
        Assert.Equal(Enumerable.Range(2, 3_000).Select(seq => (long)seq), seqs);
        Assert.Equal(0, _feed.BufferedBytes);
    }

    [Fact]
    public async Task Rows_that_are_larger_than_what_a_follower_may_hold_come_in_parts()
    {
        const int readers = 20;
        _store.Write(Journals.Ended(Tenant, "w", "e1", _store.Ownership.Epoch, rows: 3, eventsEach: 4_000));
        var most = 0L;
        var follows = Enumerable.Range(0, readers).Select(_ => Follow(new FeedScope.Execution(Tenant, "e1"))).ToList();
        foreach (var follow in follows)
            Assert.True(await follow.MoveNextAsync());
        for (var isOver = false; !isOver;)
        {
            most = Math.Max(most, _feed.BufferedBytes);
            foreach (var follow in follows)
                isOver |= !await follow.MoveNextAsync();
        }
        // Of what is large all have the same.
        var rowBytes = (await _store.ReadJournalAsync(Tenant, "e1", 1, 1, cancellation: _patience.Token))[0].Events.Utf8.Length;
        Assert.InRange(most, 1, (readers * (long)EventFeed.PageBytes) + (2 * rowBytes));
        foreach (var follow in follows)
            await follow.DisposeAsync();
        Assert.Equal(0, _feed.BufferedBytes);
        Assert.Equal(0, _feed.FollowerCount);

        var seqs = new List<long>();
        await foreach (var item in _feed.FollowAsync(new FeedScope.Execution(Tenant, "e1"), new FeedCursor(0, 17), cancellation: _patience.Token))
            seqs.AddRange(SeqsOf(item));
        Assert.Equal(Enumerable.Range(18, 12_001 - 17).Select(seq => (long)seq), seqs);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_row_that_is_larger_than_a_page_is_read_once_and_not_for_every_page(bool isOfExecution)
    {
        const int eventsEach = 4_000;
        _store.Write(Journals.Ended(Tenant, "w", "e1", _store.Ownership.Epoch, rows: 2, eventsEach));
        var counting = new CountingStore(_store);
        var feed = new EventFeed(counting);
        FeedScope scope = isOfExecution ? new FeedScope.Execution(Tenant, "e1") : new FeedScope.Everything(Tenant);

        var seqs = new List<long>();
        await foreach (var item in feed.FollowAsync(scope, FeedCursor.Start, cancellation: _patience.Token))
        {
            Assert.InRange(Assert.IsType<FeedEvents>(item).Events.ToArray().Sum(mark => mark.Length), 1, EventFeed.PageBytes);
            seqs.AddRange(SeqsOf(item));
            if (seqs.Count == 1 + (2 * eventsEach))
                break;
        }

        Assert.Equal(Enumerable.Range(1, 1 + (2 * eventsEach)).Select(seq => (long)seq), seqs);
        // Of each a first page, which tells that it is large, and all of it; what is small; and that there is no more.
        Assert.InRange(counting.Reads, 4, 6);
        Assert.Equal(0, feed.BufferedBytes);
    }

    [Fact]
    public async Task A_hundred_followers_of_everything_that_take_nothing_hold_little()
    {
        foreach (var id in (string[])["e1", "e2", "e3"])
            _store.Write(Journals.Ended(Tenant, "w", id, _store.Ownership.Epoch, rows: 2, eventsEach: 3_000));
        var follows = Enumerable.Range(0, 100).Select(_ => Follow(new FeedScope.Everything(Tenant))).ToList();
        foreach (var follow in follows)
            Assert.True(await follow.MoveNextAsync());
        _store.Write([Running("e4")]);
        for (var i = 0; i < 100; i++)
            Commit("e4", 2 + i);
        Assert.InRange(_feed.BufferedBytes, 1, 100L * EventFeed.PageBytes);
        foreach (var follow in follows)
            await follow.DisposeAsync();
        Assert.Equal(0, _feed.BufferedBytes);
        Assert.Equal(0, _feed.FollowerCount);
    }

    [Fact]
    public async Task Everything_comes_in_the_order_of_commits_and_goes_on_from_any_place()
    {
        _store.Write([Running("e1"), Running("e2"), Running("f1", "other")]);
        _store.Write([new CreateExecution(Record("e3", "globex", "w"), Journals.Entry(1, 1))]);
        Commit("e1", 2, count: 3);
        var all = await TakeAsync(Follow(new FeedScope.Everything(Tenant)), 6);
        Assert.Equal(["e1 1", "e2 1", "f1 1", "e1 2", "e1 3", "e1 4"], all.Select(one => one.Name));
        for (var seen = 0; seen < all.Count - 1; seen++)
        {
            var rest = await TakeAsync(Follow(new FeedScope.Everything(Tenant), all[seen].Place), all.Count - seen - 1);
            Assert.Equal(all.Skip(seen + 1).Select(one => one.Name), rest.Select(one => one.Name));
        }
        Assert.Equal(["f1 1"], (await TakeAsync(Follow(new FeedScope.Workflow(Tenant, "other")), 1)).Select(one => one.Name));
    }

    [Fact]
    public async Task Followers_hear_of_their_own_scope_only()
    {
        _store.Write([Running("e1"), Running("e2")]);
        var end = await _feed.EndAsync(_patience.Token);
        await using var mine = Follow(new FeedScope.Execution(Tenant, "e1"), new FeedCursor(0, 1));
        await using var workflow = Follow(new FeedScope.Workflow(Tenant, "w"), end);
        await using var other = Follow(new FeedScope.Everything("globex"), end);
        var (first, second, third) = (mine.MoveNextAsync().AsTask(), workflow.MoveNextAsync().AsTask(), other.MoveNextAsync().AsTask());
        Commit("e2", 2);
        Assert.True(await second);
        Assert.Equal(0, _feed.BufferedBytes - SizeOf(workflow.Current));
        Assert.False(first.IsCompleted);
        Commit("e1", 2);
        Assert.True(await first);
        Assert.Equal("e1", mine.Current.ExecutionId);
        Assert.False(third.IsCompleted);
        await _patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await third);
    }

    [Fact]
    public async Task Pieces_of_results_come_to_those_who_want_them_and_never_push_events_out()
    {
        _store.Write([Running("e1")]);
        await using var with = _feed.FollowAsync(new FeedScope.Execution(Tenant, "e1"), new FeedCursor(0, 1), withTokens: true, _patience.Token).GetAsyncEnumerator(_patience.Token);
        await using var without = Follow(new FeedScope.Execution(Tenant, "e1"), new FeedCursor(0, 1));
        var (one, none) = (with.MoveNextAsync().AsTask(), without.MoveNextAsync().AsTask());
        for (var i = 0; i < 100; i++)
            _feed.Produced(Tenant, new FeedToken("e1", "w", "a", "", 1, new string('t', 10_000)));
        Assert.InRange(_feed.BufferedBytes, 1, MaxPerFollower);
        Assert.True(await one);
        Assert.IsType<FeedToken>(with.Current);
        Commit("e1", 2, ends: true);
        Assert.True(await none);
        Assert.True(Assert.IsType<FeedEvents>(without.Current).IsTerminal);
        FeedItem last;
        do
        {
            Assert.True(await with.MoveNextAsync());
            last = with.Current;
        }
        while (last is FeedToken);
        Assert.True(Assert.IsType<FeedEvents>(last).IsTerminal);
        Assert.False(await with.MoveNextAsync());
    }

    [Fact]
    public async Task What_is_not_there_or_another_tenants_ends_at_once()
    {
        _store.Write([Running("e1")]);
        await using var none = Follow(new FeedScope.Execution(Tenant, "none"));
        Assert.False(await none.MoveNextAsync());
        await using var foreign = Follow(new FeedScope.Execution("globex", "e1"));
        Assert.False(await foreign.MoveNextAsync());
    }

    private IAsyncEnumerator<FeedItem> Follow(FeedScope scope, FeedCursor after = default) =>
        _feed.FollowAsync(scope, after, cancellation: _patience.Token).GetAsyncEnumerator(_patience.Token);

    private static async Task<List<(string Name, FeedCursor Place)>> TakeAsync(IAsyncEnumerator<FeedItem> follow, int count)
    {
        var taken = new List<(string, FeedCursor)>();
        while (taken.Count < count && await follow.MoveNextAsync())
        {
            var events = Assert.IsType<FeedEvents>(follow.Current);
            foreach (var mark in events.Events.ToArray())
                taken.Add(($"{events.ExecutionId} {mark.Seq}", new FeedCursor(events.Position, mark.Seq)));
        }
        await follow.DisposeAsync();
        return taken;
    }

    private CreateExecution Running(string id, string workflow = "w") => new(Record(id, Tenant, workflow), Journals.Entry(1, 1));

    private ExecutionRecord Record(string id, string tenant, string workflow) =>
        new() { Tenant = tenant, Id = id, WorkflowId = workflow, Version = 1, Status = ExecutionStatus.Running, Owner = _store.Ownership.Epoch, Seq = 1, CreatedAt = DateTimeOffset.UnixEpoch };

    private void Commit(string id, long first, int count = 1, bool ends = false)
    {
        var entry = Journals.Entry(first, count, ends: ends);
        var status = ends ? ExecutionStatus.Completed : ExecutionStatus.Running;
        var advance = new AdvanceExecution(Tenant, id, _store.Ownership.Epoch, first - 1) { WorkflowId = "w", Entry = entry, Status = status, NewOwner = ends ? 0 : _store.Ownership.Epoch };
        Assert.Equal(WriteOutcome.Done, _store.Write(advance).Outcome);
        _feed.Committed(new ExecutionIdentity(Tenant, id, "w", 1), entry.Events.Utf8.Span, JournalText.Marks(entry.Events.Utf8.Span));
    }

    private static long SizeOf(FeedItem item) => Assert.IsType<FeedEvents>(item).Text.Length;

    private static IEnumerable<long> SeqsOf(FeedItem item)
    {
        foreach (var mark in Assert.IsType<FeedEvents>(item).Events.ToArray())
            yield return mark.Seq;
    }

    private sealed class CountingStore(IStore inner) : StoreDecorator(inner)
    {
        private int _reads;

        public int Reads => Volatile.Read(ref _reads);

        public override ValueTask<IReadOnlyList<JournalEntry>> ReadJournalAsync(
            string tenant,
            string executionId,
            long afterSeq,
            int limit,
            int maxBytes = int.MaxValue,
            CancellationToken cancellation = default)
        {
            Interlocked.Increment(ref _reads);
            return base.ReadJournalAsync(tenant, executionId, afterSeq, limit, maxBytes, cancellation);
        }

        public override ValueTask<IReadOnlyList<FeedEntry>> ReadFeedAsync(
            string tenant,
            string? workflowId,
            FeedCursor after,
            int limit,
            int maxBytes = int.MaxValue,
            CancellationToken cancellation = default)
        {
            Interlocked.Increment(ref _reads);
            return base.ReadFeedAsync(tenant, workflowId, after, limit, maxBytes, cancellation);
        }
    }
}
