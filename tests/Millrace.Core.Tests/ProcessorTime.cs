using System.Diagnostics;

namespace Millrace.Core.Tests;

/// <summary>Measures work by the processor's clock: a busy machine makes it no longer, only tests beside it do.</summary>
internal static class ProcessorTime
{
    public static TimeSpan Of(Action work)
    {
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        work();
        process.Refresh();
        return process.TotalProcessorTime - before;
    }
}
