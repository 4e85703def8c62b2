using System.Collections.Immutable;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Engine.Workers;

/// <summary>The node types that workers have registered, by tenant. They are kept in the store, so that what uses them runs after a restart as before.</summary>
public sealed class WorkerTypes(IStore store, Committer committer, NodeRegistry own, TimeProvider time)
{
    /// <summary>The most types of one tenant.</summary>
    public const int MaxTypes = 1_000;

    private TenantCache<Registered>? _tenants;

    private readonly Registered _none = RegisteredOf(own, ImmutableDictionary<string, WorkerNodeType>.Empty);

    private TenantCache<Registered> Tenants => LazyInitializer.EnsureInitialized(
        ref _tenants, () => TenantCache.OfTenants(store.Changes, ChangeKind.WorkerTypes, LoadAsync, time));

    /// <summary>A type's name as it is compared: without case and separators.</summary>
    public static string KeyOf(string type) => NodeRegistry.Normalize(type).ToLowerInvariant();

    /// <summary>The node types that a tenant's documents may use.</summary>
    public async ValueTask<INodeCompiler> OfAsync(string tenant, CancellationToken cancellation = default) => (await ReadAsync(tenant, cancellation)).Types;

    /// <summary>A type of a tenant's workers; null: none has registered it.</summary>
    public async ValueTask<WorkerType?> FindAsync(string tenant, string type, CancellationToken cancellation = default) =>
        (await ReadAsync(tenant, cancellation)).ByKey.GetValueOrDefault(KeyOf(type))?.Type;

    /// <summary>The same for workflows that are saved already: what has changed since does not make them wrong.</summary>
    internal async ValueTask<INodeCompiler> OfSavedAsync(string tenant) => (await ReadAsync(tenant, CancellationToken.None)).SavedTypes;

    /// <summary>Whether a type limits how many of its tasks are under way at once, as far as is known without a look into the store.</summary>
    internal bool IsLimited(string tenant, string key) => Tenants.Peek(tenant)?.ByKey.GetValueOrDefault(key)?.Type.Concurrency is not null;

    /// <summary>Registers types, all or none; those that a worker has registered before are replaced.</summary>
    /// <param name="tenant">The tenant whose data to use.</param>
    /// <param name="worker">The name of the worker that registers them.</param>
    /// <param name="types">The types.</param>
    /// <param name="cancellation">Cancels the operation.</param>
    public async Task<RegisterOutcome> RegisterAsync(string tenant, string worker, IReadOnlyList<WorkerType> types, CancellationToken cancellation = default)
    {
        var known = (await ReadAsync(tenant, cancellation)).ByKey;
        if (types.FirstOrDefault(type => !known.ContainsKey(KeyOf(type.Type)) && own.Find(type.Type) is not null) is { } taken)
            return new RegisterOutcome.Taken(taken.Type, own.Find(taken.Type)!.Type);
        var records = ImmutableArray.CreateBuilder<WorkerTypeRecord>();
        foreach (var type in types)
        {
            var earlier = known.GetValueOrDefault(KeyOf(type.Type))?.Type;
            var next = earlier is null ? type with { FormerPorts = [] } : type.Over(earlier);
            // Every start of every worker registers again: where nothing changes there is nothing to write.
            if (earlier is null || !((Value)next.ToValue()).Equals(earlier.ToValue()))
                records.Add(new WorkerTypeRecord(tenant, KeyOf(type.Type), new JsonText(((Value)next.ToValue()).ToUtf8()), worker, time.GetUtcNow()));
        }
        if (known.Count + records.Count(record => !known.ContainsKey(record.Key)) > MaxTypes)
            return new RegisterOutcome.Full();
        if (records.Count > 0)
            await committer.CommitAsync(new PutWorkerTypes(tenant, records.ToImmutable()));
        return new RegisterOutcome.Done([.. types]);
    }

    private async ValueTask<Registered> ReadAsync(string tenant, CancellationToken cancellation) =>
        await Tenants.GetAsync(tenant, cancellation: cancellation) ?? _none;

    private async ValueTask<Registered?> LoadAsync(string tenant)
    {
        var records = await store.ListWorkerTypesAsync(tenant);
        if (records.Count == 0)
            return _none;
        var byKey = records.ToImmutableDictionary(record => record.Key, Restore, StringComparer.Ordinal);
        return RegisteredOf(own, byKey);
    }

    private static Registered RegisteredOf(NodeRegistry own, ImmutableDictionary<string, WorkerNodeType> byKey) =>
        new(byKey.IsEmpty ? own : new TenantNodeTypes(own, byKey, isSaved: false), new TenantNodeTypes(own, byKey, isSaved: true), byKey);

    private static WorkerNodeType Restore(WorkerTypeRecord record)
    {
        var problems = new List<Core.Definitions.Problem>();
        var type = new WorkerTypeReader(ValueJson.Parse(record.Definition.Utf8.Span).AsMap(), "", problems).Read();
        return new WorkerNodeType(type ?? throw new InvalidDataException($"The registered node type '{record.Key}' cannot be read: {problems[0].Message}"));
    }

    /// <summary>What a tenant has.</summary>
    private sealed record Registered(INodeCompiler Types, INodeCompiler SavedTypes, ImmutableDictionary<string, WorkerNodeType> ByKey);
}

/// <summary>What became of a registration. The set is closed.</summary>
public abstract record RegisterOutcome
{
    /// <summary>The types are registered.</summary>
    /// <param name="Types">The types.</param>
    public sealed record Done(ImmutableArray<WorkerType> Types) : RegisterOutcome;

    /// <summary>A type of the server has this name.</summary>
    /// <param name="Name">The name.</param>
    /// <param name="Type">What the type is called; the same, or the name is an alias.</param>
    public sealed record Taken(string Name, string Type) : RegisterOutcome;

    /// <summary>The tenant would have too many.</summary>
    public sealed record Full : RegisterOutcome;
}
