using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Caching;
using Millrace.Engine.Runtime;
using Millrace.Engine.Tests.Runtime;
using Millrace.Testing.Scheduling;
using Millrace.Testing.Storage;
using Millrace.Testing.Time;

namespace Millrace.Engine.Tests.Caching;

/// <summary>What waits for a computation of another goes on where the scheduler says, and nowhere else.</summary>
public sealed class SharedComputationTests
{
    private static readonly CacheAddress Address = CacheAddress.Of("n", "w", "a", "k").Address!;

    private readonly SeededScheduler _loop = new(new Random(1));
    private readonly VirtualTime _time = new();
    private readonly TaskCompletionSource<NodeOutcome> _computed = new();
    private readonly List<int> _threads = [];
    private int _runs;

    [Fact]
    public async Task Those_who_wait_go_on_in_the_turns_of_the_scheduler()
    {
        var cache = Cache();
        var first = Ask(cache);
        var second = Ask(cache);
        var third = Ask(cache);
        _loop.RunAll();
        _loop.Schedule(() => _computed.SetResult(NodeOutcome.Completed(7)));
        _loop.RunAll();

        // With a thread of the pool in between, they would not be there yet, or would have been told by it.
        foreach (var asked in (Task<NodeOutcome>[])[first, second, third])
        {
            Assert.True(asked.IsCompleted);
            Assert.Equal("7", (await asked).Output.ToJson());
        }
        Assert.Equal(1, _runs);
        Assert.All(_threads, thread => Assert.Equal(Environment.CurrentManagedThreadId, thread));
    }

    [Fact]
    public async Task Who_gives_up_leaves_the_others_waiting()
    {
        var cache = Cache();
        using var gaveUp = new CancellationTokenSource();
        var first = Ask(cache);
        var second = Ask(cache, gaveUp.Token);
        var third = Ask(cache);
        _loop.RunAll();
        _loop.Schedule(gaveUp.Cancel);
        _loop.RunAll();
        Assert.True(second.IsCanceled);

        _loop.Schedule(() => _computed.SetResult(NodeOutcome.Completed(7)));
        _loop.RunAll();
        Assert.Equal(["7", "7"], (await Task.WhenAll(first, third).WaitAsync(TestEngine.Patience)).Select(outcome => outcome.Output.ToJson()));
    }

    private ResultCache Cache()
    {
        var store = MemoryStore.Open();
        return new ResultCache(store, new Committer(store, _loop), _loop, _time);
    }

    private Task<NodeOutcome> Ask(ResultCache cache, CancellationToken cancellation = default)
    {
        var asked = new TaskCompletionSource<NodeOutcome>();
        _loop.Schedule(() => _ = AskAsync());
        return asked.Task;

        async Task AskAsync()
        {
            try
            {
                var outcome = await cache.GetOrRunAsync("acme", Address, TimeSpan.FromHours(1), RunAsync, cancellation);
                _threads.Add(Environment.CurrentManagedThreadId);
                asked.SetResult(outcome);
            }
            catch (OperationCanceledException)
            {
                asked.SetCanceled(CancellationToken.None);
            }
        }
    }

    private async ValueTask<NodeOutcome> RunAsync()
    {
        _runs++;
        return await _computed.Task;
    }
}
