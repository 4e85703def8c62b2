using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Tests.Runtime;

/// <summary>
/// The stored list of node runs is what folding the journal gives, and pages of it cost the same however long the execution is.
/// </summary>
public sealed class NodeRunListTests
{
    private const string Each = """
        {"id":"each","type":"forEach","config":{"items":"{{ input }}","onItemError":"collect","body":{
          "nodes":[{"id":"a","type":"transform","config":{"expression":"10 / item"}}],"edges":[]}}}
        """;

    private static readonly EngineOptions Always = new() { DrainGrace = TimeSpan.Zero, MaxEventsWithoutRuns = 0 };

    [Fact]
    public async Task Errors_are_by_attempt_and_a_completed_run_has_none()
    {
        var effects = new ScriptedEffects
        {
            Body = (context, _) => new(context.Attempt < 3
                ? NodeOutcome.Failed("http", $"down {context.Attempt}", retryable: true)
                : NodeOutcome.Completed(5L)),
        };
        await using var host = new TestEngine(effects, Always);
        await host.SaveAsync("w", """{"id":"a","type":"effect","retry":{"maxAttempts":3,"delay":"PT0.001S"}}""");

        var ended = await host.RunAsync("w");

        foreach (var run in await BothAsync(host, ended))
        {
            Assert.Equal((NodeStatus.Completed, 3, "5"), (run.Row.Status, run.Row.Attempt, run.Output.ToJson()));
            Assert.Null(run.Error);
            Assert.Equal([(1, "down 1"), (2, "down 2")], run.Failures.Select(failure => (failure.Attempt, failure.Error.Message)));
        }

        async Task<IEnumerable<NodeRunDetails>> BothAsync(TestEngine stored, ExecutionRecord record)
        {
            await AssertSameAsync(stored, record);
            return (await stored.History.Runs.ReadAsync(record, 0, 10)).Runs.Where(run => run.Row.NodeId == "a");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(1_000)]
    public async Task Items_and_their_errors_are_listed_in_pages(int mostEvents)
    {
        await using var host = new TestEngine(new ScriptedEffects(), Always with { MaxEventsWithoutRuns = mostEvents });
        await host.SaveAsync("w", Each);
        var ended = await host.RunAsync("w", "[5,0,2,1,0,10]");

        var runs = new List<NodeRunDetails>();
        for (int? after = 0; after is { } from;)
        {
            var page = await host.History.Runs.ReadAsync(ended, from, 3);
            Assert.True(page.Runs.Length <= 3);
            runs.AddRange(page.Runs);
            after = page.Next;
        }

        Assert.Equal(["start", "each", .. Enumerable.Repeat("a", 6)], runs.Select(run => run.Row.NodeId));
        var outputs = runs.Skip(2).Select(run => run.Row.Status == NodeStatus.Failed ? "null" : run.Output.ToJson());
        Assert.Equal(["2", "null", "5", "10", "null", "1"], outputs);
        Assert.Equal(["1", "4"], runs.Where(run => run.Error is not null).Select(run => run.Row.Iteration));
        Assert.Equal(mostEvents < 1_000, (await host.Store.ReadRunsAsync("acme", ended.Id, 0, 1)).Count > 0);
        await AssertSameAsync(host, ended);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    public async Task What_is_read_again_after_a_restart_goes_on_with_the_list(int mostEvents)
    {
        var options = Always with { MaxEventsWithoutRuns = mostEvents, ResidentWait = TimeSpan.Zero };
        await using var host = new TestEngine(new ScriptedEffects(), options);
        await host.SaveAsync("w",
            """
            {"id":"a","type":"effect"},{"id":"wait","type":"waitForEvent","config":{"name":"go"}},{"id":"b","type":"effect"},
            {"id":"hold","type":"waitForEvent","config":{"name":"never"}},{"id":"c","type":"effect"}
            """,
            """
            {"source":"a","target":"wait"},{"source":"wait","target":"b"},{"source":"wait","target":"hold"},
            {"source":"b","target":"c"}
            """);
        var started = await host.StartAsync("w");
        await host.WhenAtAsync(started.Execution.Id, ExecutionStatus.Waiting);
        await host.RestartAsync();
        await host.Engine.SendAsync("acme", started.Execution.Id, "signal", MapValue.Of(("name", "go"), ("payload", 3L)));
        await foreach (var _ in host.FollowAsync(started.Execution.Id))
        {
            var state = await host.History.ReadStateAsync((await host.Store.ReadExecutionAsync("acme", started.Execution.Id))!);
            if (state.Runs().Any(run => run.Node.Id == "c" && run.Status == NodeStatus.Completed))
                break;
        }
        await host.Engine.CancelAsync("acme", started.Execution.Id, "enough");
        var ended = await host.WhenEndedAsync(started.Execution.Id);

        await AssertSameAsync(host, ended);
        var rows = await host.Store.ReadRunsAsync("acme", ended.Id, 0, 10);
        Assert.Equal(NodeStatus.Cancelled, rows.Single(row => row.NodeId == "hold").Status);
    }

    [Fact]
    public async Task Forks_list_what_they_have_taken_over()
    {
        await using var host = new TestEngine(new ScriptedEffects { Body = (context, _) => new(NodeOutcome.Completed(7L)) }, Always);
        await host.SaveAsync("w",
            """{"id":"a","type":"effect"},{"id":"b","type":"transform","config":{"expression":"data + 1"}}""",
            """{"source":"a","target":"b"}""");
        var first = await host.RunAsync("w");
        var outcome = await host.Engine.ForkAsync(new ForkRequest { Tenant = "acme", ExecutionId = first.Id, FromNode = "b" });
        var accepted = Assert.IsType<ForkOutcome.Accepted>(outcome);
        var fork = await host.WhenEndedAsync(accepted.Execution.Id);

        await AssertSameAsync(host, fork);
        var runs = (await host.History.Runs.ReadAsync(fork, 0, 10)).Runs;
        var outputs = runs.Where(run => run.Row.NodeId != "start").Select(run => (run.Row.NodeId, run.Output.ToJson()));
        Assert.Equal([("a", "7"), ("b", "8")], outputs);
    }

    [Fact]
    public async Task A_node_that_another_version_does_not_have_is_listed_no_more()
    {
        await using var host = new TestEngine(new ScriptedEffects(), Always with { ResidentWait = TimeSpan.Zero });
        const string Wait = """{"id":"wait","type":"waitForEvent","config":{"name":"go"}}""";
        await host.SaveAsync("w", """{"id":"a","type":"effect"},""" + Wait, """{"source":"a","target":"wait"}""");
        var started = await host.StartAsync("w");
        await host.WhenAtAsync(started.Execution.Id, ExecutionStatus.Waiting);
        await host.SaveAsync("w",
            Wait + """,{"id":"new","type":"transform","config":{"expression":"data"}}""",
            """{"source":"wait","target":"new"}""");
        await host.Engine.SendAsync("acme", started.Execution.Id, "migrate", MapValue.Of(("version", 2L), ("mapping", MapValue.Empty)));
        await host.Engine.SendAsync("acme", started.Execution.Id, "signal", MapValue.Of(("name", "go"), ("payload", 3L)));
        var ended = await host.WhenEndedAsync(started.Execution.Id);

        await AssertSameAsync(host, ended);
        Assert.Equal(["start", "wait", "new"], (await host.Store.ReadRunsAsync("acme", ended.Id, 0, 10)).Select(row => row.NodeId));
    }

    [Fact]
    public async Task A_state_of_the_past_has_the_runs_of_then()
    {
        await using var host = new TestEngine(new ScriptedEffects());
        await host.SaveAsync("w", Each);
        // Long enough to have a snapshot in its middle.
        var ended = await host.RunAsync("w", "[" + string.Join(',', Enumerable.Range(1, 3_000)) + "]");
        var snapshot = (await host.Store.ReadSnapshotAsync("acme", ended.Id))!;
        foreach (var at in (long[])[1, 10, 999, snapshot.Seq, snapshot.Seq + 1, ended.Seq - 1, ended.Seq])
        {
            foreach (var after in (int[])[0, 400, 2_500])
            {
                var (moment, page) = await host.History.Runs.ReadMomentAsync(ended, at, after, 20);
                var log = new RunLog(after, 20);
                var folded = await host.History.FoldRunsAsync(ended, at, log, useSnapshot: false, CancellationToken.None);
                Assert.Equal((folded.Seq, folded.Status, folded.CompletedNodes), (moment.Seq, moment.Status, moment.CompletedNodes));
                Assert.Equal(folded.RunRows().Select(Described), page.Runs.Select(run => Described(run.Row)));
            }
        }
    }

    [Fact]
    public async Task The_state_of_an_execution_under_way_has_all_that_was_added_to_a_variable()
    {
        TestEngine host = null!;
        var (inRow, inState, expected) = (new List<int>(), new List<int>(), new List<int>());
        var effects = new ScriptedEffects
        {
            Body = async (context, cancellation) =>
            {
                var record = (await host.Store.ReadExecutionAsync("acme", context.IdempotencyKey.Split(':')[0], cancellation))!;
                var (moment, _) = await host.History.Runs.ReadMomentAsync(record, null, 0, 1, cancellation);
                inRow.Add(record.Variables.IsEmpty ? 0 : CountIn(ValueJson.Parse(record.Variables.Utf8.Span)));
                inState.Add(CountIn(moment.Variables));
                expected.Add(CountIn((await host.History.ReadStateAsync(record, moment.Seq, cancellation: cancellation)).Variables));
                return NodeOutcome.Completed(context.Data);
            },
        };
        await using var started = host = new TestEngine(effects, Always);
        await host.SaveAsync("collect", """
            {"id":"each","type":"forEach","config":{"items":"{{ input }}","concurrency":1,"body":{
              "nodes":[{"id":"work","type":"effect"},
                {"id":"note","type":"setVariable","config":{"name":"seen","value":"{{ item }}","merge":"append"}}],
              "edges":[{"source":"work","target":"note"}]}}}
            """);
        var text = new string('x', 100);

        var ended = await host.RunAsync("collect", $"[{string.Join(',', Enumerable.Repeat($"\"{text}\"", 100))}]");

        Assert.Equal(ExecutionStatus.Completed, ended.Status);
        Assert.Equal(100, expected.Count);
        Assert.Equal(expected, inState);
        Assert.NotEqual(expected, inRow);

        static int CountIn(Value variables) => variables["seen"].TryGetList(out var list) ? list.Count : 0;
    }

    [Fact]
    public async Task A_page_of_a_long_execution_takes_no_more_memory_than_one_of_a_short_one()
    {
        await using var host = new TestEngine(new ScriptedEffects());
        await host.SaveAsync("w", Each);
        var shorter = await AllocatedAsync(1_000);
        var longer = await AllocatedAsync(20_000);

        Assert.True(longer < 2 * shorter + 1_000_000, $"A page of 20,000 items took {longer:N0} bytes, one of 1,000 {shorter:N0}.");

        async Task<long> AllocatedAsync(int items)
        {
            var ended = await host.RunAsync("w", "[" + string.Join(',', Enumerable.Range(1, items)) + "]");
            await host.History.Runs.ReadAsync(ended, items / 2, 50);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var page = await host.History.Runs.ReadAsync(ended, items / 2, 50);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.Equal(50, page.Runs.Length);
            Assert.Equal(items > 500, (await host.Store.ReadRunsAsync("acme", ended.Id, 0, 1)).Count > 0);
            return allocated;
        }
    }

    private static async Task AssertSameAsync(TestEngine host, ExecutionRecord record)
    {
        var folded = (await host.History.FoldRunsAsync(record, null, new RunLog(), useSnapshot: false, CancellationToken.None)).RunRows();
        var stored = await host.Store.ReadRunsAsync("acme", record.Id, 0, int.MaxValue);
        if (stored.Count > 0)
            Assert.Equal(folded.Select(Described), stored.Select(Described));
    }

    private static string Described(NodeRunRow row) => $"{row} {string.Join(',', row.Places.Failures)}";
}
