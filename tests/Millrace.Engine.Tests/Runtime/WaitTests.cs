using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Tests.Runtime;

/// <summary>Waits that the outside ends: what the store has of them is what the execution does.</summary>
public sealed class WaitTests
{
    private const string Ask = """{"id":"ask","type":"ask"}""";

    [Fact]
    public async Task A_wait_is_in_the_store_with_the_commit_that_begins_it()
    {
        await using var host = new TestEngine(new ScriptedEffects());
        await host.SaveAsync("w", Ask);
        var execution = await host.StartAsync("w");
        var wait = await WaitOfAsync(host, execution.Execution.Id);
        Assert.Equal((WaitStatus.Open, "ask", "w", "Sure?"), (wait.Status, wait.NodeId, wait.WorkflowId, wait.Title));
    }

    [Fact]
    public async Task An_answer_is_taken_also_when_the_process_ended_before_it_was_told()
    {
        await using var host = new TestEngine(new ScriptedEffects());
        await host.SaveAsync("w", Ask);
        var id = (await host.StartAsync("w")).Execution.Id;
        var wait = await WaitOfAsync(host, id);
        await host.RestartAsync();
        Assert.Equal(WriteOutcome.Done, await AnswerAsync(host, wait));
        Assert.Equal(ExecutionStatus.Completed, (await host.WhenEndedAsync(id)).Status);
        Assert.Equal((WaitStatus.Answered, "ann"), ((await WaitOfAsync(host, id)).Status, (await WaitOfAsync(host, id)).Answer!.By));
        Assert.Equal(WriteOutcome.Conflict, await AnswerAsync(host, wait));
    }

    [Fact]
    public async Task What_follows_an_answer_runs_once_though_the_execution_was_not_in_memory()
    {
        var effects = new ScriptedEffects();
        await using var host = new TestEngine(effects);
        await host.SaveAsync("w", Ask + """,{"id":"a","type":"effect"},{"id":"b","type":"effect"}""", """{"source":"ask","target":"a"},{"source":"a","target":"b"}""");
        var id = (await host.StartAsync("w")).Execution.Id;
        Assert.Equal(0, (await host.Store.ReadExecutionAsync("acme", id))!.Owner);
        Assert.Equal(WriteOutcome.Done, await AnswerAsync(host, await WaitOfAsync(host, id)));
        Assert.Equal(ExecutionStatus.Completed, (await host.WhenEndedAsync(id)).Status);
        Assert.Equal([$"{id}:a::0", $"{id}:b::0"], effects.Runs.Select(run => run.Key));
        Assert.DoesNotContain(await host.JournalAsync(id), e => e["type"].AsString() == "node_in_doubt");
    }

    [Fact]
    public async Task A_wait_that_times_out_is_closed_and_its_next_attempt_open()
    {
        await using var host = new TestEngine(new ScriptedEffects());
        await host.SaveAsync("w", """{"id":"ask","type":"ask","config":{"timeout":"50ms"},"retry":{"maxAttempts":2,"delay":"PT1H","errors":["timeout"]}}""");
        var id = (await host.StartAsync("w")).Execution.Id;
        await UntilAsync(host, id, wait => wait.Status == WaitStatus.Closed);
        Assert.Equal(WriteOutcome.Conflict, await AnswerAsync(host, await WaitOfAsync(host, id)));

        await host.SaveAsync("again", """{"id":"ask","type":"ask","config":{"timeout":"1s"},"retry":{"maxAttempts":20,"delay":1,"errors":["timeout"]}}""");
        id = (await host.StartAsync("again")).Execution.Id;
        await UntilEventAsync(host, id, "node_retrying");
        await UntilAsync(host, id, wait => wait.Status == WaitStatus.Open);
        Assert.Equal(WriteOutcome.Done, await AnswerAsync(host, await WaitOfAsync(host, id)));
        Assert.Equal(ExecutionStatus.Completed, (await host.WhenEndedAsync(id)).Status);
    }

    [Fact]
    public async Task Cancelling_closes_it()
    {
        await using var host = new TestEngine(new ScriptedEffects());
        await host.SaveAsync("w", Ask);
        var id = (await host.StartAsync("w")).Execution.Id;
        await host.Engine.CancelAsync("acme", id, null);
        await host.WhenEndedAsync(id);
        var wait = await WaitOfAsync(host, id);
        Assert.Equal(WaitStatus.Closed, wait.Status);
        Assert.Equal(WriteOutcome.Conflict, await AnswerAsync(host, wait));
    }

    [Fact]
    public async Task A_fork_asks_for_itself()
    {
        await using var host = new TestEngine(new ScriptedEffects());
        await host.SaveAsync("w", Ask);
        var id = (await host.StartAsync("w")).Execution.Id;
        var fork = Assert.IsType<ForkOutcome.Accepted>(await host.Engine.ForkAsync(new ForkRequest { Tenant = "acme", ExecutionId = id })).Execution.Id;
        await UntilAsync(host, fork, wait => wait.Status == WaitStatus.Open);
        Assert.Equal(WriteOutcome.Done, await AnswerAsync(host, await WaitOfAsync(host, fork)));
        Assert.Equal(ExecutionStatus.Completed, (await host.WhenEndedAsync(fork)).Status);
        Assert.Equal(WaitStatus.Open, (await WaitOfAsync(host, id)).Status);
    }

    [Fact]
    public async Task A_signal_for_an_execution_that_has_yet_to_begin_is_kept_until_it_has()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var effects = new ScriptedEffects { Body = async (context, _) => { await release.Task; return NodeOutcome.Completed(context.Data); } };
        await using var host = new TestEngine(effects, new EngineOptions { DrainGrace = TimeSpan.Zero, MaxResidentExecutions = 1 });
        await host.SaveAsync("w", """{"id":"a","type":"effect"}""");
        var first = await host.StartAsync("w");
        var second = await host.StartAsync("w");
        Assert.Equal(ExecutionStatus.Pending, second.Execution.Status);
        Assert.Equal(WriteOutcome.Done, await host.Engine.SignalAsync("acme", second.Execution.Id, "early", 5));
        release.SetResult();
        await first.Ended.WaitAsync(TestEngine.Patience);
        Assert.Equal(ExecutionStatus.Completed, (await second.Ended.WaitAsync(TestEngine.Patience)).Status);
        var told = (await host.JournalAsync(second.Execution.Id)).Select(e => e["type"].AsString()).ToList();
        Assert.Equal("workflow_started", told[0]);
        Assert.Contains("signal_received", told);
        Assert.Contains("node_completed", told);
    }

    [Fact]
    public async Task Signals_that_nobody_wants_do_not_shut_out_the_one_that_is_waited_for()
    {
        await using var host = new TestEngine(new ScriptedEffects());
        await host.SaveAsync("w", """{"id":"a","type":"waitForEvent","config":{"name":"go","filter":"data == 'now'"}}""");
        var start = await host.StartAsync("w");
        await host.WhenAtAsync(start.Execution.Id, ExecutionStatus.Waiting);
        var sent = await Task.WhenAll(Enumerable.Range(0, WorkflowEngine.MaxSignals).Select(n => host.Engine.SignalAsync("acme", start.Execution.Id, "unwanted", n)));
        Assert.All(sent, outcome => Assert.Equal(WriteOutcome.Done, outcome));
        Assert.Equal(WriteOutcome.Full, await host.Engine.SignalAsync("acme", start.Execution.Id, "unwanted", 0));
        Assert.Equal(WriteOutcome.Full, await host.Engine.SignalAsync("acme", start.Execution.Id, "go", "later"));
        Assert.Equal(WriteOutcome.Done, await host.Engine.SignalAsync("acme", start.Execution.Id, "go", "now"));
        Assert.Equal(ExecutionStatus.Completed, (await start.Ended.WaitAsync(TestEngine.Patience)).Status);
    }

    [Fact]
    public async Task A_pause_of_an_execution_that_has_yet_to_begin_holds_it_once_it_has()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var effects = new ScriptedEffects { Body = async (context, _) => { await release.Task; return NodeOutcome.Completed(context.Data); } };
        await using var host = new TestEngine(effects, new EngineOptions { DrainGrace = TimeSpan.Zero, MaxResidentExecutions = 1 });
        await host.SaveAsync("w", """{"id":"a","type":"effect"},{"id":"b","type":"effect"}""", """{"source":"a","target":"b"}""");
        await host.StartAsync("w");
        var second = (await host.StartAsync("w")).Execution;
        Assert.Equal(WriteOutcome.Done, await host.Engine.PauseAsync("acme", second.Id, "wait"));
        release.SetResult();
        await host.WhenAtAsync(second.Id, ExecutionStatus.Paused);
        Assert.Equal(WriteOutcome.Done, await host.Engine.ResumeAsync("acme", second.Id));
        Assert.Equal(ExecutionStatus.Completed, (await host.WhenEndedAsync(second.Id)).Status);
    }

    [Theory]
    [InlineData("completed", ExecutionStatus.Completed, 1)]
    [InlineData("failed", ExecutionStatus.Failed, 1)]
    [InlineData("retry", ExecutionStatus.Completed, 2)]
    public async Task What_became_of_an_effect_in_doubt_is_taken(string outcome, ExecutionStatus status, int runs)
    {
        var began = new SemaphoreSlim(0);
        var effects = new ScriptedEffects { Body = async (_, cancellation) => { began.Release(); await Task.Delay(Timeout.Infinite, cancellation); return NodeOutcome.Completed(1); } };
        await using var host = new TestEngine(effects);
        await host.SaveAsync("w", """{"id":"a","type":"effect","inDoubt":"ask"}""");
        var id = (await host.StartAsync("w")).Execution.Id;
        Assert.True(await began.WaitAsync(TestEngine.Patience));
        await host.RestartAsync();
        await host.WhenAtAsync(id, ExecutionStatus.Waiting);
        effects.Body = (_, _) => new(NodeOutcome.Completed(7));
        Assert.Equal(WriteOutcome.Conflict, await host.Engine.ResolveAsync("acme", id, new Resolution("a", null, outcome, 7, null), isInDoubt: false));
        Assert.Equal(WriteOutcome.Done, await host.Engine.ResolveAsync("acme", id, new Resolution("a", null, outcome, 7, null), isInDoubt: true));
        var ended = await host.WhenEndedAsync(id);
        Assert.Equal((status, runs), (ended.Status, effects.Runs.Count));
        Assert.Single(effects.Runs.Select(run => run.Key).Distinct());
    }

    private static async Task<WaitRecord> WaitOfAsync(TestEngine host, string executionId) =>
        Assert.Single(await host.Store.ListWaitsAsync("acme", new WaitFilter(ExecutionId: executionId), new Page()));

    private static Task<WriteOutcome> AnswerAsync(TestEngine host, WaitRecord wait) =>
        host.Engine.AnswerAsync(wait, Delivery.Answer, MapValue.Of("data", 5), new WaitAnswer(null, null, default, "ann", DateTimeOffset.UnixEpoch));

    private static async Task UntilAsync(TestEngine host, string executionId, Func<WaitRecord, bool> isSo)
    {
        await foreach (var _ in host.FollowAsync(executionId))
        {
            if (isSo(await WaitOfAsync(host, executionId)))
                return;
        }
        Assert.Fail("The execution ended before that.");
    }

    private static async Task UntilEventAsync(TestEngine host, string executionId, string type)
    {
        await foreach (var _ in host.FollowAsync(executionId))
        {
            if ((await host.JournalAsync(executionId)).Exists(e => e["type"].AsString() == type))
                return;
        }
        Assert.Fail($"The execution ended without '{type}'.");
    }
}

internal sealed record AskConfig
{
    public TimeSpan? Timeout { get; init; }
}

internal sealed class AskType : WaitNodeType<AskConfig>
{
    protected override NodeTypeDescription Describe() => new() { Type = "ask", Title = "Ask", Summary = "Asks a person.", Category = "Human", Kind = NodeKind.Wait, Ports = ["timeout"] };

    protected override WaitLogic Compile(AskConfig config, NodeCompilation compilation) => new Logic(config.Timeout);

    private sealed class Logic(TimeSpan? timeout) : WaitLogic
    {
        public override WaitLink Link { get; } = new(LinkKind.Answer);

        public override (NodeWait? Wait, NodeOutcome? Outcome) Begin(NodeContext context) => (new NodeWait(NodeWait.Form, context.Now + timeout, Details: MapValue.Of("title", "Sure?")), null);

        public override NodeOutcome OnDue(NodeContext context) => new() { Output = context.Data, TimedOut = true };

        public override NodeOutcome? OnMessage(NodeContext context, NodeWait wait, Delivery message) => NodeOutcome.Completed(message.Payload["data"]);
    }
}
