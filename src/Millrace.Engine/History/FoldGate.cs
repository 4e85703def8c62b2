namespace Millrace.Engine.History;

/// <summary>
/// Lets few fold long journals at once: each takes a processor for a while, and the memory of a state. Those with little to fold do
/// not wait.
/// </summary>
internal sealed class FoldGate
{
    /// <summary>The most events that count as little.</summary>
    public const int FewEvents = 2_000;

    private readonly SemaphoreSlim _free = new(Math.Max(1, Environment.ProcessorCount / 2));

    /// <summary>Waits until there is room. Dispose what comes back when the journal is folded.</summary>
    /// <param name="events">How many events there are to fold.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    public async ValueTask<Slot> EnterAsync(long events, CancellationToken cancellation)
    {
        if (events <= FewEvents)
            return default;
        await _free.WaitAsync(cancellation);
        return new Slot(_free);
    }

    /// <summary>The right to fold.</summary>
    internal readonly struct Slot(SemaphoreSlim? free) : IDisposable
    {
        public void Dispose() => free?.Release();
    }
}
