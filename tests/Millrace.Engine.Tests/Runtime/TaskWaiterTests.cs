using Millrace.Engine.Workers;
using Millrace.Testing.Time;

namespace Millrace.Engine.Tests.Runtime;

public sealed class TaskWaiterTests
{
    private readonly VirtualTime _time = new();
    private readonly TaskWaiters _waiters;

    public TaskWaiterTests() => _waiters = new TaskWaiters(_time);

    [Fact]
    public void Nothing_is_left_of_queues_that_nobody_waits_in()
    {
        for (var i = 0; i < 1_000; i++)
        {
            using var waiter = _waiters.Enter($"tenant{i}", ["a", "b"]);
            waiter.Listen();
            Assert.Equal(2, _waiters.Count);
        }
        Assert.Equal(0, _waiters.Count);
    }

    [Fact]
    public void A_lease_that_runs_out_is_remembered_until_then()
    {
        _waiters.SignalAt("acme", "a", _time.GetUtcNow() + TimeSpan.FromSeconds(5));
        Assert.Equal(1, _waiters.Count);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(0, _waiters.Count);
    }

    [Fact]
    public async Task Who_leaves_after_being_woken_wakes_the_next_even_where_the_queue_was_removed_between()
    {
        var first = _waiters.Enter("acme", ["a"]);
        first.Listen();
        _waiters.Signal("acme", "a");
        Assert.Equal(0, _waiters.Count);
        using var second = _waiters.Enter("acme", ["a"]);
        second.Listen();
        first.Dispose();
        Assert.True(await second.WaitAsync(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken));
    }
}
