using System.Threading.Channels;
using Millrace.Engine.Blobs;
using Millrace.Engine.Storage;
using Millrace.Engine.Tests.Runtime;

namespace Millrace.Engine.Tests.Blobs;

/// <summary>Blobs that cannot be written or read, as on a full disk or without a network.</summary>
internal sealed class FaultyBlobs : IBlobStore
{
    private IBlobStore _inner = null!;
    private readonly Channel<bool> _putsFailed = Channel.CreateUnbounded<bool>();
    private readonly Channel<bool> _readsFailed = Channel.CreateUnbounded<bool>();
    private readonly TaskCompletionSource _isHeld = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _failNextPuts;
    private int _missNextReads;
    private int _failNextReads;
    private int _putting;
    private int _mostPutting;

    public int FailNextPuts { set => Volatile.Write(ref _failNextPuts, value); }

    /// <summary>How many reads find nothing, as if it was not there.</summary>
    public int MissNextReads { set => Volatile.Write(ref _missNextReads, value); }

    /// <summary>How many reads fail.</summary>
    public int FailNextReads { set => Volatile.Write(ref _failNextReads, value); }

    public Task? HoldNextPutUntil { get; set; }

    /// <summary>Ends when a put is held.</summary>
    public Task IsHeld => _isHeld.Task;

    /// <summary>How many were put at once at most.</summary>
    public int MostPutting => Volatile.Read(ref _mostPutting);

    public FaultyBlobs Decorate(IBlobStore inner)
    {
        _inner = inner;
        return this;
    }

    /// <summary>Ends when one more put has failed.</summary>
    public Task WhenPutFailedAsync() => WhenAsync(_putsFailed);

    /// <summary>Ends when one more read has failed.</summary>
    public Task WhenReadFailedAsync() => WhenAsync(_readsFailed);

    public async ValueTask PutAsync(string id, ReadOnlyMemory<byte> content, CancellationToken cancellation = default)
    {
        var putting = Interlocked.Increment(ref _putting);
        for (var most = MostPutting; putting > most; most = MostPutting)
            Interlocked.CompareExchange(ref _mostPutting, putting, most);
        try
        {
            if (Interlocked.Decrement(ref _failNextPuts) >= 0)
            {
                _putsFailed.Writer.TryWrite(true);
                throw new StoreException("The disk is full (a test says so).", rolledBack: true);
            }
            await HoldAsync();
            await _inner.PutAsync(id, content, cancellation);
        }
        finally
        {
            Interlocked.Decrement(ref _putting);
        }
    }

    public Task<(string Id, long Size)?> PutFileAsync(
        string tenant, FileHead head, Stream content, long limit, CancellationToken cancellation) =>
        _inner.PutFileAsync(tenant, head, content, limit, cancellation);

    public OpenedFile? OpenFile(string tenant, string id) => _inner.OpenFile(tenant, id);

    public ValueTask<bool> KeepFileAsync(string tenant, string id, CancellationToken cancellation = default) =>
        _inner.KeepFileAsync(tenant, id, cancellation);

    public ValueTask<byte[]?> GetAsync(string tenant, string id, CancellationToken cancellation = default)
    {
        if (Interlocked.Decrement(ref _failNextReads) >= 0)
        {
            _readsFailed.Writer.TryWrite(true);
            throw new StoreException("The disk cannot be read (a test says so).", rolledBack: true);
        }
        return Interlocked.Decrement(ref _missNextReads) >= 0 ? new((byte[]?)null) : _inner.GetAsync(tenant, id, cancellation);
    }

    public IEnumerable<string> PutBefore(DateTimeOffset time) => _inner.PutBefore(time);

    public bool Delete(string id, DateTimeOffset unlessPutSince) => _inner.Delete(id, unlessPutSince);

    private async Task HoldAsync()
    {
        if (HoldNextPutUntil is not { } released)
            return;
        HoldNextPutUntil = null;
        _isHeld.TrySetResult();
        await released;
    }

    private static async Task WhenAsync(Channel<bool> failures) => await failures.Reader.ReadAsync().AsTask().InTimeAsync();
}
