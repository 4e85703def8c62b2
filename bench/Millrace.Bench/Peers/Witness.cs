using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Millrace.Bench.Peers;

/// <summary>
/// What the effects happen to: a server outside of every system that counts how often each idempotency key came. Keys are
/// EXECUTION:STEP, with whatever a system adds after another colon.
/// </summary>
internal sealed class Witness : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, int> _times = new(StringComparer.Ordinal);

    private Witness(WebApplication app) => _app = app;

    public Uri Url { get; private set; } = new("http://127.0.0.1");

    public static async Task<Witness> StartAsync()
    {
        // It watches no files: what is measured writes some below this folder all the while.
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        builder.Logging.ClearProviders();
        var witness = new Witness(builder.Build());
        witness._app.Urls.Add("http://127.0.0.1:0");
        witness._app.MapPost("/", (RequestDelegate)witness.CountAsync);
        await witness._app.StartAsync();
        witness.Url = new Uri(witness._app.Urls.First());
        return witness;
    }

    public void Forget() => _times.Clear();

    /// <summary>How many executions have had a step's effect.</summary>
    public int Seen(string step) => _times.Keys.Count(key => string.Equals(StepOf(key), step, StringComparison.Ordinal));

    /// <summary>The effects that happened more than once, each as EXECUTION:STEP.</summary>
    public IReadOnlyList<string> Repeated() =>
        [.. _times.Where(entry => entry.Value > 1).Select(entry => $"{entry.Key.Split(':')[0]}:{StepOf(entry.Key)}")];

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static string StepOf(string key) => key.Split(':')[1];

    private Task CountAsync(HttpContext context)
    {
        _times.AddOrUpdate(context.Request.Headers["Idempotency-Key"].ToString(), 1, (_, times) => times + 1);
        return Task.CompletedTask;
    }
}
