using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Values;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Engine.Integrations;

/// <summary>
/// The integrations of tenants: reads, checks and saves them. The operator's own are read like any, and written by nobody.
/// </summary>
/// <param name="store">The store to read from.</param>
/// <param name="committer">Writes changes to the store.</param>
/// <param name="configured">The operator's own, as documents without their credentials, by name.</param>
/// <param name="read">Reads and checks a document.</param>
/// <param name="time">The clock.</param>
public sealed class IntegrationLibrary(
    IStore store,
    Committer committer,
    ImmutableSortedDictionary<string, MapValue> configured,
    Func<MapValue, IntegrationReading> read,
    TimeProvider time)
{
    /// <summary>The most integrations of a tenant.</summary>
    public const int Most = 1_000;

    /// <summary>The most bytes of one.</summary>
    public const int MaxDocumentBytes = 256 * 1024;

    /// <summary>All integrations of a tenant.</summary>
    public async Task<IReadOnlyList<ShownIntegration>> ListAsync(string tenant, CancellationToken cancellation)
    {
        var stored = await store.ListIntegrationsAsync(tenant, cancellation);
        var own = configured.Select(one => new ShownIntegration(one.Key, one.Value, null));
        return [.. own.Concat(stored.Where(one => !IsConfigured(one.Name)).Select(Show))];
    }

    /// <summary>An integration; null: there is none.</summary>
    public async ValueTask<ShownIntegration?> FindAsync(string tenant, string name, CancellationToken cancellation)
    {
        if (configured.TryGetValue(name, out var document))
            return new ShownIntegration(name, document, null);
        return await store.ReadIntegrationAsync(tenant, name, cancellation) is { } stored ? Show(stored) : null;
    }

    /// <summary>Whether the operator configured it.</summary>
    public bool IsConfigured(string name) => configured.ContainsKey(name);

    /// <summary>Saves a document under a name.</summary>
    public async Task<IntegrationSaved> SaveAsync(
        string tenant, string name, MapValue authored, int? expectedVersion, string? user, IdempotencyKey? idempotency)
    {
        var reading = read(authored);
        if (reading.Document is not { } document)
            return new(null) { Problems = reading.Problems };
        var text = ((Value)document).ToUtf8();
        if (text.Length > MaxDocumentBytes)
        {
            var problem = new Problem("", "invalid_value", $"The integration has {text.Length} bytes; at most {MaxDocumentBytes} are allowed.");
            return new(null) { Problems = [problem] };
        }
        var now = time.GetUtcNow();
        var stored = new StoredIntegration(tenant, name, new JsonText(text), 0, now, now, user);
        var save = new SaveIntegration(stored) { ExpectedVersion = expectedVersion, Most = Most, Idempotency = idempotency };
        var result = await committer.CommitAsync(save);
        return new(result.Outcome)
        {
            Name = result is CommitResult.Duplicate duplicate ? duplicate.ResourceId : name,
            Created = result is CommitResult.Saved { Created: true },
        };
    }

    /// <summary>Deletes an integration.</summary>
    public async Task<WriteOutcome> DeleteAsync(string tenant, string name, int? expectedVersion, IdempotencyKey? idempotency)
    {
        var delete = new DeleteIntegration(tenant, name) { ExpectedVersion = expectedVersion, Idempotency = idempotency };
        return (await committer.CommitAsync(delete)).Outcome;
    }

    private static ShownIntegration Show(StoredIntegration stored) =>
        new(stored.Name, ValueJson.Parse(stored.Document.Utf8.Span).AsMap(), stored);
}

/// <summary>What a document of an integration turned out to be.</summary>
/// <param name="Document">The document with its fields as they are documented; null: something is wrong with it.</param>
/// <param name="Problems">What is wrong, by pointers into it.</param>
public sealed record IntegrationReading(MapValue? Document, ImmutableArray<Problem> Problems);

/// <summary>An integration as it is shown.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Document">What it is; its secrets are references.</param>
/// <param name="Stored">As it is stored; null: the operator configured it.</param>
public sealed record ShownIntegration(string Name, MapValue Document, StoredIntegration? Stored);

/// <summary>What became of a save.</summary>
/// <param name="Outcome">The store's answer; null: it was not asked, because of the problems.</param>
public sealed record IntegrationSaved(WriteOutcome? Outcome)
{
    /// <summary>The name that it was saved under.</summary>
    public string Name { get; init; } = "";

    /// <summary>Whether it is new.</summary>
    public bool Created { get; init; }

    /// <summary>Why it was not saved.</summary>
    public ImmutableArray<Problem> Problems { get; init; } = [];
}
