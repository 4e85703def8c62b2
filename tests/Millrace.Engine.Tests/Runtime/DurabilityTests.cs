using System.Collections.Concurrent;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Tests.Runtime;

public sealed class DurabilityTests
{
    private const string Chain = """{"id":"start","type":"start"},{"id":"a","type":"effect"},{"id":"b","type":"effect"},{"id":"c","type":"effect"}""";
    private const string ChainEdges = """{"source":"start","target":"a"},{"source":"a","target":"b"},{"source":"b","target":"c"}""";

    [Fact]
    public async Task A_chain_runs_to_its_end_and_its_journal_has_no_gap()
    {
        var effects = new ScriptedEffects();
        await using var host = new TestEngine(effects);
        await host.SaveAsync("chain", Chain, ChainEdges);

        var ended = await host.RunAsync("chain", """{"n":1}""");

        Assert.Equal(ExecutionStatus.Completed, ended.Status);
        Assert.Equal("""{"n":1}""", ended.Result.ToString());
        var journal = await host.JournalAsync(ended.Id);
        Assert.Equal(Enumerable.Range(1, journal.Count).Select(i => (long)i), journal.Select(e => e["seq"].AsInt()));
        Assert.Equal("workflow_completed", journal[^1]["type"].AsString());
        var stored = await host.Store.ReadExecutionAsync("acme", ended.Id);
        Assert.Equal((ended.Status, ended.Seq, 0L, 4), (stored!.Status, stored.Seq, stored.Owner, stored.CompletedNodes));
        Assert.Equal(["a", "b", "c"], effects.Runs.Select(run => run.Key.Split(':')[1]));
    }

    [Fact]
    public async Task An_effect_starts_only_when_its_intent_is_in_the_store()
    {
        var effects = new ScriptedEffects();
        await using var host = new TestEngine(effects);
        var seen = new ConcurrentQueue<bool>();
        effects.Body = async (context, _) =>
        {
            var journal = await host.JournalAsync(context.ExecutionId);
            seen.Enqueue(journal.Exists(e => e["type"].AsString() == "node_started" && e["nodeId"].AsString() == context.NodeId));
            return NodeOutcome.Completed(context.Data);
        };
        await host.SaveAsync("chain", Chain, ChainEdges);

        await host.RunAsync("chain");

        Assert.Equal([true, true, true], seen);
    }

    [Fact]
    public async Task After_a_crash_recorded_nodes_do_not_run_again_and_the_running_one_keeps_its_key()
    {
        var effects = new ScriptedEffects();
        await using var host = new TestEngine(effects);
        var reached = new TaskCompletionSource();
        effects.Body = async (context, cancellation) =>
        {
            if (context.NodeId == "b" && effects.Runs.Count == 2)
            {
                reached.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
            }
            return NodeOutcome.Completed(context.NodeId);
        };
        await host.SaveAsync("chain", Chain, ChainEdges);
        var started = await host.StartAsync("chain");
        await reached.Task.WaitAsync(TestEngine.Patience);

        await host.RestartAsync();
        var ended = await host.WhenEndedAsync(started.Execution.Id);

        Assert.Equal(ExecutionStatus.Completed, ended.Status);
        var id = started.Execution.Id;
        Assert.Equal([$"{id}:a::0", $"{id}:b::0", $"{id}:b::0", $"{id}:c::0"], effects.Runs.Select(run => run.Key));
        Assert.Contains(await host.JournalAsync(id), e => e["type"].AsString() == "node_in_doubt" && e["nodeId"].AsString() == "b");
    }

    [Fact]
    public async Task More_executions_than_fit_in_memory_wait_in_the_store_and_all_end()
    {
        var effects = new ScriptedEffects();
        var running = 0;
        var most = 0;
        effects.Body = async (context, cancellation) =>
        {
            InterlockedMax(ref most, Interlocked.Increment(ref running));
            await Task.Yield();
            Interlocked.Decrement(ref running);
            return NodeOutcome.Completed(context.Data);
        };
        await using var host = new TestEngine(effects, new EngineOptions { MaxResidentExecutions = 8, ClaimBatch = 4, DrainGrace = TimeSpan.Zero });
        await host.SaveAsync("chain", Chain, ChainEdges);

        var started = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => host.StartAsync("chain")));
        var ended = await Task.WhenAll(started.Select(start => start.Ended.WaitAsync(TestEngine.Patience)));

        Assert.All(ended, execution => Assert.Equal(ExecutionStatus.Completed, execution.Status));
        Assert.Equal(200, ended.Select(execution => execution.Id).Distinct().Count());
        Assert.InRange(most, 1, 24);
        Assert.Equal(600, effects.Runs.Count);
    }

    [Fact]
    public async Task The_same_idempotency_key_makes_one_execution()
    {
        var effects = new ScriptedEffects();
        await using var host = new TestEngine(effects);
        await host.SaveAsync("chain", Chain, ChainEdges);
        var request = new StartRequest { Tenant = "acme", WorkflowId = "chain", Input = MapValue.Empty, Idempotency = new IdempotencyKey("execute", "k1") };

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => host.Engine.StartAsync(request)));

        var accepted = Assert.Single(outcomes.OfType<StartOutcome.Accepted>());
        Assert.Equal(15, outcomes.OfType<StartOutcome.Duplicate>().Count(duplicate => duplicate.ExecutionId == accepted.Execution.Id));
        await host.WhenEndedAsync(accepted.Execution.Id);
        Assert.Equal(3, effects.Runs.Count);
    }

    [Fact]
    public async Task A_sleeping_execution_is_in_the_store_only_and_wakes_after_a_restart()
    {
        var effects = new ScriptedEffects();
        await using var host = new TestEngine(effects, new EngineOptions { ResidentWait = TimeSpan.Zero, DrainGrace = TimeSpan.Zero });
        await host.SaveAsync("sleepy", """{"id":"start","type":"start"},{"id":"p","type":"pause","config":{"duration":"400ms"}},{"id":"a","type":"effect"}""", """{"source":"start","target":"p"},{"source":"p","target":"a"}""");

        var started = await host.StartAsync("sleepy");
        var asleep = await host.WhenAtAsync(started.Execution.Id, ExecutionStatus.Waiting);
        Assert.Equal(0, asleep.Owner);
        Assert.NotNull(asleep.WakeAt);
        await host.RestartAsync();
        var ended = await host.WhenEndedAsync(started.Execution.Id);

        Assert.Equal(ExecutionStatus.Completed, ended.Status);
        Assert.Single(effects.Runs);
        Assert.True(ended.CompletedAt - ended.StartedAt >= TimeSpan.FromMilliseconds(400));
    }

    [Fact]
    public async Task A_failed_commit_hurts_only_its_own_execution_and_that_is_folded_again()
    {
        var effects = new ScriptedEffects();
        var faults = new FaultyStore();
        await using var host = new TestEngine(effects, decorate: faults.Decorate);
        await host.SaveAsync("chain", Chain, ChainEdges);
        faults.FailNextAdvances = 3;

        var started = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => host.StartAsync("chain")));
        var ended = await Task.WhenAll(started.Select(start => start.Ended.WaitAsync(TestEngine.Patience)));

        Assert.All(ended, execution => Assert.Equal(ExecutionStatus.Completed, execution.Status));
        Assert.Equal(0, faults.FailNextAdvances);
        foreach (var execution in ended)
        {
            var journal = await host.JournalAsync(execution.Id);
            Assert.Equal(Enumerable.Range(1, journal.Count).Select(i => (long)i), journal.Select(e => e["seq"].AsInt()));
            Assert.Single(journal, e => e["type"].AsString() == "workflow_completed");
        }
    }

    [Theory]
    [InlineData("ask")]
    [InlineData("fail")]
    public async Task An_effect_whose_leaving_was_not_recorded_leaves_after_recovery(string policy)
    {
        var effects = new ScriptedEffects();
        var faults = new FaultyStore();
        await using var host = new TestEngine(effects, decorate: faults.Decorate);
        await host.SaveAsync("pay", $$"""{"id":"a","type":"effect","inDoubt":"{{policy}}"}""");
        faults.FailNextAdvances = 1;

        var ended = await host.RunAsync("pay");

        Assert.Equal((ExecutionStatus.Completed, 0), (ended.Status, faults.FailNextAdvances));
        Assert.Single(effects.Runs);
    }

    [Fact]
    public async Task A_store_that_cannot_be_read_for_a_moment_does_not_fail_the_execution()
    {
        var effects = new ScriptedEffects();
        var faults = new FaultyStore();
        await using var host = new TestEngine(effects, new EngineOptions { ResidentWait = TimeSpan.Zero, DrainGrace = TimeSpan.Zero }, faults.Decorate);
        await host.SaveAsync("sleepy", """{"id":"start","type":"start"},{"id":"p","type":"pause","config":{"duration":"300ms"}},{"id":"a","type":"effect"}""", """{"source":"start","target":"p"},{"source":"p","target":"a"}""");
        faults.FailNextJournalReads = 1;

        var ended = await host.RunAsync("sleepy");

        Assert.Equal(ExecutionStatus.Completed, ended.Status);
        Assert.Equal(0, faults.FailNextJournalReads);
        Assert.Single(effects.Runs);
    }

    [Fact]
    public async Task Stopping_in_the_middle_of_commits_breaks_nothing_and_loses_nothing()
    {
        var effects = new ScriptedEffects();
        effects.Body = async (context, _) =>
        {
            await Task.Yield();
            return NodeOutcome.Completed(context.Data);
        };
        await using var host = new TestEngine(effects);
        await host.SaveAsync("chain", Chain, ChainEdges);
        var ids = new List<string>();
        for (var round = 0; round < 10; round++)
        {
            ids.AddRange((await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => host.StartAsync("chain")))).Select(start => start.Execution.Id));
            await host.RestartAsync();
        }

        foreach (var id in ids)
            Assert.Equal(ExecutionStatus.Completed, (await host.WhenEndedAsync(id)).Status);
    }

    private static void InterlockedMax(ref int target, int value)
    {
        var seen = Volatile.Read(ref target);
        while (value > seen)
        {
            var before = Interlocked.CompareExchange(ref target, value, seen);
            if (before == seen)
                return;
            seen = before;
        }
    }
}
