using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Engine.Feed;
using Millrace.Engine.Storage;
using Millrace.Testing.Storage;

namespace Millrace.Engine.Tests.Runtime;

/// <summary>An execution whose journal cannot be read any more is ended, and whoever has to do with it is told.</summary>
public sealed class UnloadableTests
{
    private const string Waits = """{"id":"do","type":"effect"},{"id":"p","type":"pause","config":{"duration":"PT1H"}}""";
    private const string ThenWaits = """{"source":"do","target":"p"}""";

    private readonly DamagedStore _store = new();

    [Fact]
    public async Task One_that_is_cancelled_ends_as_cancelled_and_says_why_it_could_not_go_on()
    {
        await using var host = Host();
        var waits = await WaitingAsync(host, "w");
        _store.Damage(waits.Id);
        var ended = host.WhenEndedAsync(waits.Id);
        var heard = HearEndAsync(host, waits);

        Assert.Equal(WriteOutcome.Done, await host.Engine.CancelAsync("acme", waits.Id, "No longer needed"));

        var record = await ended;
        Assert.Equal(ExecutionStatus.Cancelled, record.Status);
        Assert.Equal("unloadable", ErrorOf(record)["type"].AsString());
        Assert.Contains("damaged", ErrorOf(record)["message"].AsString(), StringComparison.Ordinal);
        Assert.Equal("workflow_cancelled", await heard.WaitAsync(TestEngine.Patience));
        Assert.Empty(await host.Store.ReadInboxAsync("acme", waits.Id, TestContext.Current.CancellationToken));
        Assert.Equal(WriteOutcome.Terminal, await host.Engine.CancelAsync("acme", waits.Id, null));
    }

    [Fact]
    public async Task One_that_somebody_wakes_fails_and_those_who_follow_it_hear_that()
    {
        await using var host = Host();
        var waits = await WaitingAsync(host, "w");
        _store.Damage(waits.Id);
        var heard = HearEndAsync(host, waits);

        await host.Engine.SignalAsync("acme", waits.Id, "go", Value.Null);

        var record = await host.WhenEndedAsync(waits.Id);
        Assert.Equal((ExecutionStatus.Failed, "unloadable"), (record.Status, ErrorOf(record)["type"].AsString()));
        Assert.Equal("workflow_failed", await heard.WaitAsync(TestEngine.Patience));
    }

    [Fact]
    public async Task The_parent_of_one_is_told_as_of_any_child_that_failed()
    {
        await using var host = Host();
        await host.SaveAsync("child", Waits, ThenWaits);
        await host.SaveAsync("parent", """{"id":"call","type":"subworkflow","config":{"workflowId":"child"}}""");
        var parent = await host.StartAsync("parent");
        await host.WhenAtAsync(parent.Execution.Id, ExecutionStatus.Waiting);
        var child = Assert.Single((await host.Store.ListExecutionsAsync("acme", new ExecutionFilter("child"), new Page(), TestContext.Current.CancellationToken)).Executions).Id;
        await host.WhenAtAsync(child, ExecutionStatus.Waiting);
        _store.Damage(child);

        await host.Engine.SignalAsync("acme", child, "go", Value.Null);

        var ended = await parent.Ended.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken);
        Assert.Equal((ExecutionStatus.Failed, "call"), (ended.Status, ErrorOf(ended)["nodeId"].AsString()));
        Assert.Contains("could not be loaded", ErrorOf(ended)["message"].AsString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_reads_one_is_told_which_it_is_and_what_to_do()
    {
        await using var host = Host();
        var waits = await WaitingAsync(host, "w");
        _store.Damage(waits.Id);

        foreach (var read in (Func<Task>[])[
            () => host.History.Runs.ReadAsync(waits, 0, 10),
            () => host.History.Runs.ReadRowsAsync(waits, 0, 10),
            () => host.History.Runs.ReadMomentAsync(waits, null, 0, 10),
            () => host.History.ReadStateAsync(waits)])
        {
            var damage = await Assert.ThrowsAsync<InvalidDataException>(read);
            Assert.StartsWith($"Execution '{waits.Id}' cannot be read: A journal row is damaged", damage.Message);
            Assert.EndsWith(" Restore it from a backup, or cancel it.", damage.Message);
        }
    }

    [Fact]
    public async Task One_that_cannot_be_ended_at_once_is_ended_a_moment_later()
    {
        var faulty = new FaultyStore();
        await using var host = new TestEngine(new ScriptedEffects(), decorate: store => faulty.Decorate(_store.Decorate(store)));
        var waits = await WaitingAsync(host, "w");
        _store.Damage(waits.Id);
        faulty.FailNextAdvances = 1;

        await host.Engine.CancelAsync("acme", waits.Id, null);

        Assert.Equal(ExecutionStatus.Cancelled, (await host.WhenEndedAsync(waits.Id)).Status);
    }

    private TestEngine Host() => new(new ScriptedEffects(), decorate: _store.Decorate);

    private static async Task<ExecutionRecord> WaitingAsync(TestEngine host, string workflow)
    {
        await host.SaveAsync(workflow, Waits, ThenWaits);
        return await host.WhenAtAsync((await host.StartAsync(workflow)).Execution.Id, ExecutionStatus.Waiting);
    }

    private static async Task<string> HearEndAsync(TestEngine host, ExecutionRecord record)
    {
        await foreach (var item in host.Feed.FollowAsync(new FeedScope.Execution(record.Tenant, record.Id), new FeedCursor(0, record.Seq)))
        {
            if (item is FeedEvents { IsTerminal: true } events)
                return events.Events.Span[^1].Type;
        }
        return "nothing";
    }

    private static Value ErrorOf(ExecutionRecord record) => ValueJson.Parse(record.Error.Utf8.Span);

    // From some time on, all journal rows of an execution but the first read as if a disk had lost half of them.
    private sealed class DamagedStore() : StoreDecorator(null!)
    {
        private IStore _inner = null!;
        private volatile string? _damaged;

        protected override IStore Target => _inner;

        public DamagedStore Decorate(IStore inner)
        {
            _inner = inner;
            return this;
        }

        public void Damage(string executionId) => _damaged = executionId;

        public override async ValueTask<IReadOnlyList<JournalEntry>> ReadJournalAsync(
            string tenant, string executionId, long afterSeq, int limit, int maxBytes = int.MaxValue, CancellationToken cancellation = default)
        {
            var entries = await base.ReadJournalAsync(tenant, executionId, afterSeq, limit, maxBytes, cancellation);
            return executionId == _damaged ? [.. entries.Select(Half)] : entries;
        }

        private static JournalEntry Half(JournalEntry entry) =>
            entry.FirstSeq == 1 || entry.Events.ToString().Contains("\"unloadable\"", StringComparison.Ordinal)
                ? entry
                : entry with { Events = new JsonText(entry.Events.Utf8[..(entry.Events.Utf8.Length / 2)]) };
    }
}
