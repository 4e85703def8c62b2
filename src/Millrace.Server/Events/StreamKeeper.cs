using System.Collections.Concurrent;

namespace Millrace.Server.Events;

/// <summary>
/// Looks after all open streams with one timer: those that were silent get a comment, so that nothing on the way takes the silence for the end, and those
/// whose readers do not read are cut off, so that they hold nothing for long.
/// </summary>
internal sealed class StreamKeeper : IDisposable
{
    /// <summary>How often it looks. A stream that could not send what it has between two looks is cut off at the second.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<EventStream, bool> _streams = new();
    private readonly ITimer _timer;

    public StreamKeeper(TimeProvider time) => _timer = time.CreateTimer(static keeper => ((StreamKeeper)keeper!).Look(), this, Interval, Interval);

    public void Add(EventStream stream) => _streams[stream] = true;

    public void Remove(EventStream stream) => _streams.TryRemove(stream, out _);

    public void Dispose() => _timer.Dispose();

    /// <summary>Looks after the streams now.</summary>
    public void Look()
    {
        foreach (var stream in _streams.Keys)
            stream.Keep();
    }
}
