using Millrace.Core.Definitions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Testing.Storage;

/// <summary>
/// A store in memory, for tests: it keeps every promise of a store for as long as its <see cref="MemoryStoreData"/> is there. Several may be
/// open over the same data; the one that was opened last is the owner. What an earlier one writes as an owner is refused, and it finds nothing to claim.
/// </summary>
internal sealed partial class MemoryStore : IStore
{
    private readonly MemoryStoreData _data;
    private readonly MemoryWriter _writer;

    private MemoryStore(MemoryStoreData data)
    {
        _data = data;
        Epoch = ++data.Epoch;
        _writer = new MemoryWriter(data, Epoch);
    }

    /// <inheritdoc/>
    public long Epoch { get; }

    /// <inheritdoc/>
    public IChanges Changes => _data.Changes;

    /// <summary>Opens a store over new data.</summary>
    public static MemoryStore Open() => Open(new MemoryStoreData());

    /// <summary>Opens a store over what earlier ones left. What those owned is claimable at once.</summary>
    public static MemoryStore Open(MemoryStoreData data)
    {
        lock (data.Gate)
        {
            foreach (var row in data.Executions.Values)
            {
                if (row.Record.Owner > 0)
                    row.Record = row.Record with { Owner = 0, WakeAt = DateTimeOffset.UnixEpoch };
            }
            return new MemoryStore(data);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<CommitResult>> CommitAsync(IReadOnlyList<Mutation> batch, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        CommitResult[] results;
        lock (_data.Gate)
            results = [.. batch.Select(_writer.Apply)];
        _data.Changes.Publish(batch, results);
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
