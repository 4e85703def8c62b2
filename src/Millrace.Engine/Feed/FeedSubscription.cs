using System.Threading.Channels;

namespace Millrace.Engine.Feed;

/// <summary>
/// What one follower was told and has not taken yet. It never blocks who tells it: where it would hold too much it forgets everything, and the
/// follower reads on from the store.
/// </summary>
internal sealed class FeedSubscription(EventFeed feed, bool withTokens) : IDisposable
{
    /// <summary>How many bytes it holds at most.</summary>
    public const int MaxBytes = 256 * 1024;

    // What an item costs beside its text.
    private const int ItemBytes = 128;

    private readonly Lock _gate = new();
    private readonly Queue<FeedItem> _items = new();
    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true, AllowSynchronousContinuations = false });
    private int _bytes;
    // What the follower works on: taken, and not yet done with.
    private int _held;
    private bool _isBehind;

    /// <summary>Whether events of this size fit at all.</summary>
    public static bool Fits(int bytes) => bytes + ItemBytes <= MaxBytes;

    /// <summary>Hands over what was committed.</summary>
    public void Offer(FeedEvents events)
    {
        lock (_gate)
        {
            if (_isBehind)
                return;
            if (!TryAdd(events))
                ForgetAll();
        }
        _news.Writer.TryWrite(true);
    }

    /// <summary>Hands over a piece of a result. Without room it is lost, which costs less than being behind would.</summary>
    public void Offer(FeedToken token)
    {
        lock (_gate)
        {
            if (!withTokens || _isBehind || !TryAdd(token))
                return;
        }
        _news.Writer.TryWrite(true);
    }

    /// <summary>There is something in the store that it was not told of.</summary>
    public void FallBehind()
    {
        lock (_gate)
        {
            if (_isBehind)
                return;
            ForgetAll();
        }
        _news.Writer.TryWrite(true);
    }

    /// <summary>Forgets what it was told: the follower is about to read the store, which has all of it.</summary>
    public void BeginAnew()
    {
        lock (_gate)
        {
            ForgetAll();
            _isBehind = false;
        }
    }

    /// <summary>Takes the next item, and lets go of the one before; null: there is none, or the follower is behind.</summary>
    public FeedItem? Take()
    {
        lock (_gate)
        {
            var size = _items.TryDequeue(out var item) ? SizeOf(item) : 0;
            _bytes -= size;
            feed.Account(-_held);
            _held = size;
            return item;
        }
    }

    /// <summary>The follower works on something of this size, and on nothing that it had before.</summary>
    public void Hold(int bytes)
    {
        lock (_gate)
        {
            feed.Account(bytes - _held);
            _held = bytes;
        }
    }

    /// <summary>Waits until there is something to take, or to read.</summary>
    /// <returns>Whether there is something to take; else the follower is behind.</returns>
    public async ValueTask<bool> WaitAsync(CancellationToken cancellation)
    {
        while (true)
        {
            lock (_gate)
            {
                if (_isBehind || _items.Count > 0)
                    return !_isBehind;
            }
            await _news.Reader.ReadAsync(cancellation);
        }
    }

    /// <summary>Lets go of everything.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            ForgetAll();
            feed.Account(-_held);
            _held = 0;
        }
    }

    private bool TryAdd(FeedItem item)
    {
        var size = SizeOf(item);
        if (_bytes + size > MaxBytes)
            return false;
        _items.Enqueue(item);
        _bytes += size;
        feed.Account(size);
        return true;
    }

    private void ForgetAll()
    {
        _isBehind = true;
        _items.Clear();
        feed.Account(-_bytes);
        _bytes = 0;
    }

    private static int SizeOf(FeedItem item) => ItemBytes + item switch
    {
        FeedEvents events => events.Text.Length,
        FeedToken token => sizeof(char) * token.Text.Length,
        _ => throw new InvalidOperationException($"Unknown item {item.GetType().Name}."),
    };
}
