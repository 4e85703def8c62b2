using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Millrace.Tests.Processes;

/// <summary>A web server outside Millrace that remembers every call it got: what really happened, whatever any journal says.</summary>
public sealed class Witness : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<WitnessedCall> _calls = new();
    private readonly ConcurrentDictionary<string, int> _times = new();
    private readonly SemaphoreSlim _arrivals = new(0);
    private int _underWay;
    private int _most;

    private Witness(WebApplication app) => _app = app;

    public string Url => _app.Urls.Single();

    /// <summary>The idempotency keys of the calls so far, in order of arrival.</summary>
    public IReadOnlyList<string> Keys => [.. _calls.Select(call => call.Key)];

    /// <summary>The calls so far, in order of arrival.</summary>
    public IReadOnlyList<WitnessedCall> Calls => [.. _calls];

    /// <summary>The most calls that were under way at once.</summary>
    public int Most => Volatile.Read(ref _most);

    /// <param name="duration">How long each call takes; null: long enough for a kill to catch calls under way.</param>
    /// <param name="answer">What it answers; null: 200 and {"ok":true}.</param>
    public static async Task<Witness> StartAsync(TimeSpan? duration = null, Func<WitnessedCall, WitnessAnswer>? answer = null)
    {
        answer ??= _ => new WitnessAnswer(200, """{"ok":true}""");
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var witness = new Witness(app);
        app.MapPost("/{**path}", async (HttpContext context) =>
        {
            var call = witness.Arrived(context.Request.Path, context.Request.Headers["Idempotency-Key"].ToString());
            try
            {
                // By the clock that its arrival was noted by: a timer counts in coarse ticks, and may be some milliseconds early.
                for (var end = call.Arrived + (duration ?? TimeSpan.FromMilliseconds(5)); DateTimeOffset.UtcNow < end;)
                    await Task.Delay(1, context.RequestAborted);
                await answer(call).WriteAsync(context.Response);
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

    private WitnessedCall Arrived(string path, string key)
    {
        var underWay = Interlocked.Increment(ref _underWay);
        for (var most = Most; underWay > most; most = Most)
            Interlocked.CompareExchange(ref _most, underWay, most);
        var call = new WitnessedCall(path, key, _times.AddOrUpdate(key, 1, (_, times) => times + 1), DateTimeOffset.UtcNow);
        _calls.Enqueue(call);
        _arrivals.Release();
        return call;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _arrivals.Dispose();
    }
}

/// <summary>A call that came to a witness.</summary>
/// <param name="Path">Where to.</param>
/// <param name="Key">Its idempotency key.</param>
/// <param name="Times">How often that key has come, this time included.</param>
/// <param name="Arrived">When it came.</param>
public sealed record WitnessedCall(string Path, string Key, int Times, DateTimeOffset Arrived);

/// <summary>What a witness answers: the same head every time, so that a test can say what a node has to give.</summary>
public sealed record WitnessAnswer(int Status, string Json)
{
    public const string Date = "Thu, 01 Jan 2026 00:00:00 GMT";
    public const string ContentType = "application/json";

    public async Task WriteAsync(HttpResponse response)
    {
        response.StatusCode = Status;
        response.ContentType = ContentType;
        response.ContentLength = Json.Length;
        response.Headers.Date = Date;
        await response.WriteAsync(Json, response.HttpContext.RequestAborted);
    }
}
