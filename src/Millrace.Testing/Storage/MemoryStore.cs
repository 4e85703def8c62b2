using Millrace.Core.Definitions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Testing.Storage;

/// <summary>
/// A store in memory, for tests: it keeps every promise of a store for as long as its <see cref="MemoryStoreData"/> is there. Several may be
/// open over the same data: <see cref="Open(MemoryStoreData)"/> takes over from all earlier ones, as a start over one disk does; <see cref="Join"/>
/// becomes one more owner among them, as a node of a cluster does.
/// </summary>
internal sealed partial class MemoryStore : IStore
{
    private readonly MemoryStoreData _data;
    private readonly MemoryWriter _writer;

    private MemoryStore(MemoryStoreData data, MemoryOwnership ownership)
    {
        _data = data;
        Ownership = ownership;
        _writer = new MemoryWriter(data, ownership.Epoch);
    }

    /// <inheritdoc/>
    public IOwnership Ownership { get; }

    /// <inheritdoc/>
    public IChanges Changes => _data.Changes;

    /// <summary>Opens a store over new data.</summary>
    public static MemoryStore Open() => Open(new MemoryStoreData());

    /// <summary>Opens a store over what earlier ones left. What those owned is claimable at once.</summary>
    public static MemoryStore Open(MemoryStoreData data)
    {
        MemoryStore store;
        lock (data.Gate)
        {
            foreach (var earlier in data.Owners)
                data.End(earlier.Epoch);
            store = new MemoryStore(data, data.Join(isShared: false));
        }
        data.TellEnded();
        return store;
    }

    /// <summary>Opens a store over the same data as others, beside which it owns executions.</summary>
    public static MemoryStore Join(MemoryStoreData data)
    {
        lock (data.Gate)
            return new MemoryStore(data, data.Join(isShared: true));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<CommitResult>> CommitAsync(IReadOnlyList<Mutation> batch, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        CommitResult[] results;
        lock (_data.Gate)
            results = [.. batch.Select(_writer.Apply)];
        _data.Changes.Publish(batch, results);
        _data.TellEnded();
        return new(results);
    }

    /// <summary>Does nothing: what it wrote stays with its data.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private ValueTask<T> Read<T>(Func<MemoryStoreData, T> read, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled<T>(cancellation);
        lock (_data.Gate)
            return new(read(_data));
    }
}
