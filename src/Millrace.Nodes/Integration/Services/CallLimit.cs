namespace Millrace.Nodes.Integration.Services;

/// <summary>How much of one integration this process asks: so many calls at once, and their beginnings so far apart.</summary>
/// <param name="concurrency">The most calls at once; null: any number.</param>
/// <param name="interval">The least time between two beginnings; null: none.</param>
internal sealed class CallLimit(int? concurrency, TimeSpan? interval)
{
    private readonly SemaphoreSlim? _slots = concurrency is { } most ? new SemaphoreSlim(most) : null;
    private readonly Lock _gate = new();
    private DateTimeOffset _next = DateTimeOffset.MinValue;

    /// <summary>Whether it says the same as another.</summary>
    public bool Is(int? otherConcurrency, TimeSpan? otherInterval) => concurrency == otherConcurrency && interval == otherInterval;

    /// <summary>Ends when a call may begin; <see cref="Leave"/> follows it.</summary>
    public async Task EnterAsync(TimeProvider time, CancellationToken cancellation)
    {
        if (_slots is not null)
            await _slots.WaitAsync(cancellation);
        try
        {
            var wait = Reserve(time.GetUtcNow());
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait, time, cancellation);
        }
        catch
        {
            Leave();
            throw;
        }
    }

    /// <summary>A call has ended.</summary>
    public void Leave() => _slots?.Release();

    private TimeSpan Reserve(DateTimeOffset now)
    {
        if (interval is not { } apart)
            return TimeSpan.Zero;
        lock (_gate)
        {
            var begin = _next > now ? _next : now;
            _next = begin + apart;
            return begin - now;
        }
    }
}
