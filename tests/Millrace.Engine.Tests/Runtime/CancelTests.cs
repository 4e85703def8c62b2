using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Tests.Runtime;

public sealed class CancelTests
{
    private const string OneEffect = """{"id":"start","type":"start"},{"id":"a","type":"effect"},{"id":"b","type":"effect"}""";
    private const string OneEdge = """{"source":"start","target":"a"},{"source":"a","target":"b"}""";

    [Fact]
    public async Task A_cancel_ends_the_running_effect_and_nothing_follows()
    {
        var effects = new ScriptedEffects();
        var reached = new TaskCompletionSource();
        effects.Body = async (context, cancellation) =>
        {
            reached.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
            return NodeOutcome.Completed(context.Data);
        };
        await using var host = new TestEngine(effects);
        await host.SaveAsync("w", OneEffect, OneEdge);
        var started = await host.StartAsync("w");
        await reached.Task.WaitAsync(TestEngine.Patience);

        Assert.Equal(WriteOutcome.Done, await host.Engine.CancelAsync("acme", started.Execution.Id, "not needed"));
        var ended = await started.Ended.WaitAsync(TestEngine.Patience);

        Assert.Equal(ExecutionStatus.Cancelled, ended.Status);
        var journal = await host.JournalAsync(ended.Id);
        Assert.Equal("not needed", journal[^1]["data"]["reason"].AsString());
        Assert.Single(effects.Runs);
        Assert.Empty(await host.Store.ReadInboxAsync("acme", ended.Id));
        Assert.Equal(WriteOutcome.Terminal, await host.Engine.CancelAsync("acme", ended.Id, null));
    }

    [Fact]
    public async Task An_effect_that_ignores_the_cancel_counts_as_in_doubt_after_the_grace_period()
    {
        var effects = new ScriptedEffects();
        var reached = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        effects.Body = async (context, _) =>
        {
            reached.TrySetResult();
            await release.Task;
            return NodeOutcome.Completed(context.Data);
        };
        await using var host = new TestEngine(effects, new EngineOptions { CancelGrace = TimeSpan.FromMilliseconds(50), DrainGrace = TimeSpan.Zero });
        await host.SaveAsync("w", OneEffect, OneEdge);
        var started = await host.StartAsync("w");
        await reached.Task.WaitAsync(TestEngine.Patience);

        await host.Engine.CancelAsync("acme", started.Execution.Id, null);
        var ended = await started.Ended.WaitAsync(TestEngine.Patience);
        release.SetResult();

        Assert.Equal(ExecutionStatus.Cancelled, ended.Status);
        var journal = await host.JournalAsync(ended.Id);
        Assert.Equal(["node_in_doubt", "workflow_cancelled"], journal[^2..].Select(e => e["type"].AsString()));
    }

    [Fact]
    public async Task An_execution_that_nobody_holds_is_cancelled_at_once()
    {
        var effects = new ScriptedEffects();
        await using var host = new TestEngine(effects, new EngineOptions { ResidentWait = TimeSpan.Zero, DrainGrace = TimeSpan.Zero });
        await host.SaveAsync("w", """{"id":"start","type":"start"},{"id":"p","type":"pause","config":{"duration":"PT1H"}}""", """{"source":"start","target":"p"}""");
        var started = await host.StartAsync("w");
        await host.WhenAtAsync(started.Execution.Id, ExecutionStatus.Waiting);

        Assert.Equal(WriteOutcome.Done, await host.Engine.CancelAsync("acme", started.Execution.Id, null));

        Assert.Equal(ExecutionStatus.Cancelled, (await started.Ended.WaitAsync(TestEngine.Patience)).Status);
    }

    [Fact]
    public async Task Another_tenant_cannot_cancel()
    {
        await using var host = new TestEngine(new ScriptedEffects());
        await host.SaveAsync("w", OneEffect, OneEdge);
        var started = await host.StartAsync("w");

        Assert.Equal(WriteOutcome.NotFound, await host.Engine.CancelAsync("rival", started.Execution.Id, null));
        Assert.Equal(ExecutionStatus.Completed, (await started.Ended.WaitAsync(TestEngine.Patience)).Status);
    }

    [Fact]
    public async Task A_cancel_that_was_accepted_before_a_crash_is_done_after_it_and_starts_no_effect_again()
    {
        var effects = new ScriptedEffects();
        var reached = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        effects.Body = async (context, _) =>
        {
            reached.TrySetResult();
            await release.Task;
            return NodeOutcome.Completed(context.Data);
        };
        await using var host = new TestEngine(effects, new EngineOptions { CancelGrace = TimeSpan.FromMinutes(10), DrainGrace = TimeSpan.Zero });
        await host.SaveAsync("w", OneEffect, OneEdge);
        var started = await host.StartAsync("w");
        await reached.Task.WaitAsync(TestEngine.Patience);
        Assert.Equal(WriteOutcome.Done, await host.Engine.CancelAsync("acme", started.Execution.Id, "stop it"));

        await host.RestartAsync();
        var ended = await host.WhenEndedAsync(started.Execution.Id);
        release.SetResult();

        Assert.Equal(ExecutionStatus.Cancelled, ended.Status);
        Assert.Single(effects.Runs);
        Assert.Equal("stop it", (await host.JournalAsync(ended.Id))[^1]["data"]["reason"].AsString());
    }

    [Fact]
    public async Task Signals_that_race_with_falling_asleep_are_never_left_lying()
    {
        var effects = new ScriptedEffects();
        await using var host = new TestEngine(effects, new EngineOptions { ResidentWait = TimeSpan.Zero, PollInterval = TimeSpan.FromHours(1), DrainGrace = TimeSpan.Zero });
        await host.SaveAsync("w", """{"id":"start","type":"start"},{"id":"a","type":"effect"},{"id":"p","type":"pause","config":{"duration":"PT1H"}}""", """{"source":"start","target":"a"},{"source":"a","target":"p"}""");

        for (var round = 0; round < 200; round++)
        {
            var started = await host.StartAsync("w");
            Assert.Equal(WriteOutcome.Done, await host.Engine.CancelAsync("acme", started.Execution.Id, null));
            var ended = await started.Ended.WaitAsync(TestEngine.Patience);
            Assert.True(ended.Status == ExecutionStatus.Cancelled, $"{round}: {ended.Status} {ended.Error}");
        }
    }
}
