using System.Collections.Immutable;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Blobs;
using Millrace.Engine.Effects;
using Millrace.Engine.Nodes;
using Millrace.Engine.Secrets;
using Millrace.Nodes.Http;
using Millrace.Tests;

namespace Millrace.Nodes.Tests.Http;

/// <summary>An http node that may call this machine, with secrets, files and a clock of the test's.</summary>
internal sealed class HttpHarness : IDisposable
{
    private readonly OutgoingHttp _http;
    private readonly NodeRegistry _types;
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("millrace-http-");

    public HttpHarness(OutgoingHttp? http = null)
    {
        _http = http ?? new OutgoingHttp(AddressGuard.Allowing("127.0.0.0/8"));
        _types = new NodeRegistry(NodesForTests.All(_http));
        Blobs = new FileBlobStore(_directory.FullName, TimeProvider.System);
    }

    public FileBlobStore Blobs { get; }

    public SettableTime Time { get; } = new();

    public string Tenant { get; set; } = "acme";

    public Dictionary<string, string> Secrets { get; } = [];

    public Dictionary<string, string> Hosts { get; } = [];

    public EffectContext? LastContext { get; private set; }

    public Task<NodeOutcome> CallAsync(TestServer server, string config = "", string path = "", string input = "null") =>
        CallAsync(server.Url.ToString().TrimEnd('/') + path, config, input);

    public async Task<NodeOutcome> CallAsync(string url, string config = "", string input = "null")
    {
        var run = MachineRun.Of(OneNode.Document("http", $$"""{"url":"{{url}}"{{(config.Trim().Length == 0 ? "" : "," + config)}}}"""), _types).Start(input);
        var effect = Assert.Single(run.Effects);
        LastContext = new EffectContext
        {
            Tenant = Tenant,
            ExecutionId = "x1",
            WorkflowId = "w1",
            NodeId = "n",
            Time = Time,
            Host = new NoHost("x1") { Blobs = Blobs, Secrets = TenantSecretsNow() },
        };
        var outcome =
            await ((ExecutableEffect)effect.Node.Logic).RunAsync(effect.Input, LastContext, TestContext.Current.CancellationToken);
        return outcome with { Logs = [.. LastContext.Logs, .. outcome.Logs] };
    }

    public async Task<Value> StoreAsync(string content, string mediaType = "text/plain", string? name = null)
    {
        var context = new EffectContext
        {
            Tenant = Tenant,
            ExecutionId = "x0",
            WorkflowId = "w1",
            NodeId = "n",
            Time = Time,
            Host = new NoHost("x0") { Blobs = Blobs },
        };
        return (
            await context.Files.StoreAsync(
                new MemoryStream(System.Text.Encoding.UTF8.GetBytes(content)),
                mediaType,
                name,
                1_000_000,
                TestContext.Current.CancellationToken))!.ToValue();
    }

    public void Dispose()
    {
        _http.Dispose();
        _directory.Delete(recursive: true);
    }

    private TenantSecrets TenantSecretsNow() => new(
        Secrets.ToImmutableDictionary(),
        ImmutableDictionary<string, string>.Empty,
        Hosts.ToImmutableDictionary(pair => pair.Key, pair => SecretHosts.TryParse(pair.Value.Split(' '), out _)!),
        new SecretRedactor(Secrets));

    internal sealed class SettableTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
