using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Millrace.EndToEnd.Tests;

/// <summary>Five megabytes go through a workflow, through kill -9, and at last away.</summary>
public sealed class LargeDataTests
{
    private const int Items = 50_000;

    [Fact]
    public async Task A_large_output_travels_survives_kill_9_and_is_freed_with_its_execution()
    {
        await using var service = await Service.StartAsync();
        await using var server = await ServerProcess.StartAsync(("HTTP_ALLOWED_NETWORKS", "127.0.0.0/8"), ("RETENTION_INTERVAL", "1s"));
        await SaveAsync(server, service.Url, settings: "{}");
        var (status, started) = await server.PostAsync("api/v1/workflows/large/execute", "{}");
        Assert.Equal(HttpStatusCode.Accepted, status);
        var execution = $"api/v1/executions/{started.GetProperty("id").GetString()}";

        await service.WhenAskedAsync(async () => (await server.GetAsync(execution)).GetRawText());
        server.Kill();
        service.Open();
        await server.StartAgainAsync();
        await WhenAsync(async () => (await server.GetAsync(execution)).GetProperty("status").GetString() == "completed");

        Assert.Equal(1, service.Downloads);
        var result = (await server.GetAsync(execution)).GetProperty("result");
        Assert.Equal(Items, result.GetProperty("items").GetArrayLength());
        Assert.Equal($"item {Items - 1} of a long list that goes on and on, as such lists do, until it ends at last, far below", result.GetProperty("items")[Items - 1].GetString());
        // A page ends with the run whose values fill it.
        var first = await server.GetAsync($"{execution}/nodes");
        var pick = Assert.Single((await server.GetAsync($"{execution}/nodes?cursor={first.GetArrayLength()}")).EnumerateArray());
        Assert.Equal("pick", pick.GetProperty("nodeId").GetString());
        Assert.Equal(Items, pick.GetProperty("output").GetProperty("items").GetArrayLength());
        await AssertStoredApartAsync(server, execution);

        await AssertFreedAsync(server, service.Url, execution);
    }

    private static async Task AssertStoredApartAsync(ServerProcess server, string execution)
    {
        Assert.InRange(Largest(server, "select max(length(events)) from journal"), 1, 10_000);
        Assert.InRange(Largest(server, "select max(length(result)) from execution_data"), 1, 1_000);
        var journal = (await server.GetAsync($"{execution}/journal")).GetRawText();
        Assert.InRange(journal.Length, 1, 20_000);
        var reference = journal.IndexOf("\"$blob\":\"", StringComparison.Ordinal);
        var blob = await server.GetAsync($"api/v1/blobs/{journal.Substring(reference + 9, 64)}");
        Assert.True(blob.GetRawText().Length > 4_000_000);
        // The response, what was picked of it and the result are the same list.
        Assert.InRange(BlobFiles(server).Sum(file => file.Length), 4_000_000, 6_000_000);
    }

    private static async Task AssertFreedAsync(ServerProcess server, string service, string execution)
    {
        // As if it had happened some hours ago: what was written just now may belong to a commit that is still to come.
        foreach (var file in BlobFiles(server))
            file.LastWriteTimeUtc -= TimeSpan.FromHours(2);
        await SaveAsync(server, service, settings: """{"retention":{"completed":"1s"}}""");

        await WhenAsync(async () =>
        {
            using var answer = await server.Http.GetAsync(server.Url(execution), TestContext.Current.CancellationToken);
            return answer.StatusCode == HttpStatusCode.NotFound;
        });
        await WhenAsync(() => Task.FromResult(BlobFiles(server).Length == 0));
    }

    private static async Task SaveAsync(ServerProcess server, string service, string settings)
    {
        using var body = new StringContent($$$"""
            {"id":"large","name":"Large","settings":{{{settings}}},"nodes":[
              {"id":"start","type":"start"},
              {"id":"fetch","type":"http","config":{"url":"{{{service}}}/download"} },
              {"id":"pick","type":"transform","config":{"expression":"data.body"} },
              {"id":"gate","type":"http","config":{"method":"POST","url":"{{{service}}}/gate","body":{"n":1} } },
              {"id":"end","type":"transform","config":{"expression":"pick.output"} }],
             "edges":[{"source":"start","target":"fetch"},{"source":"fetch","target":"pick"},{"source":"pick","target":"gate"},{"source":"gate","target":"end"}]}
            """, System.Text.Encoding.UTF8, "application/json");
        using var answer = await server.Http.PutAsync(server.Url("api/v1/workflows/large"), body, TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static FileInfo[] BlobFiles(ServerProcess server) => new DirectoryInfo(Path.Combine(server.DataDirectory, "blobs")).GetFiles("*", SearchOption.AllDirectories);

    // Nothing outside the server says that it has swept; there is no signal to wait on but what it answers.
    private static async Task WhenAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(ServerProcess.Patience);
        while (!await condition())
            await Task.Delay(TimeSpan.FromMilliseconds(50), patience.Token);
    }

    private static long Largest(ServerProcess server, string sql)
    {
        SQLitePCL.Batteries_V2.Init();
        using var connection = new SqliteConnection($"Data Source={server.DatabasePath};Mode=ReadWrite;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }

    /// <summary>Gives five megabytes to whoever asks, and keeps whoever comes to the gate waiting until it is opened.</summary>
    private sealed class Service : IAsyncDisposable
    {
        private readonly WebApplication _app;
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _downloads;

        private Service(WebApplication app) => _app = app;

        public string Url => _app.Urls.Single();

        public int Downloads => Volatile.Read(ref _downloads);

        public static async Task<Service> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            var app = builder.Build();
            app.Urls.Add("http://127.0.0.1:0");
            var service = new Service(app);
            var list = JsonSerializer.SerializeToUtf8Bytes(new { items = Enumerable.Range(0, Items).Select(n => $"item {n} of a long list that goes on and on, as such lists do, until it ends at last, far below") });
            app.MapGet("/download", () =>
            {
                Interlocked.Increment(ref service._downloads);
                return Results.Bytes(list, "application/json");
            });
            app.MapPost("/gate", async (HttpContext context) =>
            {
                service._asked.TrySetResult();
                await service._open.Task.WaitAsync(context.RequestAborted);
                return Results.Json(new { ok = true });
            });
            await app.StartAsync();
            return service;
        }

        public async Task WhenAskedAsync(Func<Task<string>> explain)
        {
            var asked = await Task.WhenAny(_asked.Task, Task.Delay(ServerProcess.Patience));
            Assert.True(asked == _asked.Task, asked == _asked.Task ? null : await explain());
        }

        public void Open() => _open.TrySetResult();

        public async ValueTask DisposeAsync()
        {
            Open();
            await _app.StopAsync();
            await _app.DisposeAsync();
        }
    }
}
