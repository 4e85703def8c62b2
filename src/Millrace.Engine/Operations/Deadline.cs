namespace Millrace.Engine.Operations;

/// <summary>Keeps waiting within a deadline.</summary>
internal static class Deadline
{
    /// <summary>How long to wait: as long as wanted, but not beyond the deadline. Zero: it has passed.</summary>
    /// <param name="wanted">How long somebody wants to wait.</param>
    /// <param name="deadline">The deadline; null: none.</param>
    /// <param name="now">The current time.</param>
    public static TimeSpan Limit(TimeSpan wanted, DateTimeOffset? deadline, DateTimeOffset now)
    {
        if (deadline is not { } end || end - now >= wanted)
            return wanted;
        return end > now ? end - now : TimeSpan.Zero;
    }
}
