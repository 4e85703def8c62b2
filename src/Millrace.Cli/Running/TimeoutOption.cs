using Millrace.Core.Definitions;

namespace Millrace.Cli.Running;

/// <summary>How long a run may take.</summary>
internal static class TimeoutOption
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    /// <summary>Reads it; null: it was not given. Where it cannot be read, the problem is a sentence.</summary>
    public static (TimeSpan? Limit, string? Problem) Read(string? text)
    {
        if (text is null)
            return (null, null);
        return Durations.TryParse(text, out var limit) && limit > TimeSpan.Zero && limit <= Longest
            ? (limit, null)
            : (null, $"--timeout is '{text}'. Write a time such as 30s, 5m or PT1H, at most {Longest.Days} days.");
    }
}
