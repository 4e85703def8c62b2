namespace Millrace.Engine.Blobs;

/// <summary>
/// What has to be durable in the blob store before a commit that refers to it. A sweep leaves it alone meanwhile, because it was put just
/// now.
/// </summary>
internal sealed class PendingBlobs
{
    private readonly Dictionary<string, ReadOnlyMemory<byte>> _values = new(StringComparer.Ordinal);
    private readonly List<string> _files = [];

    /// <summary>Whether there is anything.</summary>
    public bool Any => _values.Count > 0 || _files.Count > 0;

    /// <summary>A value is to be stored.</summary>
    public void AddValue(string id, ReadOnlySpan<byte> content)
    {
        if (!_values.ContainsKey(id))
            _values.Add(id, content.ToArray());
    }

    /// <summary>A file that was stored before is to be kept.</summary>
    public void AddFile(string id) => _files.Add(id);

    /// <summary>
    /// Stores all of it. Where that fails all of it is still to be stored, what was stored already included: it counts as put just now
    /// then, and a sweep leaves it alone, however long it took.
    /// </summary>
    /// <exception cref="Storage.StoreException">Some of it cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    public async Task StoreAsync(IBlobStore blobs, string tenant, CancellationToken cancellation = default)
    {
        await Task.WhenAll([
            .. _values.Select(value => PutAsync(blobs, value.Key, value.Value, cancellation)),
            .. _files.Select(id => KeepAsync(blobs, tenant, id, cancellation)),
        ]);
        _values.Clear();
        _files.Clear();
    }

    private static async Task PutAsync(IBlobStore blobs, string id, ReadOnlyMemory<byte> content, CancellationToken cancellation) =>
        await blobs.PutAsync(id, content, cancellation);

    // One that is missing is nobody's trouble before somebody asks for it.
    private static async Task KeepAsync(IBlobStore blobs, string tenant, string id, CancellationToken cancellation) =>
        await blobs.KeepFileAsync(tenant, id, cancellation);
}
