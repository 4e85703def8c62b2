using System.Text;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Feed;
using Millrace.Engine.Nodes;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Tests.Runtime;
using Millrace.Engine.Workers;
using Millrace.Engine.Workflows;
using Millrace.Nodes.Http;
using Millrace.Testing.Storage;
using Millrace.Testing.Time;
using Millrace.Tests;

namespace Millrace.Engine.Tests.Feed;

/// <summary>Two nodes over one store: who asks one of them hears of what the other one runs.</summary>
public sealed class SharedFeedTests : IAsyncDisposable
{
    private static readonly WorkerType Mail = new() { Type = "sendMail", Ports = ["sent"] };

    private readonly MemoryStoreData _data = new();
    private readonly VirtualTime _time = new();
    private readonly ScriptedEffects _effects = new();
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<MillraceEngine> _nodes = [];

    public SharedFeedTests() => _effects.Body = async (context, _) =>
    {
        await _release.Task;
        return NodeOutcome.Completed(context.Data);
    };

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Those_who_wait_and_follow_at_one_node_hear_what_the_other_one_does(bool areHintsHeard)
    {
        var (runs, asked) = (Open(areHintsHeard: true), Open(areHintsHeard));
        await SaveAsync(runs, """{"id":"a","type":"effect"}""");
        var id = await StartAsync(runs);
        var ended = asked.Executions.WhenEndedAsync("acme", id, TestContext.Current.CancellationToken);
        var scopes = new FeedScope[] { new FeedScope.Execution("acme", id), new FeedScope.Workflow("acme", "w"), new FeedScope.Everything("acme") };
        var followers = scopes.Select(scope => new Follower(asked.Feed, scope)).ToList();
        foreach (var follower in followers)
            Assert.Equal("workflow_started", await follower.NextAsync());

        _release.SetResult();
        Assert.Equal(ExecutionStatus.Completed, (await runs.Executions.WhenEndedAsync("acme", id).WaitAsync(TestEngine.Patience))!.Status);
        if (!areHintsHeard)
        {
            Assert.False(ended.IsCompleted);
            _time.Advance(new EngineOptions().PollInterval);
        }

        Assert.Equal(ExecutionStatus.Completed, (await ended.WaitAsync(TestEngine.Patience))!.Status);
        foreach (var follower in followers)
            Assert.Equal("workflow_completed", await follower.LastAsync());
    }

    [Fact]
    public async Task A_look_that_breaks_is_not_the_last_one()
    {
        var broken = new BrokenStore(MemoryStore.Join(_data));
        var (runs, asked) = (Open(areHintsHeard: true), Open(broken));
        await SaveAsync(runs, """{"id":"a","type":"effect"}""");
        var id = await StartAsync(runs);
        var ended = asked.Executions.WhenEndedAsync("acme", id, TestContext.Current.CancellationToken);
        _release.SetResult();
        await runs.Executions.WhenEndedAsync("acme", id).WaitAsync(TestEngine.Patience);
        broken.BreakNextReads = 1;

        _time.Advance(new EngineOptions().PollInterval);
        await broken.WhenBrokenAsync();
        _time.Advance(new EngineOptions().PollInterval);

        Assert.Equal(ExecutionStatus.Completed, (await ended.WaitAsync(TestEngine.Patience))!.Status);
    }

    [Fact]
    public async Task A_look_for_messages_that_breaks_is_not_the_last_one()
    {
        var broken = new BrokenStore(MemoryStore.Join(_data));
        var (runs, asked) = (Open(broken), Open(areHintsHeard: true));
        await SaveAsync(runs, """{"id":"a","type":"effect"},{"id":"go","type":"waitForEvent","config":{"name":"go"}}""");
        var id = await StartAsync(runs);
        Assert.Equal(WriteOutcome.Done, await asked.Executions.SignalAsync("acme", id, "go", 1));
        broken.BreakNextLists = 1;

        _time.Advance(new EngineOptions().PollInterval);
        await broken.WhenBrokenAsync();
        _time.Advance(new EngineOptions().PollInterval);

        await new Follower(asked.Feed, new FeedScope.Execution("acme", id)).UntilAsync("node_completed");
        _release.SetResult();
        Assert.Equal(ExecutionStatus.Completed, (await runs.Executions.WhenEndedAsync("acme", id).WaitAsync(TestEngine.Patience))!.Status);
    }

    [Fact]
    public async Task A_worker_that_polls_one_node_gets_what_the_other_one_queues()
    {
        var (queues, polled) = (Open(areHintsHeard: true), Open(areHintsHeard: true));
        await queues.Workflows.WorkerTypes.RegisterAsync("acme", "tester", [Mail]);
        await SaveAsync(queues, """{"id":"start","type":"start"},{"id":"send","type":"sendMail","config":{}}""", """{"source":"start","target":"send"}""");
        var poll = polled.Executions.Tasks.PollAsync(new TaskPoll("acme", "tester", [Mail], 1, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5)));
        Assert.False(poll.IsCompleted);

        var id = await StartAsync(queues);

        Assert.Equal(id, Assert.Single(await poll.WaitAsync(TestEngine.Patience)).Task.ExecutionId);
    }

    [Fact]
    public void What_nobody_follows_costs_no_memory()
    {
        var feed = new EventFeed(MemoryStore.Open());
        var identity = new ExecutionIdentity("acme", "e1", "w", 1);
        var text = """[{"seq":1,"type":"log"}]"""u8.ToArray();
        var marks = new List<EventMark> { new(1, "log", 1, 22) };
        feed.Committed(identity, text, marks);
        feed.CommittedElsewhere("acme", "e1");

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            feed.Committed(identity, text, marks);
            feed.CommittedElsewhere("acme", "e1");
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private MillraceEngine Open(bool areHintsHeard) =>
        Open(areHintsHeard ? MemoryStore.Join(_data) : new DeafStore(MemoryStore.Join(_data)));

    private MillraceEngine Open(IStore store)
    {
        var node = MillraceEngine.Open(new EngineSetup
        {
            Store = store,
            Nodes = new NodeRegistry([.. NodesForTests.All(new OutgoingHttp(AddressGuard.PublicOnly)), new ScriptedType(_effects), new PauseType(), new AskType()]),
            Time = _time,
            Options = new EngineOptions { DrainGrace = TimeSpan.Zero },
        });
        _nodes.Add(node);
        return node;
    }

    private static async Task SaveAsync(MillraceEngine node, string nodes, string edges = "")
    {
        var document = $$"""{"id":"w","name":"w","nodes":[{{nodes}}],"edges":[{{edges}}]}""";
        Assert.IsType<SaveOutcome.Saved>(await node.Workflows.SaveAsync(new SaveRequest { Tenant = "acme", Document = Encoding.UTF8.GetBytes(document), Format = DocumentFormat.Json }));
    }

    private static async Task<string> StartAsync(MillraceEngine node) => Assert.IsType<StartOutcome.Accepted>(
        await node.Executions.StartAsync(new StartRequest { Tenant = "acme", WorkflowId = "w", Input = Value.Null })).Execution.Id;

    /// <summary>A store that gives no hints, and breaks in a way that no store should.</summary>
    private sealed class BrokenStore(IStore inner) : StoreDecorator(inner)
    {
        private readonly TaskCompletionSource _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _breakNextReads;
        private int _breakNextLists;

        public override IChanges Changes { get; } = new ChangeHub();

        /// <summary>How many reads of executions break.</summary>
        public int BreakNextReads { set => Volatile.Write(ref _breakNextReads, value); }

        /// <summary>How many lists of unread messages break.</summary>
        public int BreakNextLists { set => Volatile.Write(ref _breakNextLists, value); }

        public Task WhenBrokenAsync() => _broken.Task.WaitAsync(TestEngine.Patience);

        public override ValueTask<IReadOnlyList<ExecutionKey>> ListUnreadAsync(CancellationToken cancellation = default)
        {
            BreakIfDue(ref _breakNextLists);
            return base.ListUnreadAsync(cancellation);
        }

        public override ValueTask<ExecutionRecord?> ReadExecutionAsync(string tenant, string id, CancellationToken cancellation = default)
        {
            BreakIfDue(ref _breakNextReads);
            return base.ReadExecutionAsync(tenant, id, cancellation);
        }

        private void BreakIfDue(ref int next)
        {
            if (Interlocked.Decrement(ref next) < 0)
                return;
            _broken.TrySetResult();
            throw new InvalidOperationException("The store breaks (a test says so).");
        }
    }

    /// <summary>A store that gives no hints.</summary>
    private sealed class DeafStore(IStore inner) : StoreDecorator(inner)
    {
        public override IChanges Changes { get; } = new ChangeHub();
    }

    /// <summary>Follows from the first event on.</summary>
    private sealed class Follower(EventFeed feed, FeedScope scope)
    {
        private readonly IAsyncEnumerator<FeedItem> _items = feed.FollowAsync(scope, FeedCursor.Start).GetAsyncEnumerator();

        /// <summary>The type of the first event of the next batch.</summary>
        public async Task<string> NextAsync() => (await EventsAsync())[0].Type;

        /// <summary>Waits for an event of a type.</summary>
        public async Task UntilAsync(string type)
        {
            while (!(await EventsAsync()).Any(e => e.Type == type))
            {
            }
        }

        /// <summary>The type of the event that ends the execution.</summary>
        public async Task<string> LastAsync()
        {
            while (true)
            {
                if (await EventsAsync() is [.., { IsTerminal: true } last])
                    return last.Type;
            }
        }

        private async Task<EventMark[]> EventsAsync()
        {
            Assert.True(await _items.MoveNextAsync().AsTask().WaitAsync(TestEngine.Patience));
            return Assert.IsType<FeedEvents>(_items.Current).Events.ToArray();
        }
    }
}
