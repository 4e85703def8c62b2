using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Tests.Runtime;

/// <summary>Going on from the past: forks, retries, moving to another version.</summary>
public sealed class ForkTests
{
    private const string Chain = """{"id":"a","type":"effect"},{"id":"b","type":"effect"},{"id":"sum","type":"transform","config":{"expression":"[a.output, b.output, variables.?v.orValue('none')]"}}""";
    private const string ChainEdges = """{"source":"a","target":"b"},{"source":"b","target":"sum"}""";

    [Fact]
    public async Task A_finished_execution_goes_on_from_any_node_with_another_output()
    {
        var effects = new ScriptedEffects { Body = (context, _) => new(NodeOutcome.Completed(context.NodeId)) };
        await using var host = new TestEngine(effects);
        await host.SaveAsync("w", Chain, ChainEdges);
        var first = await host.RunAsync("w");

        var outcome = await host.Engine.ForkAsync(new ForkRequest
        {
            Tenant = "acme",
            ExecutionId = first.Id,
            FromNode = "b",
            Changes = new ForkChanges { Outputs = MapValue.Of("a", "changed"), Variables = MapValue.Of("v", "new") },
        });

        var fork = await host.WhenEndedAsync(Assert.IsType<ForkOutcome.Accepted>(outcome).Execution.Id);
        Assert.Equal((ExecutionStatus.Completed, """["changed","b","new"]""", "fork"), (fork.Status, fork.Result.ToString(), fork.Trigger));
        Assert.Equal([first.Id + ":a::0", first.Id + ":b::0", fork.Id + ":b::0"], effects.Runs.Select(run => run.Key));
        Assert.Equal("""["a","b","none"]""", (await host.Store.ReadExecutionAsync("acme", first.Id))!.Result.ToString());
    }

    [Fact]
    public async Task A_fork_survives_a_restart_like_any_execution()
    {
        var effects = new ScriptedEffects();
        await using var host = new TestEngine(effects);
        await host.SaveAsync("w", """{"id":"a","type":"effect"},{"id":"wait","type":"waitForEvent","config":{"name":"go"}},{"id":"end","type":"transform","config":{"expression":"[a.output, data]"}}""", """{"source":"a","target":"wait"},{"source":"wait","target":"end"}""");
        var started = await host.StartAsync("w", "5");
        await host.WhenAtAsync(started.Execution.Id, ExecutionStatus.Waiting);

        var outcome = await host.Engine.ForkAsync(new ForkRequest { Tenant = "acme", ExecutionId = started.Execution.Id });
        var id = Assert.IsType<ForkOutcome.Accepted>(outcome).Execution.Id;
        await host.WhenAtAsync(id, ExecutionStatus.Waiting);
        await host.RestartAsync();
        await host.Engine.SendAsync("acme", id, "signal", MapValue.Of(("name", "go"), ("payload", 7L)));

        Assert.Equal("[5,7]", (await host.WhenEndedAsync(id)).Result.ToString());
        Assert.Equal(ExecutionStatus.Waiting, (await host.Store.ReadExecutionAsync("acme", started.Execution.Id))!.Status);
        Assert.Single(effects.Runs);
    }

    [Fact]
    public async Task A_retry_goes_on_at_the_failure_with_the_old_keys_and_a_new_one_for_what_failed()
    {
        var isBroken = true;
        var effects = new ScriptedEffects { Body = (context, _) => new(context.NodeId == "b" && isBroken ? NodeOutcome.Failed("broken", "It broke.") : NodeOutcome.Completed(context.NodeId)) };
        await using var host = new TestEngine(effects);
        await host.SaveAsync("w", Chain, ChainEdges);
        var failed = await host.RunAsync("w");
        Assert.Equal(ExecutionStatus.Failed, failed.Status);

        isBroken = false;
        var outcome = await host.Engine.RetryAsync("acme", failed.Id);

        var retried = await host.WhenEndedAsync(Assert.IsType<ForkOutcome.Accepted>(outcome).Execution.Id);
        Assert.Equal((ExecutionStatus.Completed, """["a","b","none"]"""), (retried.Status, retried.Result.ToString()));
        Assert.Equal([failed.Id + ":a::0", failed.Id + ":b::0", failed.Id + ":b::1"], effects.Runs.Select(run => run.Key));
        Assert.IsType<ForkOutcome.Illegal>(await host.Engine.RetryAsync("acme", retried.Id));
    }

    [Fact]
    public async Task A_retry_inside_a_body_runs_the_item_that_failed_and_what_had_not_run()
    {
        var isBroken = true;
        var effects = new ScriptedEffects { Body = (context, _) => new(context.Data == 2L && isBroken ? NodeOutcome.Failed("broken", "It broke.") : NodeOutcome.Completed(context.Data)) };
        await using var host = new TestEngine(effects);
        await host.SaveAsync("w", """{"id":"each","type":"forEach","config":{"items":"{{ input }}","body":{"nodes":[{"id":"a","type":"effect"}],"edges":[]}}}""");
        var failed = await host.RunAsync("w", "[1,2,3]");

        isBroken = false;
        var outcome = await host.Engine.RetryAsync("acme", failed.Id);

        var retried = await host.WhenEndedAsync(Assert.IsType<ForkOutcome.Accepted>(outcome).Execution.Id);
        Assert.Equal((ExecutionStatus.Completed, "[1,2,3]"), (retried.Status, retried.Result.ToString()));
        Assert.Equal(["a:0:0", "a:1:0", "a:1:1", "a:2:0"], effects.Runs.Select(run => run.Key[(failed.Id.Length + 1)..]));
    }

    [Fact]
    public async Task Effects_that_must_not_just_run_again_need_a_word()
    {
        var reached = new TaskCompletionSource();
        var effects = new ScriptedEffects
        {
            Body = async (context, cancellation) =>
            {
                reached.TrySetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
                return NodeOutcome.Completed(context.Data);
            },
        };
        await using var host = new TestEngine(effects);
        await host.SaveAsync("w", """{"id":"pay","type":"effect","inDoubt":"ask"}""");
        var started = await host.StartAsync("w");
        await reached.Task.WaitAsync(TestEngine.Patience);
        var request = new ForkRequest { Tenant = "acme", ExecutionId = started.Execution.Id };

        var refused = Assert.IsType<ForkOutcome.NeedsConfirmation>(await host.Engine.ForkAsync(request));
        Assert.Equal("pay", Assert.Single(refused.Unfinished).NodeId);
        Assert.IsType<ForkOutcome.Accepted>(await host.Engine.ForkAsync(request with { Confirm = true }));
    }

    [Fact]
    public async Task A_waiting_execution_moves_to_another_version_and_goes_on_there()
    {
        await using var host = new TestEngine(new ScriptedEffects());
        const string Wait = """{"id":"a","type":"transform","config":{"expression":"1"}},{"id":"wait","type":"waitForEvent","config":{"name":"go"}}""";
        await host.SaveAsync("w", Wait + """,{"id":"old","type":"transform","config":{"expression":"'old'"}}""", """{"source":"a","target":"wait"},{"source":"wait","target":"old"}""");
        var started = await host.StartAsync("w");
        await host.WhenAtAsync(started.Execution.Id, ExecutionStatus.Waiting);
        await host.SaveAsync("w", Wait + """,{"id":"new","type":"transform","config":{"expression":"['new', a.output, data]"}}""", """{"source":"a","target":"wait"},{"source":"wait","target":"new"}""");

        await host.Engine.SendAsync("acme", started.Execution.Id, "migrate", MapValue.Of(("version", 2L), ("mapping", MapValue.Empty)));
        await host.Engine.SendAsync("acme", started.Execution.Id, "signal", MapValue.Of(("name", "go"), ("payload", 3L)));

        var ended = await host.WhenEndedAsync(started.Execution.Id);
        Assert.Equal((2, """["new",1,3]"""), (ended.Version, ended.Result.ToString()));
        var page = await host.History.Runs.ReadAsync(ended, 0, 10);
        Assert.Equal(["start", "a", "wait", "new"], page.Runs.Select(run => run.Row.NodeId));
        Assert.Equal(1, (await host.History.ReadStateAsync(ended, atSeq: 2)).Identity.WorkflowVersion);
    }

    [Fact]
    public async Task What_stands_at_a_node_that_is_gone_needs_a_mapping()
    {
        await using var host = new TestEngine(new ScriptedEffects());
        await host.SaveAsync("w", """{"id":"wait","type":"waitForEvent","config":{"name":"go"}}""");
        var started = await host.StartAsync("w");
        var record = await host.WhenAtAsync(started.Execution.Id, ExecutionStatus.Waiting);
        await host.SaveAsync("w", """{"id":"hold","type":"waitForEvent","config":{"name":"go"}}""");
        var graph = (await host.History.FindGraphAsync("acme", "w", 2))!;

        var state = await host.History.ReadStateAsync(record);
        Assert.Equal(MigrationVerdict.NeedsMapping, Migration.Plan(state, graph, MapValue.Empty).Verdict);
        Assert.Equal(MigrationVerdict.Safe, Migration.Plan(state, graph, MapValue.Of("wait", "hold")).Verdict);

        await host.SaveAsync("w", """{"id":"wait","type":"delay","config":{"duration":"PT1H"}}""");
        var plan = Migration.Plan(state, (await host.History.FindGraphAsync("acme", "w", 3))!, MapValue.Empty);
        Assert.Equal(MigrationVerdict.Blocked, plan.Verdict);
        Assert.Contains("another type", plan.Reasons[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_execution_is_read_from_its_snapshot()
    {
        var effects = new ScriptedEffects { Body = (context, _) => new(NodeOutcome.Completed(context.Data)) };
        await using var host = new TestEngine(effects);
        await host.SaveAsync("w", """{"id":"each","type":"forEach","config":{"items":"{{ input }}","body":{"nodes":[{"id":"a","type":"transform","config":{"expression":"item + 1"}}],"edges":[]}}},{"id":"wait","type":"waitForEvent","config":{"name":"go"}},{"id":"end","type":"transform","config":{"expression":"each.output.size()"}}""", """{"source":"each","target":"wait"},{"source":"wait","target":"end"}""");
        var started = await host.StartAsync("w", "[" + string.Join(',', Enumerable.Range(0, 3_000)) + "]");
        var record = await host.WhenAtAsync(started.Execution.Id, ExecutionStatus.Waiting);

        Assert.NotNull(await host.Store.ReadSnapshotAsync("acme", record.Id));
        var folded = await host.History.FoldRunsAsync(record, null, new RunLog(), useSnapshot: false, CancellationToken.None);
        var restored = await host.History.ReadStateAsync(record);
        Assert.NotEqual(0, restored.SnapshotSeq);
        Assert.Equal(((Value)folded.ToSnapshot()).ToJson(), ((Value)restored.ToSnapshot()).ToJson());
        await host.RestartAsync();
        await host.Engine.SendAsync("acme", record.Id, "signal", MapValue.Of(("name", "go"), ("payload", Value.Null)));
        Assert.Equal("3000", (await host.WhenEndedAsync(record.Id)).Result.ToString());
    }
}
