using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Engine.Runtime;
using Millrace.Testing.Time;

namespace Millrace.Engine.Tests.Runtime;

/// <summary>Work in the background that nothing ends but its disposal.</summary>
public sealed class BackgroundLoopTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly VirtualTime _time = new();
    private readonly Channel<DateTimeOffset> _runs = Channel.CreateUnbounded<DateTimeOffset>();

    [Fact]
    public async Task What_fails_is_tried_again_after_growing_pauses_and_then_goes_on_as_before()
    {
        var failures = 7;
        var start = _time.GetUtcNow();
        await using var loop = Begin(_ => --failures >= 0 ? throw new InvalidOperationException("It broke.") : Task.CompletedTask);

        List<int> pauses = [];
        for (var last = start; pauses.Count < 10;)
        {
            await _time.WhenArmedAsync(Interval).InTimeAsync();
            Assert.True(_time.FireNext(_time.GetUtcNow() + Interval));
            var run = await NextRunAsync();
            pauses.Add((int)(run - last).TotalSeconds);
            last = run;
        }

        Assert.Equal([30, 1, 2, 4, 8, 16, 30, 30, 30, 30], pauses);
    }

    [Fact]
    public async Task Its_disposal_tells_the_work_to_end_and_waits_for_it()
    {
        var ended = false;
        var loop = Begin(async cancellation =>
        {
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
            }
            finally
            {
                await Task.Yield();
                ended = true;
            }
        });
        _time.Advance(Interval);
        await NextRunAsync();

        await loop.DisposeAsync();

        Assert.True(ended);
        Assert.Null(_time.NextDue);
    }

    [Fact]
    public async Task Nothing_begins_after_its_disposal()
    {
        var loop = Begin(_ => Task.CompletedTask);
        await loop.DisposeAsync();
        _time.Advance(Interval);
        Assert.False(_runs.Reader.TryRead(out _));
    }

    private BackgroundLoop Begin(Func<CancellationToken, Task> work) => new(
        "A test",
        cancellation =>
        {
            _runs.Writer.TryWrite(_time.GetUtcNow());
            return work(cancellation);
        },
        Interval,
        _time,
        NullLogger.Instance);

    private async Task<DateTimeOffset> NextRunAsync() =>
        await _runs.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().InTimeAsync();
}
