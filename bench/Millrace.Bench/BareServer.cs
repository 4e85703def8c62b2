using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Millrace.Core.Executions;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Storage.Sqlite;

namespace Millrace.Bench;

/// <summary>
/// The limit to compare with: Kestrel in front of the committer, with no engine between. /chain does what a chain of five durable
/// effects must at the least (one create, five commits that each wait for the one before), /fan what a hundred at once must (a create and a
/// commit), /one what a pure chain must, /sleeper what falling asleep must.
/// </summary>
internal static class BareServer
{
    private const string Tenant = "default";
    private const int Fan = 100;
    private const string Started = """{"seq":3,"type":"node_started","time":"2026-11-20T10:00:00.000Z","nodeId":"b","data":{"nodeType":"noop","attempt":1}}""";
    private const string Completed = """{"seq":2,"type":"node_completed","time":"2026-11-20T10:00:00.000Z","nodeId":"a","data":{"nodeType":"noop","attempt":1,"duration":0,"output":{}}}""";
    private static readonly JsonText OneStep = Events(Completed, Started);
    private static readonly JsonText FanStarted = Events([.. Enumerable.Repeat(Started, Fan)]);
    private static readonly JsonText FanCompleted = Events([.. Enumerable.Repeat(Completed, Fan)]);

    public static async Task RunAsync(string url, string directory)
    {
        await using var store = SqliteStore.Open(new SqliteStoreOptions(directory));
        using var thread = new DedicatedThreadScheduler("committer");
        var committer = new Committer(store, thread, borrowsCallers: true);
        var ids = new RandomIds();

        // It watches no files: what is measured writes some below this folder all the while.
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add(url);
        app.MapPost("/chain", (RequestDelegate)(async context =>
        {
            var id = await CreateAsync(store, committer, ids, ExecutionStatus.Running, OneStep);
            for (var step = 1; step <= 5; step++)
                await committer.CommitAsync(Advance(store, id, new JournalEntry(step + 1, step + 1, OneStep), isLast: step == 5));
            await ReplyAsync(context, id);
        }));
        app.MapGet("/answer", (RequestDelegate)(context =>
        {
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync("""{"ok":true,"items":[1,2,3],"text":"a small answer"}""");
        }));
        app.MapPost("/fan", (RequestDelegate)(async context =>
        {
            var id = await CreateAsync(store, committer, ids, ExecutionStatus.Running, FanStarted);
            await committer.CommitAsync(Advance(store, id, new JournalEntry(2, 1 + Fan, FanCompleted), isLast: true));
            await ReplyAsync(context, id);
        }));
        app.MapPost(
            "/sleeper",
            (RequestDelegate)(
                async context => await ReplyAsync(context, await CreateAsync(store, committer, ids, ExecutionStatus.Waiting, OneStep))));
        app.MapPost(
            "/one",
            (RequestDelegate)(
                async context => await ReplyAsync(context, await CreateAsync(store, committer, ids, ExecutionStatus.Completed, OneStep))));
        await app.RunAsync();
    }

    private static async Task<string> CreateAsync(
        SqliteStore store, Committer committer, IdSource ids, ExecutionStatus status, JsonText events)
    {
        var now = DateTimeOffset.UtcNow;
        var record = new ExecutionRecord
        {
            Tenant = Tenant,
            Id = ids.Next(now),
            WorkflowId = "bare",
            Version = 1,
            Status = status,
            Owner = status == ExecutionStatus.Running ? store.Ownership.Epoch : 0,
            Seq = 1,
            CreatedAt = now,
            StartedAt = now,
        };
        await committer.CommitAsync(new CreateExecution(record, new JournalEntry(1, 1, events)));
        return record.Id;
    }

    private static AdvanceExecution Advance(SqliteStore store, string id, JournalEntry entry, bool isLast) =>
        new(Tenant, id, store.Ownership.Epoch, entry.FirstSeq - 1)
    {
        WorkflowId = "bare",
        Entry = entry,
        Status = isLast ? ExecutionStatus.Completed : ExecutionStatus.Running,
        NewOwner = isLast ? 0 : store.Ownership.Epoch,
        CurrentStep = "a",
    };

    private static JsonText Events(params string[] events) => new(Encoding.UTF8.GetBytes($"[{string.Join(',', events)}]"));

    private static Task ReplyAsync(HttpContext context, string id)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync($$"""{"id":"{{id}}","status":"completed"}""");
    }
}
