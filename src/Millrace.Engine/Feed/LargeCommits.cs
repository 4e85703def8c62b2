using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Reads;

namespace Millrace.Engine.Feed;

/// <summary>
/// Commits with more events than a page holds, while somebody reads them. Each is read once, for all who read it at the time: to look for a
/// page in the middle of one means to read all of it. What they hold together is bounded; beyond that each page is read by itself.
/// </summary>
/// <param name="store">Where they are.</param>
/// <param name="account">Told how many bytes more are held.</param>
internal sealed class LargeCommits(IJournalReads store, Action<int> account)
{
    /// <summary>How many bytes of events are held at most, one commit excepted.</summary>
    public const int MaxBytes = 64 * 1024 * 1024;

    private readonly SemaphoreSlim _reading = new(1);
    private readonly Lock _gate = new();
    private readonly Dictionary<(string ExecutionId, long LastSeq), Held> _held = [];
    private long _bytes;

    /// <summary>
    /// Has a commit at hand until what comes back is disposed of; null: too much is held already, or it is gone.
    /// </summary>
    /// <param name="tenant">Whose it is.</param>
    /// <param name="executionId">The execution.</param>
    /// <param name="workflowId">Its workflow.</param>
    /// <param name="part">A part of the commit.</param>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public async ValueTask<Held?> HoldAsync(string tenant, string executionId, string workflowId, JournalEntry part)
    {
        var key = (executionId, part.PartOf!.Value);
        bool isFirst;
        Held? held;
        lock (_gate)
        {
            isFirst = !_held.TryGetValue(key, out held);
            if (isFirst)
                _held.Add(key, held = new Held(this, key));
            held!.Readers++;
        }
        if (isFirst)
            await ReadAsync(held, tenant, workflowId, part);
        try
        {
            await held.IsRead;
        }
        catch
        {
            held.Dispose();
            throw;
        }
        if (held.Events is not null)
            return held;
        held.Dispose();
        return null;
    }

    // One at a time: how large one is, is known only then. What fails is told to all who wait for it.
    private async Task ReadAsync(Held held, string tenant, string workflowId, JournalEntry part)
    {
        await _reading.WaitAsync();
        try
        {
            var id = held.Key.ExecutionId;
            var hasRoom = Volatile.Read(ref _bytes) < MaxBytes;
            if (hasRoom && await store.ReadJournalAsync(tenant, id, part.FirstSeq - 1, limit: 1) is [var entry])
                Take(held, FeedEvents.Of(id, workflowId, entry));
            held.Ready();
        }
        catch (Exception e)
        {
            held.Failed(e);
        }
        finally
        {
            _reading.Release();
        }
    }

    private void Take(Held held, FeedEvents events)
    {
        held.Events = events;
        lock (_gate)
            _bytes += events.Text.Length;
        account(events.Text.Length);
    }

    private void Release(Held held)
    {
        var freed = 0;
        lock (_gate)
        {
            if (--held.Readers > 0)
                return;
            _held.Remove(held.Key);
            freed = held.Events?.Text.Length ?? 0;
            _bytes -= freed;
        }
        account(-freed);
    }

    /// <summary>A commit at hand.</summary>
    internal sealed class Held(LargeCommits all, (string ExecutionId, long LastSeq) key) : IDisposable
    {
        private readonly TaskCompletionSource _read = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public (string ExecutionId, long LastSeq) Key => key;

        public int Readers { get; set; }

        /// <summary>All of its events; null: they are gone.</summary>
        public FeedEvents? Events { get; set; }

        /// <summary>Ends when the events are there.</summary>
        public Task IsRead => _read.Task;

        public void Ready() => _read.SetResult();

        public void Failed(Exception e) => _read.SetException(e);

        /// <summary>Its events after one, cut into pieces of no more than some bytes, or of one event.</summary>
        public IEnumerable<FeedEvents> Pieces(long after, int maxBytes, long position)
        {
            for (var rest = Events!.After(after); rest is not null; rest = rest.After(after))
            {
                var piece = rest.First(maxBytes) with { Position = position };
                after = piece.LastSeq;
                yield return piece;
            }
        }

        public void Dispose() => all.Release(this);
    }
}
