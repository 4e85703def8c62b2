using System.Diagnostics;
using Millrace.Fuzz.Targets;

namespace Millrace.Fuzz.Running;

/// <summary>One input through one target.</summary>
/// <param name="Kind">What it came to.</param>
/// <param name="Complaint">What went wrong; null: nothing.</param>
internal sealed record Trial(string Kind, string? Complaint)
{
    // Held shared by every trial, and alone by one whose time is measured.
    private static readonly ReaderWriterLockSlim Processor = new();

    public static Trial Of(Target target, byte[] input)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            var kind = RunBesideOthers(target, input);
            return clock.Elapsed > target.Longest && ProcessorTime(target, input) > target.Longest
                ? new Trial(kind, $"takes more than {target.Longest.TotalSeconds} s")
                : new Trial(kind, null);
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

    private static string RunBesideOthers(Target target, byte[] input)
    {
        Processor.EnterReadLock();
        try
        {
            return target.Run(input);
        }
        finally
        {
            Processor.ExitReadLock();
        }
    }

    // By the processor's clock, with nothing beside it: the one on the wall also counts what a busy machine does for others.
    private static TimeSpan ProcessorTime(Target target, byte[] input)
    {
        Processor.EnterWriteLock();
        try
        {
            var before = Environment.CpuUsage.TotalTime;
            target.Run(input);
            return Environment.CpuUsage.TotalTime - before;
        }
        finally
        {
            Processor.ExitWriteLock();
        }
    }
}
