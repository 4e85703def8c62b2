using System.Diagnostics;

namespace Millrace.Bench;

/// <summary>Measures operations and prints a line for each.</summary>
internal sealed class Report(TextWriter output)
{
    private static readonly TimeSpan Warmup = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(4);

    public void Heading(string title)
    {
        output.WriteLine();
        output.WriteLine(
            $"{title,-54} {"ops/s",12} {"items/s",12} {"p50 µs/op",12} {"p99 µs/op",12} {"max µs/op",12} {"cpu µs/item",12} "
                + $"{"bytes/item",12}");
    }

    /// <summary>Runs an operation for some seconds after a warm-up.</summary>
    /// <param name="name">What it is.</param>
    /// <param name="items">How many things one operation does.</param>
    /// <param name="operation">The operation.</param>
    public void Measure(string name, int items, Action operation)
    {
        for (var warmup = Stopwatch.StartNew(); warmup.Elapsed < Warmup;)
            operation();

        var times = new List<double>(1_000_000);
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var processor = Environment.CpuUsage.TotalTime;
        var total = Stopwatch.StartNew();
        while (total.Elapsed < Duration)
        {
            var start = Stopwatch.GetTimestamp();
            operation();
            times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }

        var seconds = total.Elapsed.TotalSeconds;
        var cpu = (Environment.CpuUsage.TotalTime - processor).TotalMicroseconds / times.Count / items;
        var bytes = (double)(GC.GetAllocatedBytesForCurrentThread() - allocated) / times.Count / items;
        times.Sort();
        output.WriteLine(
            $"{name,-54} {times.Count / seconds,12:N0} {times.Count * items / seconds,12:N0} {At(times, 0.5),12:N1} {At(times, 0.99),12:N1} {times[^1],12:N0} {cpu,12:N2} {bytes,12:N0}");
    }

    /// <summary>Adds a line for what was measured elsewhere.</summary>
    /// <param name="name">What it is.</param>
    /// <param name="times">Microseconds of each operation.</param>
    /// <param name="duration">How long it ran.</param>
    /// <param name="processor">Processor time that the measured process used.</param>
    /// <param name="bytes">Bytes that it allocated; null: not known.</param>
    public void Add(string name, List<double> times, TimeSpan duration, TimeSpan processor, long? bytes = null)
    {
        times.Sort();
        var rate = times.Count / duration.TotalSeconds;
        var cpu = processor.TotalMicroseconds / times.Count;
        var each = bytes is { } all ? $"{(double)all / times.Count,12:N0}" : $"{"-",12}";
        output.WriteLine(
            $"{name,-54} {rate,12:N0} {rate,12:N0} {At(times, 0.5),12:N1} {At(times, 0.99),12:N1} {times[^1],12:N0} {cpu,12:N1} {each}");
    }

    private static double At(List<double> sorted, double share) => sorted[(int)((sorted.Count - 1) * share)];
}
