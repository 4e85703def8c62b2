using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Feed;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Tests.Runtime;

namespace Millrace.Engine.Tests.Feed;

public sealed class EndWaiterTests
{
    private readonly TaskCompletionSource _release = new();
    private readonly ScriptedEffects _effects = new();

    public EndWaiterTests() => _effects.Body = async (context, _) =>
    {
        await _release.Task;
        return NodeOutcome.Completed(context.Data);
    };

    [Fact]
    public async Task A_caller_who_asks_between_the_last_commit_and_the_news_of_it_takes_nothing_from_who_waits_already()
    {
        var atEnd = new AtEnd();
        await using var host = new TestEngine(_effects, new EngineOptions { DrainGrace = TimeSpan.Zero, Reached = atEnd.Reached });
        await host.SaveAsync("w", """{"id":"a","type":"effect"}""");
        var started = await host.StartAsync("w");
        Task<ExecutionRecord?>? second = null;
        atEnd.Arm(host.Store, started.Execution.Id, () =>
        {
            // Gives up at once: it is registered and unregistered while the first still waits.
            Assert.True(host.Engine.WhenEndedAsync("acme", started.Execution.Id, new CancellationToken(canceled: true)).IsCanceled);
            second = host.Engine.WhenEndedAsync("acme", started.Execution.Id, TestContext.Current.CancellationToken);
        });
        _release.SetResult();
        Assert.Equal(ExecutionStatus.Completed, (await started.Ended.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken)).Status);
        Assert.Equal(ExecutionStatus.Completed, (await second!.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken))!.Status);
    }

    [Fact]
    public async Task Nothing_is_left_of_who_gave_up()
    {
        var waiters = new EndWaiters();
        using var stays = waiters.Register("acme", "e1");
        await Parallel.ForAsync(0, 1_000, (i, _) =>
        {
            using (waiters.Register("acme", "e1"))
            using (waiters.Register("acme", $"other{i % 7}"))
                return ValueTask.CompletedTask;
        });
        Assert.Equal(1, waiters.Count);
        var ended = new ExecutionRecord { Tenant = "acme", Id = "e1", WorkflowId = "w", Status = ExecutionStatus.Completed };
        waiters.Complete(ended);
        Assert.Same(ended, await stays.Ended);
        Assert.Equal(0, waiters.Count);
    }

    [Fact]
    public async Task Callers_who_give_up_on_an_execution_that_goes_on_leave_nothing_behind()
    {
        await using var host = new TestEngine(_effects);
        await host.SaveAsync("w", """{"id":"a","type":"effect"}""");
        var outcome = await host.Engine.StartAsync(new StartRequest { Tenant = "acme", WorkflowId = "w", Input = MapValue.Empty }, TestContext.Current.CancellationToken);
        var id = Assert.IsType<StartOutcome.Accepted>(outcome).Execution.Id;
        for (var i = 0; i < 100; i++)
        {
            using var patience = new CancellationTokenSource();
            var waiting = host.Engine.WhenEndedAsync("acme", id, patience.Token);
            await patience.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        }
        Assert.Equal(0, host.Engine.EndWaiters);
        _release.SetResult();
        Assert.Equal(ExecutionStatus.Completed, (await host.WhenEndedAsync(id)).Status);
        Assert.Equal(0, host.Engine.EndWaiters);
    }

    [Fact]
    public async Task Who_waits_is_told_of_an_end_that_was_stored_without_an_answer()
    {
        var store = new FaultyStore();
        await using var host = new TestEngine(_effects, decorate: store.Decorate);
        await host.SaveAsync("w", """{"id":"a","type":"effect"}""");
        var started = await host.StartAsync("w");
        store.LoseNextEnds = 1;
        _release.SetResult();
        Assert.Equal(ExecutionStatus.Completed, (await started.Ended.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken)).Status);
    }

    [Fact]
    public async Task Nobody_waits_for_what_is_another_tenants()
    {
        await using var host = new TestEngine(_effects);
        await host.SaveAsync("w", """{"id":"a","type":"effect"}""");
        var started = await host.StartAsync("w");
        Assert.Null(await host.Engine.WhenEndedAsync("other", started.Execution.Id, TestContext.Current.CancellationToken));
        Assert.Null(await host.Engine.WhenEndedAsync("acme", "none-such", TestContext.Current.CancellationToken));
        _release.SetResult();
    }

    // Does something once, after an execution's last commit is durable and before anybody is told.
    private sealed class AtEnd
    {
        private readonly Lock _gate = new();
        private Func<bool> _isEnd = () => false;
        private Action? _action;

        public void Arm(IStore store, string executionId, Action action)
        {
            lock (_gate)
            {
                _isEnd = () => store.ReadExecutionAsync("acme", executionId).AsTask().GetAwaiter().GetResult()?.Status.IsTerminal() == true;
                _action = action;
            }
        }

        public void Reached(CrashPoint point)
        {
            lock (_gate)
            {
                if (point == CrashPoint.CommitKnown && _action is { } action && _isEnd())
                {
                    _action = null;
                    action();
                }
            }
        }
    }
}
