using System.Collections.Immutable;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Blobs;
using Millrace.Engine.Effects;
using Millrace.Engine.Nodes;
using Millrace.Engine.Secrets;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Tests;
using Millrace.Nodes.Http;
using Millrace.Nodes.Integration.Services;
using Millrace.Nodes.Orchestration;
using Millrace.Storage.Sqlite;

namespace Millrace.Nodes.Tests.Integration.Services;

/// <summary>Integration nodes over a store, that may call this machine, with secrets of the test's.</summary>
internal sealed class IntegrationHarness : IAsyncDisposable
{
    private readonly OutgoingHttp _http;
    private readonly SqliteStore _store;
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("millrace-integrations-");

    public IntegrationHarness(OutgoingHttp? http = null)
    {
        _http = http ?? new OutgoingHttp(AddressGuard.Allowing("127.0.0.0/8"));
        _store = SqliteStore.Open(new SqliteStoreOptions(_directory.FullName));
        Type = new IntegrationNode(new IntegrationDirectory(_store.ReadIntegrationAsync, new ServiceSettings()), new HttpRequests(_http));
    }

    public IntegrationNode Type { get; }

    public TimeProvider Time { get; set; } = TimeProvider.System;

    public Dictionary<string, string> Secrets { get; } = [];

    public Dictionary<string, string> Hosts { get; } = [];

    /// <summary>Saves an integration as the API does.</summary>
    public void Save(string document, string name = "svc", string tenant = "acme")
    {
        var read = IntegrationReader.Read(ValueJson.Parse(document).AsMap());
        Assert.True(read.Document is not null, string.Join('\n', read.Problems));
        _store.Write(
            [
                new SaveIntegration(
                    new StoredIntegration(
                        tenant,
                        name,
                        new JsonText(((Value)read.Document).ToUtf8()),
                        0,
                        default,
                        DateTimeOffset.UnixEpoch,
                        null)) { Most = 10 },
            ]);
    }

    public Task<NodeOutcome> CallAsync(
        string operation, string values = "{}", string tenant = "acme", CancellationToken cancellation = default) =>
        CallAsync(operation, ValueJson.Parse(values).AsMap(), tenant, cancellation);

    private async Task<NodeOutcome> CallAsync(string operation, MapValue values, string tenant, CancellationToken cancellation)
    {
        var problems = OneEffect.Problems(
            Type, ((Value)MapValue.Of(("service", "svc"), ("operation", operation), ("params", values))).ToJson(), out var graph);
        Assert.True(graph is not null, string.Join('\n', problems));
        var effect = (ExecutableEffect)graph.Find("n")!.Logic;
        var context = new EffectContext
        {
            Tenant = tenant,
            ExecutionId = "x1",
            WorkflowId = "w1",
            NodeId = "n",
            Time = Time,
            Host = new NoHost("x1")
            {
                Blobs = new FileBlobStore(Path.Combine(_directory.FullName, "blobs"), Time),
                Secrets = new TenantSecrets(
                    Secrets.ToImmutableDictionary(),
                    ImmutableDictionary<string, string>.Empty,
                    Hosts.ToImmutableDictionary(pair => pair.Key, pair => SecretHosts.TryParse(pair.Value.Split(' '), out _)!),
                    new SecretRedactor(Secrets)),
            },
        };
        return await effect.RunAsync(MapValue.Of("params", values), context, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _http.Dispose();
        _directory.Delete(recursive: true);
    }
}
