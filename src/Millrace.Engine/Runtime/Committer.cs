using System.Collections.Concurrent;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Runtime;

/// <summary>
/// Hands writes to the store, one transaction at a time. It takes whatever is waiting when the last transaction is done, so
/// batches grow with load, and one sync to disk carries them all; there is no timer and no added delay. While writes come one
/// at a time, whoever brings one may write it himself: two changes of threads would cost as much as the disk.
/// </summary>
/// <param name="store">Where it writes.</param>
/// <param name="scheduler">Where it runs.</param>
/// <param name="borrowsCallers">Whether a lone write may be written on the thread that brings it.</param>
public sealed class Committer(IStore store, EngineScheduler scheduler, bool borrowsCallers = false) : IThreadPoolWorkItem
{
    private const int MaxBatch = 512;

    private readonly ConcurrentQueue<Write> _waiting = new();
    private readonly List<Write> _batch = new(MaxBatch);
    private int _scheduled;
    private bool _wasAlone = true;
    private volatile bool _isClosed;
    private StoreException? _lost;
    private long _lastMessage;

    /// <summary>Called on the committer's thread when a write let executions start that limits held back; must only hand over.</summary>
    internal Action RoomMade { get; set; } = () => { };

    /// <summary>Called once where the store can be trusted no more: nothing is written to it after that.</summary>
    internal Action<StoreException> StoreLost { get; set; } = _ => { };

    /// <summary>Messages up to this number are in their inboxes, or were taken from them: whoever reads an inbox from now on knows which.</summary>
    internal long LastMessage => Volatile.Read(ref _lastMessage);

    /// <summary>See <see cref="EngineOptions.Reached"/>.</summary>
    internal Action<CrashPoint>? Reached { get; set; }

    /// <summary>Writes soon; the write is settled once its outcome is durable.</summary>
    public void Submit(Write write)
    {
        _waiting.Enqueue(write);
        if (Interlocked.Exchange(ref _scheduled, 1) != 0)
            return;
        if (borrowsCallers && _wasAlone)
            WriteHere();
        else
            scheduler.Schedule(this);
    }

    /// <summary>Writes, and answers once the outcome is durable.</summary>
    public Task<WriteOutcome> WriteAsync(Write write)
    {
        var settled = write.WhenSettled();
        Submit(write);
        return settled;
    }

    /// <summary>Writes what was submitted so far, and nothing after that: later writes are settled as failed.</summary>
    public async Task CloseAsync()
    {
        if (_lost is not null)
            return;
        try
        {
            await WriteAsync(new ClaimExecutions(DateTimeOffset.MinValue, 0));
        }
        finally
        {
            _isClosed = true;
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        while (TakeBatch())
            WriteBatch();
        Leave();
    }

    // Once, so that nobody who brings a write is kept for those of others.
    private void WriteHere()
    {
        if (TakeBatch())
            WriteBatch();
        if (_waiting.IsEmpty)
            Leave();
        else
            scheduler.Schedule(this);
    }

    // A write that was enqueued after the last look, but before the flag was cleared, found it set.
    private void Leave()
    {
        Interlocked.Exchange(ref _scheduled, 0);
        if (!_waiting.IsEmpty && Interlocked.Exchange(ref _scheduled, 1) == 0)
            scheduler.Schedule(this);
    }

    private bool TakeBatch()
    {
        while (_batch.Count < MaxBatch && _waiting.TryDequeue(out var write))
            _batch.Add(write);
        if (_batch.Count == 0)
            return false;
        _wasAlone = _batch.Count == 1;
        return true;
    }

    private void WriteBatch()
    {
        SettleBatch(TryWrite(_batch));
        _batch.Clear();
    }

    private void SettleBatch(StoreException? failure)
    {
        if (failure is { RolledBack: true } && _batch.Count > 1)
        {
            // One of them is at fault; alone, the others succeed.
            foreach (var write in _batch)
                WriteAlone(write);
            return;
        }
        foreach (var write in _batch)
            Settle(write, failure);
        Reached?.Invoke(CrashPoint.BatchSettled);
        if (failure is null && _batch.Exists(write => write.MakesRoom))
            RoomMade();
    }

    private void WriteAlone(Write write)
    {
        var failure = TryWrite([write]);
        Settle(write, failure);
        if (failure is null && write.MakesRoom)
            RoomMade();
    }

    private void Settle(Write write, StoreException? failure)
    {
        if (failure is null && write.LastMessage > _lastMessage)
            Volatile.Write(ref _lastMessage, write.LastMessage);
        write.Settle(failure);
    }

    private StoreException? TryWrite(IReadOnlyList<Write> batch)
    {
        if (_lost is not null)
            return new StoreException(_lost.Message, rolledBack: true, _lost);
        if (_isClosed)
            return new StoreException("The store is closed: the engine has stopped.", rolledBack: true);
        try
        {
            Reached?.Invoke(CrashPoint.BatchTaken);
            store.Write(batch);
            Reached?.Invoke(CrashPoint.BatchDurable);
            return null;
        }
        catch (StoreException e)
        {
            if (e.IsFinal)
                StoreLost(_lost = e);
            return e;
        }
    }
}
