using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Testing.Storage;

namespace Millrace.Engine.Tests.Runtime;

/// <summary>Who writes what brings itself to the committer.</summary>
public sealed class CommitterTests
{
    private static ClaimExecutions Nothing => new(DateTimeOffset.MinValue, 0);

    [Fact]
    public async Task Writes_that_come_one_at_a_time_are_written_by_who_brings_them()
    {
        var threads = new List<int>();
        using var scheduler = new DedicatedThreadScheduler("committer");
        var committer = new Committer(Store(_ => threads.Add(Environment.CurrentManagedThreadId)), scheduler, borrowsCallers: true);

        var written = committer.CommitAsync(Nothing);

        Assert.True(written.IsCompleted);
        await written;
        Assert.Equal([Environment.CurrentManagedThreadId], threads);
    }

    [Fact]
    public async Task Who_brings_a_write_does_not_write_for_those_who_came_meanwhile()
    {
        var batches = new List<(int Thread, int Size)>();
        using var scheduler = new DedicatedThreadScheduler("committer");
        Committer committer = null!;
        var others = new List<Task<CommitResult>>();
        committer = new Committer(Store(batch =>
        {
            lock (batches)
                batches.Add((Environment.CurrentManagedThreadId, batch.Count));
            if (others.Count == 0)
                others.AddRange([committer.CommitAsync(Nothing), committer.CommitAsync(Nothing)]);
        }), scheduler, borrowsCallers: true);
        var caller = Environment.CurrentManagedThreadId;

        await committer.CommitAsync(Nothing);
        await Task.WhenAll(others).WaitAsync(TestEngine.Patience);

        Assert.Equal([1, 2], batches.Select(batch => batch.Size));
        Assert.Equal([true, false], batches.Select(batch => batch.Thread == caller));
    }

    [Fact]
    public async Task A_store_that_takes_its_time_gets_one_batch_at_a_time_in_order()
    {
        var store = new SlowStore(MemoryStore.Open());
        using var scheduler = new DedicatedThreadScheduler("committer");
        var committer = new Committer(store, scheduler, borrowsCallers: true);

        var first = committer.CommitAsync(Create("e1"));
        var second = committer.CommitAsync(Create("e2"));
        var third = committer.CommitAsync(Create("e3"));
        await store.AnswerAsync(["e1"]);
        Assert.Equal(WriteOutcome.Done, (await first.WaitAsync(TestEngine.Patience)).Outcome);
        Assert.False(second.IsCompleted);

        // What came while the first was under way goes together.
        await store.AnswerAsync(["e2", "e3"]);
        Assert.Equal(WriteOutcome.Done, (await second.WaitAsync(TestEngine.Patience)).Outcome);
        Assert.Equal(WriteOutcome.Done, (await third.WaitAsync(TestEngine.Patience)).Outcome);
    }

    [Fact]
    public async Task While_too_much_waits_for_the_disk_more_is_refused_and_taken_again_later()
    {
        var store = new SlowStore(MemoryStore.Open());
        using var scheduler = new DedicatedThreadScheduler("committer");
        var committer = new Committer(store, scheduler, borrowsCallers: true, maxWaiting: 2);
        var underWay = committer.CommitAsync(Create("e1"));
        Task<CommitResult>[] waiting = [committer.CommitAsync(Create("e2")), committer.CommitAsync(Create("e3"))];

        var refused = await Assert.ThrowsAsync<StoreException>(() => committer.CommitAsync(Create("e4")));
        Assert.True(refused is { IsBusy: true, RolledBack: true });

        await store.AnswerAsync(["e1"]);
        await store.AnswerAsync(["e2", "e3"]);
        await Task.WhenAll([underWay, .. waiting]).WaitAsync(TestEngine.Patience);
        var again = committer.CommitAsync(Create("e4"));
        await store.AnswerAsync(["e4"]);
        Assert.Equal(WriteOutcome.Done, (await again.WaitAsync(TestEngine.Patience)).Outcome);
    }

    [Fact]
    public async Task A_message_of_a_batch_that_was_rolled_back_is_not_taken_for_one_that_is_stored()
    {
        var store = new FaultyStore();
        store.Decorate(MemoryStore.Open());
        using var scheduler = new DedicatedThreadScheduler("committer");
        var committer = new Committer(store, scheduler);
        await committer.CommitAsync(Create("e1"));
        await committer.CommitAsync(new AppendInbox("acme", "e1", "signal", default, default));
        var last = committer.LastMessage;
        store.Writing = batch => throw new StoreException("Full.", rolledBack: true) { Results = [.. batch.Select(_ => new CommitResult.Appended(last + 100))] };

        await Assert.ThrowsAsync<StoreException>(() => committer.CommitAsync(new AppendInbox("acme", "e1", "signal", default, default)));

        Assert.True(last > 0);
        Assert.Equal(last, committer.LastMessage);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_listener_that_throws_is_logged_keeps_nobody_waiting_and_ends_all_writing(bool isFirst)
    {
        var store = new SlowStore(MemoryStore.Open());
        var log = new CriticalLog();
        using var scheduler = new DedicatedThreadScheduler("committer");
        var committer = new Committer(store, scheduler, borrowsCallers: true, logger: log);
        var lost = new TaskCompletionSource<StoreException>(TaskCreationOptions.RunContinuationsAsynchronously);
        committer.StoreLost = lost.SetResult;
        var underWay = committer.CommitAsync(Create("e1"));
        var other = new CommitAnswer();
        if (!isFirst)
            committer.Submit(Create("e2"), other);
        committer.Submit(Create("e3"), new BrokenListener());
        if (isFirst)
            committer.Submit(Create("e2"), other);

        await store.AnswerAsync(["e1"]);
        await underWay.WaitAsync(TestEngine.Patience);
        var waiting = new TaskCompletionSource<Task<CommitResult>>();
        store.Committing = () => waiting.SetResult(committer.CommitAsync(Create("e4")));
        await store.AnswerAsync(isFirst ? ["e3", "e2"] : ["e2", "e3"]);

        Assert.Equal(WriteOutcome.Done, (await other.Task.WaitAsync(TestEngine.Patience)).Outcome);
        var why = await lost.Task.WaitAsync(TestEngine.Patience);
        Assert.Contains("A listener says no", why.Message);
        // Both what waited already and what comes later.
        foreach (var refused in (Task<CommitResult>[])[await waiting.Task.WaitAsync(TestEngine.Patience), committer.CommitAsync(Create("e5"))])
            Assert.True((await Assert.ThrowsAsync<StoreException>(() => refused.WaitAsync(TestEngine.Patience))).RolledBack);
        Assert.Null(await store.ReadExecutionAsync("acme", "e4", TestContext.Current.CancellationToken));
        Assert.Equal(["A listener says no."], log.Failures);
    }

    [Fact]
    public async Task A_listener_that_throws_at_the_thread_that_brought_it_ends_all_writing_too()
    {
        using var scheduler = new DedicatedThreadScheduler("committer");
        var committer = new Committer(MemoryStore.Open(), scheduler, borrowsCallers: true);
        StoreException? lost = null;
        committer.StoreLost = e => lost = e;

        Assert.Throws<InvalidOperationException>(() => committer.Submit(Create("e1"), new BrokenListener()));

        Assert.NotNull(lost);
        await Assert.ThrowsAsync<StoreException>(() => committer.CommitAsync(Create("e2")).WaitAsync(TestEngine.Patience));
    }

    private sealed class BrokenListener : ICommitListener
    {
        public void Settled(CommitResult? result, StoreException? failure) => throw new InvalidOperationException("A listener says no.");
    }

    private sealed class CriticalLog : ILogger<Committer>
    {
        private readonly List<string> _failures = [];

        public IReadOnlyList<string> Failures
        {
            get
            {
                lock (_failures)
                    return [.. _failures];
            }
        }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel != LogLevel.Critical)
                return;
            lock (_failures)
                _failures.Add(exception!.Message);
        }
    }

    private static CreateExecution Create(string id) => new(new ExecutionRecord { Tenant = "acme", Id = id, WorkflowId = "w" }, null);

    // Commits when it is told to.
    private sealed class SlowStore(IStore inner) : StoreDecorator(inner)
    {
        private readonly Channel<(IReadOnlyList<Mutation> Batch, TaskCompletionSource Go)> _batches = Channel.CreateUnbounded<(IReadOnlyList<Mutation>, TaskCompletionSource)>();

        /// <summary>Called while a batch is under way.</summary>
        public Action Committing { get; set; } = () => { };

        public override async ValueTask<IReadOnlyList<CommitResult>> CommitAsync(IReadOnlyList<Mutation> batch, CancellationToken cancellation = default)
        {
            var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _batches.Writer.TryWrite((batch, go));
            await go.Task;
            Committing();
            return await base.CommitAsync(batch, cancellation);
        }

        public async Task AnswerAsync(string[] expected)
        {
            var (batch, go) = await _batches.Reader.ReadAsync().AsTask().WaitAsync(TestEngine.Patience);
            Assert.Equal(expected, batch.OfType<CreateExecution>().Select(create => create.Execution.Id));
            Assert.False(_batches.Reader.TryRead(out _));
            go.SetResult();
        }
    }

    private static FaultyStore Store(Action<IReadOnlyList<Mutation>> writing)
    {
        var store = new FaultyStore { Writing = writing };
        store.Decorate(MemoryStore.Open());
        return store;
    }
}
