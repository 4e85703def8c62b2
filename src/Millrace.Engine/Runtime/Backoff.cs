namespace Millrace.Engine.Runtime;

/// <summary>
/// How long to wait before something that failed is tried again: a second, and twice as long after each failure, up to a limit.
/// </summary>
/// <param name="most">The limit.</param>
internal sealed class Backoff(TimeSpan most)
{
    /// <summary>The usual limit: long enough to leave what is in trouble alone, short enough that its recovery is soon noticed.</summary>
    public static readonly TimeSpan Most = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);

    private TimeSpan _next = First;

    /// <summary>It failed once more: how long to wait now.</summary>
    public TimeSpan Next()
    {
        var next = _next < most ? _next : most;
        _next = next * 2;
        return next;
    }

    /// <summary>It succeeded.</summary>
    public void Reset() => _next = First;
}
