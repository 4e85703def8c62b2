using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Engine.Nodes;
using Millrace.Engine.Runtime;
using Millrace.Testing.Time;

namespace Millrace.Engine.Tests.Runtime;

/// <summary>Effects that wait for a turn, as those of a service with limits do.</summary>
public sealed class TurnTests
{
    private const string Node = """{"id":"a","type":"effect","timeout":"PT10S","retry":{"maxAttempts":1}}""";

    private readonly TaskCompletionSource _turn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _waits = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _goesOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task Others_run_while_an_effect_waits_for_its_turn()
    {
        await using var host = new TestEngine(new ScriptedEffects { Body = RunAsync }, new EngineOptions { MaxConcurrentEffects = 1, DrainGrace = TimeSpan.Zero });
        await host.SaveAsync("w", Node);
        var waiting = await host.StartAsync("w", """{"waits":true}""");
        await _waits.Task.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken);

        for (var i = 0; i < 3; i++)
            Assert.Equal(ExecutionStatus.Completed, (await host.RunAsync("w")).Status);
        Assert.False(waiting.Ended.IsCompleted);
        _turn.SetResult();
        Assert.Equal(ExecutionStatus.Completed, (await waiting.Ended.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken)).Status);
        Assert.Equal(ExecutionStatus.Completed, (await host.RunAsync("w")).Status);
    }

    [Fact]
    public async Task The_timeout_begins_when_the_turn_has_come()
    {
        var time = new VirtualTime();
        await using var host = new TestEngine(new ScriptedEffects { Body = RunAsync }, time: time);
        await host.SaveAsync("w", Node);
        var waiting = await host.StartAsync("w", """{"waits":true,"hangs":true}""");
        await _waits.Task.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromHours(1));
        _turn.SetResult();
        await _goesOn.Task.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken);

        time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(waiting.Ended.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        var ended = await waiting.Ended.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(ExecutionStatus.Failed, ended.Status);
        Assert.Contains("\"timeout\"", ended.Error.ToString());
    }

    [Fact]
    public async Task A_cancel_reaches_an_effect_that_waits_for_its_turn()
    {
        await using var host = new TestEngine(new ScriptedEffects { Body = RunAsync }, new EngineOptions { MaxConcurrentEffects = 1, DrainGrace = TimeSpan.Zero });
        await host.SaveAsync("w", Node);
        var waiting = await host.StartAsync("w", """{"waits":true}""");
        await _waits.Task.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken);

        await host.Engine.CancelAsync("acme", waiting.Execution.Id, "enough");
        Assert.Equal(ExecutionStatus.Cancelled, (await waiting.Ended.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken)).Status);
        Assert.Equal(ExecutionStatus.Completed, (await host.RunAsync("w")).Status);
    }

    private async ValueTask<NodeOutcome> RunAsync(EffectContext context, CancellationToken cancellation)
    {
        if (!context.Data["waits"].IsNull)
        {
            var turn = context.WaitForTurnAsync(_turn.Task.WaitAsync(cancellation));
            _waits.SetResult();
            await turn;
            _goesOn.SetResult();
        }
        if (!context.Data["hangs"].IsNull)
            await Task.Delay(Timeout.Infinite, cancellation);
        return NodeOutcome.Completed(context.Data);
    }
}
