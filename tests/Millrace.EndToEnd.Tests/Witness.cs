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

    private Witness(WebApplication app) => _app = app;

    public string Url => _app.Urls.Single();

    /// <summary>The idempotency keys of the calls so far, in order of arrival.</summary>
    public IReadOnlyList<string> Keys => [.. _keys];

    public static async Task<Witness> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var witness = new Witness(app);
        app.MapPost("/{**path}", async (HttpContext context) =>
        {
            witness._keys.Enqueue(context.Request.Headers["Idempotency-Key"].ToString());
            witness._arrivals.Release();
            // Long enough for a kill to catch calls under way.
            await Task.Delay(5, context.RequestAborted);
            return Results.Json(new { ok = true });
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

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _arrivals.Dispose();
    }
}
