using System.Collections.Concurrent;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Runtime;

/// <summary>
/// Hands writes to the store, one transaction at a time. It takes whatever is waiting when the last transaction is done, so
/// batches grow with load, and one sync to disk carries them all; there is no timer and no added delay.
/// </summary>
public sealed class Committer(IStore store, EngineScheduler scheduler) : IThreadPoolWorkItem
{
    private const int MaxBatch = 512;

    private readonly ConcurrentQueue<Write> _waiting = new();
    private readonly List<Write> _batch = new(MaxBatch);
    private int _scheduled;
    private volatile bool _isClosed;
    private long _lastMessage;

    /// <summary>Called on the committer's thread when a write let executions start that limits held back; must only hand over.</summary>
    internal Action RoomMade { get; set; } = () => { };

    /// <summary>Messages up to this number are in their inboxes, or were taken from them: whoever reads an inbox from now on knows which.</summary>
    internal long LastMessage => Volatile.Read(ref _lastMessage);

    /// <summary>Writes soon; the write is settled once its outcome is durable.</summary>
    public void Submit(Write write)
    {
        _waiting.Enqueue(write);
        ScheduleOnce();
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
        await WriteAsync(new ClaimExecutions(DateTimeOffset.MinValue, 0));
        _isClosed = true;
    }

    void IThreadPoolWorkItem.Execute()
    {
        while (TakeBatch())
        {
            WriteBatch();
            _batch.Clear();
        }
        Interlocked.Exchange(ref _scheduled, 0);
        // A write that was enqueued after the last look, but before the flag was cleared, found it set.
        if (!_waiting.IsEmpty)
            ScheduleOnce();
    }

    private void ScheduleOnce()
    {
        if (Interlocked.Exchange(ref _scheduled, 1) == 0)
            scheduler.Schedule(this);
    }

    private bool TakeBatch()
    {
        while (_batch.Count < MaxBatch && _waiting.TryDequeue(out var write))
            _batch.Add(write);
        return _batch.Count > 0;
    }

    private void WriteBatch()
    {
        var failure = TryWrite(_batch);
        if (failure is { RolledBack: true } && _batch.Count > 1)
        {
            // One of them is at fault; alone, the others succeed.
            foreach (var write in _batch)
                WriteAlone(write);
            return;
        }
        foreach (var write in _batch)
            Settle(write, failure);
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
        if (_isClosed)
            return new StoreException("The store is closed: the engine has stopped.", rolledBack: true);
        try
        {
            store.Write(batch);
            return null;
        }
        catch (StoreException e)
        {
            return e;
        }
    }
}
