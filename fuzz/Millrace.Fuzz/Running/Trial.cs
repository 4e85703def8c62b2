using System.Diagnostics;
using Millrace.Fuzz.Targets;

namespace Millrace.Fuzz.Running;

/// <summary>One input through one target.</summary>
/// <param name="Kind">What it came to.</param>
/// <param name="Complaint">What went wrong; null: nothing.</param>
internal sealed record Trial(string Kind, string? Complaint)
{
    private static readonly TimeSpan LongestRun = TimeSpan.FromSeconds(2);

    public static Trial Of(Target target, byte[] input)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            var kind = target.Run(input);
            return clock.Elapsed > LongestRun && IsSlow(target, input) ? new Trial(kind, $"takes longer than {LongestRun.TotalSeconds} s") : new Trial(kind, null);
        }
        catch (PropertyException e)
        {
            return new Trial("property", e.Message);
        }
        // Whatever else comes out of a target is what is being looked for.
        catch (Exception e)
        {
            return new Trial(e.GetType().Name, e.ToString());
        }
    }

    /// <summary>What finds with the same cause have in common: a property's words, or where an exception comes from.</summary>
    public static string KindOf(string complaint)
    {
        var lines = complaint.Split('\n');
        if (Array.Find(lines, line => line.TrimStart().StartsWith("at Millrace.", StringComparison.Ordinal)) is { } frame)
            return lines[0].Split(':')[0] + frame.Split(" in ")[0].Trim();
        return string.Join(' ', lines[0].Split(' ').Where(word => word.All(char.IsAsciiLetter)).Take(8));
    }

    // Only the fastest of several runs tells an expensive input from a busy machine.
    private static bool IsSlow(Target target, byte[] input)
    {
        for (var i = 0; i < 4; i++)
        {
            var clock = Stopwatch.StartNew();
            target.Run(input);
            if (clock.Elapsed <= LongestRun)
                return false;
        }
        return true;
    }
}
