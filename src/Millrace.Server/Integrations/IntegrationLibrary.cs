using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Values;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Nodes.Integration.Services;

namespace Millrace.Server.Integrations;

/// <summary>The integrations of tenants: reads, checks and saves them. The operator's own are read like any, and written by nobody.</summary>
internal sealed class IntegrationLibrary(IStore store, Committer committer, IntegrationDirectory directory, TimeProvider time)
{
    /// <summary>The most integrations of a tenant.</summary>
    public const int Most = 1_000;

    /// <summary>The most bytes of one.</summary>
    public const int LongestDocument = 256 * 1024;

    public async Task<IReadOnlyList<ShownIntegration>> ListAsync(string tenant, CancellationToken cancellation)
    {
        var stored = await store.ListIntegrationsAsync(tenant, cancellation);
        return [.. directory.Configured.Select(one => new ShownIntegration(one.Key, one.Value, null))
            .Concat(stored.Where(one => !IsConfigured(one.Name)).Select(Show))
            .OrderBy(one => one.Name, StringComparer.Ordinal)];
    }

    public async ValueTask<ShownIntegration?> FindAsync(string tenant, string name, CancellationToken cancellation)
    {
        if (directory.Configured.TryGetValue(name, out var configured))
            return new ShownIntegration(name, configured, null);
        return await store.ReadIntegrationAsync(tenant, name, cancellation) is { } stored ? Show(stored) : null;
    }

    public bool IsConfigured(string name) => directory.Configured.ContainsKey(name);

    /// <summary>Saves a document under a name.</summary>
    public async Task<IntegrationSaved> SaveAsync(string tenant, string name, MapValue authored, int? expectedVersion, string? user, IdempotencyKey? idempotency)
    {
        var read = IntegrationReader.Read(authored);
        if (read.Document is not { } document)
            return new(null) { Problems = read.Problems };
        var text = ((Value)document).ToUtf8();
        if (text.Length > LongestDocument)
            return new(null) { Problems = [new Problem("", "invalid_value", $"The integration has {text.Length} bytes; at most {LongestDocument} are kept.")] };
        var now = time.GetUtcNow();
        var save = new SaveIntegration(new StoredIntegration(tenant, name, new JsonText(text), 0, now, now, user)) { ExpectedVersion = expectedVersion, Most = Most, Idempotency = idempotency };
        var result = await committer.CommitAsync(save);
        return new(result.Outcome) { Name = result is CommitResult.Duplicate duplicate ? duplicate.ResourceId : name, Created = result is CommitResult.Saved { Created: true } };
    }

    public async Task<WriteOutcome> DeleteAsync(string tenant, string name, int? expectedVersion, IdempotencyKey? idempotency) =>
        (await committer.CommitAsync(new DeleteIntegration(tenant, name) { ExpectedVersion = expectedVersion, Idempotency = idempotency })).Outcome;

    private static ShownIntegration Show(StoredIntegration stored) => new(stored.Name, ValueJson.Parse(stored.Document.Utf8.Span).AsMap(), stored);
}

/// <summary>An integration as it is shown.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Document">What it is; its secrets are references.</param>
/// <param name="Stored">As it is stored; null: the operator configured it.</param>
internal sealed record ShownIntegration(string Name, MapValue Document, StoredIntegration? Stored);

/// <summary>What became of a save.</summary>
/// <param name="Outcome">The store's answer; null: it was not asked, because of the problems.</param>
internal sealed record IntegrationSaved(WriteOutcome? Outcome)
{
    public string Name { get; init; } = "";

    public bool Created { get; init; }

    public ImmutableArray<Problem> Problems { get; init; } = [];
}
