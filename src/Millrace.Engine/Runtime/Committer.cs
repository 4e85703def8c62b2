using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Engine.Runtime;

/// <summary>
/// Hands mutations to the store, one transaction at a time and in order. It takes whatever is waiting when the last transaction is done, so
/// batches grow with load, and one sync to disk carries them all; there is no timer and no added delay. While mutations come one
/// at a time, whoever brings one may commit it on the same thread: two changes of threads would cost as much as the disk.
/// </summary>
/// <param name="store">The store to write to.</param>
/// <param name="scheduler">The scheduler whose thread writes.</param>
/// <param name="borrowsCallers">Whether a lone mutation may be committed on the thread that brings it.</param>
/// <param name="maxWaiting">How many mutations may wait before those from outside are refused.</param>
/// <param name="logger">Hears of what must not happen; null: nobody does.</param>
public sealed class Committer(
    IStore store, EngineScheduler scheduler, bool borrowsCallers = false, int maxWaiting = Committer.MaxWaiting, ILogger<Committer>? logger = null)
    : IThreadPoolWorkItem
{
    /// <summary>How many mutations may wait, unless the constructor says otherwise. Each is one request or one execution that is kept waiting.</summary>
    public const int MaxWaiting = 20_000;

    private const int MaxBatch = 512;

    private readonly ConcurrentQueue<Waiting> _waiting = new();
    private readonly List<Mutation> _batch = new(MaxBatch);
    private readonly List<ICommitListener> _listeners = new(MaxBatch);
    private readonly ILogger _logger = logger ?? NullLogger<Committer>.Instance;
    private int _waitingCount;
    private int _scheduled;
    private bool _wasAlone = true;
    private volatile bool _isClosed;
    private StoreException? _lost;
    private ExceptionDispatchInfo? _brokenListener;
    private long _lastMessage;

    /// <summary>Called on the committer's thread when a mutation let executions start that limits held back; must only hand over.</summary>
    internal Action RoomMade { get; set; } = () => { };

    /// <summary>Called once where the store, or this committer, can be trusted no more: nothing is written after that.</summary>
    internal Action<StoreException> StoreLost { get; set; } = _ => { };

    /// <summary>Messages up to this number are in their inboxes, or were taken from them: whoever reads an inbox from now on knows which.</summary>
    internal long LastMessage => Volatile.Read(ref _lastMessage);

    /// <summary>See <see cref="EngineOptions.Reached"/>.</summary>
    internal Action<CrashPoint>? Reached { get; set; }

    /// <summary>Commits a mutation, and answers once its outcome is durable.</summary>
    /// <exception cref="StoreException">Nothing was written, or it is unknown; or the store is so far behind that this was not tried.</exception>
    public Task<CommitResult> CommitAsync(Mutation mutation)
    {
        ThrowIfBusy();
        var answer = new CommitAnswer();
        Submit(mutation, answer);
        return answer.Task;
    }

    /// <summary>Refuses what comes from outside while too much waits: memory would go first, and a caller can come again.</summary>
    /// <exception cref="StoreException">It is so.</exception>
    internal void ThrowIfBusy()
    {
        if (Volatile.Read(ref _waitingCount) >= maxWaiting)
            throw new StoreException($"The store is busy: {maxWaiting} writes already wait for the disk.", rolledBack: true) { IsBusy = true };
    }

    /// <summary>Commits a mutation soon, however many wait: for executions that are in memory, each of which waits for one at most.</summary>
    internal void Submit(Mutation mutation, ICommitListener listener)
    {
        Interlocked.Increment(ref _waitingCount);
        _waiting.Enqueue(new Waiting(mutation, listener));
        if (Interlocked.Exchange(ref _scheduled, 1) != 0)
            return;
        if (borrowsCallers && _wasAlone)
            CommitHere();
        else
            scheduler.Schedule(this);
    }

    /// <summary>Writes what was submitted so far, and nothing after that: later mutations fail.</summary>
    public async Task CloseAsync()
    {
        if (_lost is not null)
            return;
        try
        {
            var last = new CommitAnswer();
            Submit(new ClaimExecutions(DateTimeOffset.MinValue, 0), last);
            await last.Task;
        }
        finally
        {
            _isClosed = true;
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        while (TakeBatch())
        {
            if (!CommitBatch())
                return;
        }
        Leave();
    }

    // Once, so that nobody who brings a mutation is kept for those of others.
    private void CommitHere()
    {
        try
        {
            if (TakeBatch() && !CommitBatch())
                return;
        }
        catch
        {
            // This thread is a caller's, and may well survive. Those who wait are to be refused.
            scheduler.Schedule(this);
            throw;
        }
        if (_waiting.IsEmpty)
            Leave();
        else
            scheduler.Schedule(this);
    }

    // A mutation that was enqueued after the last look, but before the flag was cleared, found it set.
    private void Leave()
    {
        Interlocked.Exchange(ref _scheduled, 0);
        if (!_waiting.IsEmpty && Interlocked.Exchange(ref _scheduled, 1) == 0)
            scheduler.Schedule(this);
    }

    private bool TakeBatch()
    {
        while (_batch.Count < MaxBatch && _waiting.TryDequeue(out var waiting))
        {
            _batch.Add(waiting.Mutation);
            _listeners.Add(waiting.Listener);
        }
        if (_batch.Count == 0)
            return false;
        Interlocked.Add(ref _waitingCount, -_batch.Count);
        _wasAlone = _batch.Count == 1;
        return true;
    }

    // False: the store takes its time. Until it answers nothing else is handed to it, for the flag stays set; then the work goes on.
    private bool CommitBatch()
    {
        var committed = CommitBatchAsync();
        if (committed.IsCompleted)
        {
            committed.GetAwaiter().GetResult();
            return true;
        }
        _ = GoOnAsync(committed);
        return false;
    }

    private async Task GoOnAsync(ValueTask committed)
    {
        try
        {
            await committed;
        }
        catch (Exception e)
        {
            // No thread of ours is there to end the process with; it ends because the store is lost. Those who wait are refused.
            _logger.LogDebug(e, "From now on the committer only refuses");
        }
        scheduler.Schedule(this);
    }

    private async ValueTask CommitBatchAsync()
    {
        try
        {
            var (results, failure) = await TryCommitAsync(_batch);
            if (failure is { RolledBack: true } && _batch.Count > 1)
            {
                // One of them is at fault; alone, the others succeed.
                for (var index = 0; index < _batch.Count; index++)
                    await CommitAloneAsync(index);
            }
            else
            {
                Settle(results, failure);
            }
            if (Interlocked.Exchange(ref _brokenListener, null) is { } broken)
                broken.Throw();
        }
        catch (Exception e)
        {
            Break(e);
            throw;
        }
        finally
        {
            _batch.Clear();
            _listeners.Clear();
        }
    }

    // Somebody may not know what became of a mutation, and waits for ever: nothing can go on from here but a new start.
    private void Break(Exception e)
    {
        _logger.LogCritical(e, "The committer broke: nothing is written any more, and the process has to be started again");
        if (_lost is not null)
            return;
        _lost = new StoreException($"Nothing is written any more, because the committer broke: {e.Message} Start the process again.", rolledBack: true, e);
        StoreLost(_lost);
    }

    private async ValueTask CommitAloneAsync(int index)
    {
        var (results, failure) = await TryCommitAsync([_batch[index]]);
        Settle(index, results.Count > 0 ? results[0] : null, failure);
        if (failure is null && results[0].MakesRoom)
            RoomMade();
    }

    // From here to the end of the batch nothing may fail: what is durable must be told to everybody who waits for it. Listeners only hand over.
    // One that throws does not keep it from the others; then this committer is broken, because that one may wait for ever.
    private void Settle(IReadOnlyList<CommitResult> results, StoreException? failure)
    {
        var makesRoom = false;
        for (var index = 0; index < _batch.Count; index++)
        {
            var result = results.Count > 0 ? results[index] : null;
            makesRoom |= result?.MakesRoom == true;
            Settle(index, result, failure);
        }
        Reached?.Invoke(CrashPoint.BatchSettled);
        if (makesRoom && failure is null)
            RoomMade();
    }

    private void Settle(int index, CommitResult? result, StoreException? failure)
    {
        if (failure is null && result!.LastMessage > _lastMessage)
            Volatile.Write(ref _lastMessage, result.LastMessage);
        try
        {
            _listeners[index].Settled(result, failure);
        }
        catch (Exception e)
        {
            _brokenListener ??= ExceptionDispatchInfo.Capture(e);
        }
    }

    private async ValueTask<(IReadOnlyList<CommitResult> Results, StoreException? Failure)> TryCommitAsync(IReadOnlyList<Mutation> batch)
    {
        if (_lost is not null)
            return ([], new StoreException(_lost.Message, rolledBack: true, _lost) { Trouble = _lost.Trouble });
        if (_isClosed)
            return ([], new StoreException("The store is closed: the engine has stopped.", rolledBack: true));
        try
        {
            Reached?.Invoke(CrashPoint.BatchTaken);
            var results = await store.CommitAsync(batch);
            Reached?.Invoke(CrashPoint.BatchDurable);
            return (results, null);
        }
        catch (StoreException e)
        {
            if (e.IsFinal)
                StoreLost(_lost = e);
            return (e.Results, e);
        }
    }

    private readonly record struct Waiting(Mutation Mutation, ICommitListener Listener);
}
