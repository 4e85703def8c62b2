using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Engine.Storage;
using Millrace.Engine.Tests.Runtime;
using Millrace.Testing.Time;

namespace Millrace.Engine.Tests.Effects;

/// <summary>Effects whose store fails for a moment: the same attempt runs again, unless nobody waits for it any more.</summary>
public sealed class StoreTroubleTests
{
    private const string Node = """{"id":"a","type":"effect"}""";

    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly VirtualTime _time = new();
    private readonly ScriptedEffects _effects = new();

    public StoreTroubleTests() => _effects.Body = (context, _) =>
    {
        if (!_failed.TrySetResult())
            return new(NodeOutcome.Completed("ran again"));
        throw new StoreException("The disk is busy.", rolledBack: true);
    };

    [Fact]
    public async Task The_same_attempt_runs_again_a_moment_later()
    {
        await using var host = new TestEngine(_effects, time: _time);
        await host.SaveAsync("w", Node);
        var started = await host.StartAsync("w");
        await _failed.Task.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken);

        await _time.WhenArmedAsync(TimeSpan.FromSeconds(1)).WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken);
        _time.Advance(TimeSpan.FromSeconds(1));
        var ended = await started.Ended!.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken);

        Assert.Equal("\"ran again\"", ended.Result.ToString());
        Assert.Equal([1, 1], _effects.Runs.Select(run => run.Attempt));
        Assert.Single(_effects.Runs.Select(run => run.Key).Distinct());
    }

    [Fact]
    public async Task An_effect_that_was_cancelled_meanwhile_does_not_run_again()
    {
        await using var host = new TestEngine(_effects, time: _time);
        await host.SaveAsync("w", Node);
        var started = await host.StartAsync("w");
        await _failed.Task.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken);

        Assert.Equal(WriteOutcome.Done, await host.Engine.CancelAsync("acme", started.Execution.Id, null));
        var ended = await started.Ended!.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken);

        Assert.Equal(ExecutionStatus.Cancelled, ended.Status);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Single(_effects.Runs);
    }
}
