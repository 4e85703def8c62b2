using System.Collections.Concurrent;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Engine.Tests.Runtime;

/// <summary>Effects that run until the test lets them end, and a witness of how many ran at once.</summary>
internal sealed class GatedEffects
{
    private readonly ConcurrentQueue<string> _order = new();
    private readonly SemaphoreSlim _started = new(0);
    private readonly SemaphoreSlim _mayEnd = new(0);
    private int _running;
    private int _most;

    public GatedEffects() => Script = new ScriptedEffects { Body = RunAsync };

    public ScriptedEffects Script { get; }

    /// <summary>`input.n` of those that started, in their order.</summary>
    public IReadOnlyList<string> Order => [.. _order];

    public int Most => Volatile.Read(ref _most);

    /// <summary>Waits until so many more have started.</summary>
    public async Task WhenStartedAsync(int count)
    {
        for (var i = 0; i < count; i++)
            Assert.True(await _started.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken), $"Only {Order.Count} effects started.");
    }

    /// <summary>Lets so many end.</summary>
    public void Release(int count) => _mayEnd.Release(count);

    private async ValueTask<NodeOutcome> RunAsync(EffectContext context, CancellationToken cancellation)
    {
        var running = Interlocked.Increment(ref _running);
        for (var most = Most; running > most; most = Most)
            Interlocked.CompareExchange(ref _most, running, most);
        _order.Enqueue(context.Data["n"].IsNull ? context.ExecutionId : context.Data["n"].ToJson());
        _started.Release();
        try
        {
            await _mayEnd.WaitAsync(cancellation);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
        return NodeOutcome.Completed(context.Data);
    }
}
