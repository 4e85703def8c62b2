using System.Globalization;

namespace Millrace.Cli.Output;

/// <summary>Lengths of time for people.</summary>
internal static class Lengths
{
    /// <summary>"12 ms", "1.2 s", "3 min 5 s", "2 h 10 min".</summary>
    public static string Of(TimeSpan length) => length switch
    {
        { TotalMilliseconds: < 1000 } => $"{(long)Math.Max(0, length.TotalMilliseconds)} ms",
        { TotalSeconds: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(length.TotalSeconds * 10) / 10:0.0} s"),
        { TotalHours: < 1 } => $"{length.Minutes} min {length.Seconds} s",
        _ => $"{(long)length.TotalHours} h {length.Minutes} min",
    };

    public static string Of(long milliseconds) => Of(TimeSpan.FromMilliseconds(milliseconds));
}
