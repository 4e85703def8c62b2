using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Engine.Operations;

/// <summary>Whether the store answers, and takes writes.</summary>
public sealed class StoreHealth(IStore store, Committer committer, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private Task<StoreTrouble?>? _trial;
    private StoreTrouble? _last;

    /// <summary>Asks for what costs little: something read, and a write that writes nothing. Null: all is well.</summary>
    public async ValueTask<StoreTrouble?> FindTroubleAsync(CancellationToken cancellation)
    {
        try
        {
            await store.NextWakeAsync(cancellation);
        }
        catch (StoreException failure)
        {
            return failure.Trouble;
        }
        return await FindWriteTroubleAsync(cancellation);
    }

    // Writing may have to wait for longer than whoever asks does. Then it is what it was the last time, until it is known.
    private async ValueTask<StoreTrouble?> FindWriteTroubleAsync(CancellationToken cancellation)
    {
        try
        {
            return await Trial().WaitAsync(Patience, time, cancellation);
        }
        catch (TimeoutException)
        {
            lock (_gate)
                return _last ?? StoreTrouble.Slow;
        }
    }

    // One for all who ask meanwhile.
    private Task<StoreTrouble?> Trial()
    {
        lock (_gate)
            return _trial is { IsCompleted: false } running ? running : _trial = TryAsync();
    }

    private async Task<StoreTrouble?> TryAsync()
    {
        // Off the caller's thread, which a lone write would be made on, and kept.
        await Task.Yield();
        var trouble = await WriteNothingAsync();
        lock (_gate)
            return _last = trouble;
    }

    private async Task<StoreTrouble?> WriteNothingAsync()
    {
        try
        {
            await committer.CommitAsync(new ClaimExecutions(DateTimeOffset.MinValue, 0));
            return null;
        }
        catch (StoreException failure)
        {
            // Overload is no trouble: what waits gets its turn.
            return failure.IsBusy ? null : failure.Trouble;
        }
    }
}
