using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Millrace.Core.Executions;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite;

namespace Millrace.Bench;

/// <summary>
/// The limit to compare with: Kestrel in front of the committer, with no engine between. /chain does what a chain of five durable
/// effects must at the least (one create, five commits that each wait for the one before); /one does what a pure chain must.
/// </summary>
internal static class BareServer
{
    private const string Tenant = "default";
    private static readonly JsonText Events = new(Encoding.UTF8.GetBytes(
        """[{"seq":2,"type":"node_completed","time":"2026-11-20T10:00:00.000Z","nodeId":"a","data":{"nodeType":"noop","attempt":1,"duration":0,"output":{}}},{"seq":3,"type":"node_started","time":"2026-11-20T10:00:00.000Z","nodeId":"b","data":{"nodeType":"noop","attempt":1}}]"""));

    public static async Task RunAsync(string url)
    {
        using var directory = new TemporaryDirectory();
        await using var store = SqliteStore.Open(new SqliteStoreOptions(directory.Path));
        using var thread = new DedicatedThreadScheduler("committer");
        var committer = new Committer(store, thread, borrowsCallers: true);
        var ids = new RandomIds();

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add(url);
        app.MapPost("/chain", (RequestDelegate)(async context =>
        {
            var id = await CreateAsync(store, committer, ids, ExecutionStatus.Running);
            for (var step = 1; step <= 5; step++)
                await committer.WriteAsync(Advance(store, id, step));
            await ReplyAsync(context, id);
        }));
        app.MapPost("/one", (RequestDelegate)(async context => await ReplyAsync(context, await CreateAsync(store, committer, ids, ExecutionStatus.Completed))));
        await app.RunAsync();
    }

    private static async Task<string> CreateAsync(SqliteStore store, Committer committer, IdSource ids, ExecutionStatus status)
    {
        var now = DateTimeOffset.UtcNow;
        var record = new ExecutionRecord
        {
            Tenant = Tenant,
            Id = ids.Next(now),
            WorkflowId = "bare",
            Version = 1,
            Status = status,
            Owner = status == ExecutionStatus.Running ? store.Epoch : 0,
            Seq = 1,
            CreatedAt = now,
            StartedAt = now,
        };
        await committer.WriteAsync(new CreateExecution(record, new JournalEntry(1, 1, Events)));
        return record.Id;
    }

    private static AdvanceExecution Advance(SqliteStore store, string id, int step) => new(Tenant, id, store.Epoch, step)
    {
        WorkflowId = "bare",
        Entry = new JournalEntry(step + 1, step + 1, Events),
        Status = step == 5 ? ExecutionStatus.Completed : ExecutionStatus.Running,
        NewOwner = step == 5 ? 0 : store.Epoch,
        CurrentStep = "a",
    };

    private static Task ReplyAsync(HttpContext context, string id)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync($$"""{"id":"{{id}}","status":"completed"}""");
    }
}
