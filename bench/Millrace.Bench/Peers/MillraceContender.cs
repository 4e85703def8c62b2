using System.Reflection;
using System.Text.Json;
using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite;

namespace Millrace.Bench.Peers;

/// <summary>Millrace's server as it is published.</summary>
/// <param name="witness">Where effects are counted.</param>
/// <param name="build">Another build to measure beside this one: the table's name for it, and its Millrace.Server.dll; null: this
/// one.</param>
internal sealed class MillraceContender(Uri witness, (string Name, string Program)? build = null) : Contender
{
    private static readonly Dictionary<string, string> NoEnvironment = new(StringComparer.Ordinal);
    private readonly Uri _url = new($"http://127.0.0.1:{FreePort()}");

    // Where bench/run.sh publishes it.
    private static string Published => Path.Combine(Repository.Root, "artifacts", "bench", "server", "Millrace.Server.dll");

    private string Program => build?.Program ?? Published;

    public override string Name => build?.Name ?? "Millrace";

    public override string Describe() =>
        $"{typeof(SqliteStore).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion}, SQLite in WAL "
            + "mode with synchronous=FULL: every commit is synced before it counts. One process.";

    protected override Uri Ready => new(_url, "/ping");

    protected override void Launch() =>
        Spawn(NoEnvironment, "dotnet", Program, "--urls", _url.ToString(), "--data", Data.Path, "--http-allowed-networks", "127.0.0.1");

    protected override void Deploy()
    {
        foreach (var document in MillraceWorkflows.All(witness))
            Post(new Uri(_url, "/api/v1/workflows"), document);
    }

    public override WorkloadRequest? Request(Workload workload) => workload switch
    {
        Workload.Sleeper or Workload.Flight =>
            new WorkloadRequest(new Uri(_url, $"/api/v1/workflows/{MillraceWorkflows.IdOf(workload)}/execute"), "\"workflowId\":"),
        _ =>
            new WorkloadRequest(
                new Uri(_url, $"/api/v1/workflows/{MillraceWorkflows.IdOf(workload)}/execute?wait=30"), "\"status\":\"completed\""),
    };

    public override bool AreAsleep(int started) => Get(new Uri(_url, "/api/v1/executions?status=running,pending&limit=1")).Trim() is "[]";

    public override long Disk() => SqliteFile.BytesOf(Data.At("millrace.db"));

    public override IReadOnlySet<string> InDoubt() => InDoubtAsync().GetAwaiter().GetResult();

    private async Task<HashSet<string>> InDoubtAsync()
    {
        await using var store = SqliteStore.Open(new SqliteStoreOptions(Data.Path));
        var found = new HashSet<string>(StringComparer.Ordinal);
        for (var after = FeedCursor.Start; ;)
        {
            var some = await store.ReadFeedAsync("default", MillraceWorkflows.IdOf(Workload.Flight), after, 1_000);
            if (some.Count == 0)
                return found;
            foreach (var entry in some)
            {
                using var events = JsonDocument.Parse(entry.Entry.Events.Utf8);
                foreach (var e in events.RootElement.EnumerateArray().Where(e => e.GetProperty("type").ValueEquals("node_in_doubt")))
                    found.Add($"{entry.ExecutionId}:{e.GetProperty("nodeId").GetString()}");
            }
            after = FeedCursor.EndOf(some[^1].Position);
        }
    }
}
