using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Millrace.EndToEnd.Tests;

/// <summary>A web server outside Millrace that remembers every call it got: what really happened, whatever any journal says.</summary>
public sealed class Witness : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<string> _keys = new();
    private readonly SemaphoreSlim _arrivals = new(0);
    private int _underWay;
    private int _most;

    private Witness(WebApplication app) => _app = app;

    public string Url => _app.Urls.Single();

    /// <summary>The idempotency keys of the calls so far, in order of arrival.</summary>
    public IReadOnlyList<string> Keys => [.. _keys];

    /// <summary>The most calls that were under way at once.</summary>
    public int Most => Volatile.Read(ref _most);

    /// <param name="duration">How long each call takes; null: long enough for a kill to catch calls under way.</param>
    public static async Task<Witness> StartAsync(TimeSpan? duration = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var witness = new Witness(app);
        app.MapPost("/{**path}", async (HttpContext context) =>
        {
            witness.Arrived(context.Request.Headers["Idempotency-Key"].ToString());
            try
            {
                await Task.Delay(duration ?? TimeSpan.FromMilliseconds(5), context.RequestAborted);
                return Results.Json(new { ok = true });
            }
            finally
            {
                Interlocked.Decrement(ref witness._underWay);
            }
        });
        await app.StartAsync();
        return witness;
    }

    /// <summary>Waits until so many more calls have come.</summary>
    public async Task WhenCalledAsync(int times)
    {
        for (var i = 0; i < times; i++)
            Assert.True(await _arrivals.WaitAsync(ServerProcess.Patience, TestContext.Current.CancellationToken), "The witness was not called in time.");
    }

    private void Arrived(string key)
    {
        var underWay = Interlocked.Increment(ref _underWay);
        for (var most = Most; underWay > most; most = Most)
            Interlocked.CompareExchange(ref _most, underWay, most);
        _keys.Enqueue(key);
        _arrivals.Release();
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _arrivals.Dispose();
    }
}
