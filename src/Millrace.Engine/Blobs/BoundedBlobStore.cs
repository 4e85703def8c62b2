namespace Millrace.Engine.Blobs;

/// <summary>
/// A blob store with few writes of values under way at once, however many executions wait for theirs: one commit may have hundreds, and
/// neither a disk nor a service is faster for being asked for all of them together. Others go on as before.
/// </summary>
/// <param name="inner">The store behind it.</param>
internal sealed class BoundedBlobStore(IBlobStore inner) : IBlobStore
{
    /// <summary>How many values a process writes at once; more wait.</summary>
    public const int MaxParallelPuts = 8;

    private readonly SemaphoreSlim _free = new(MaxParallelPuts);

    /// <inheritdoc/>
    public int LargestInline => inner.LargestInline;

    /// <inheritdoc/>
    public async ValueTask PutAsync(string id, ReadOnlyMemory<byte> content, CancellationToken cancellation = default)
    {
        await EnterAsync(cancellation);
        try
        {
            await inner.PutAsync(id, content, cancellation);
        }
        finally
        {
            _free.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> KeepFileAsync(string tenant, string id, CancellationToken cancellation = default)
    {
        await EnterAsync(cancellation);
        try
        {
            return await inner.KeepFileAsync(tenant, id, cancellation);
        }
        finally
        {
            _free.Release();
        }
    }

    // The wait itself is not cancelled: those that are written are, and make room. A wait that can be cancelled would go on elsewhere than
    // its caller.
    private async ValueTask EnterAsync(CancellationToken cancellation)
    {
        await _free.WaitAsync(CancellationToken.None);
        if (!cancellation.IsCancellationRequested)
            return;
        _free.Release();
        cancellation.ThrowIfCancellationRequested();
    }

    /// <inheritdoc/>
    public ValueTask<byte[]?> GetAsync(string tenant, string id, CancellationToken cancellation = default) =>
        inner.GetAsync(tenant, id, cancellation);

    /// <inheritdoc/>
    public Task<(string Id, long Size)?> PutFileAsync(
        string tenant, FileHead head, Stream content, long limit, CancellationToken cancellation) =>
        inner.PutFileAsync(tenant, head, content, limit, cancellation);

    /// <inheritdoc/>
    public OpenedFile? OpenFile(string tenant, string id) => inner.OpenFile(tenant, id);

    /// <inheritdoc/>
    public IEnumerable<string> PutBefore(DateTimeOffset time) => inner.PutBefore(time);

    /// <inheritdoc/>
    public bool Delete(string id, DateTimeOffset unlessPutSince) => inner.Delete(id, unlessPutSince);
}
