using System.Diagnostics;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Nodes.Code;

namespace Millrace.Bench;

/// <summary>
/// Calls of code nodes: in a process that waits for its call, in one that is started for it, and as many as the machine does.
/// </summary>
internal static class CodeRuns
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(4);

    public static void Run(Report report)
    {
        report.Heading("code: a call that gives back what it got, apart from all others in a sandbox");
        foreach (var (language, code) in new[] { ("python", "return data"), ("javascript", "return data;") })
            RunAsync(report, language, MapValue.Of(("code", code), ("data", 7))).GetAwaiter().GetResult();
    }

    private static async Task RunAsync(Report report, string language, Value call)
    {
        using var cold = new CodeRuntime(new CodeSettings { Pool = 0 }, TimeProvider.System);
        if (cold.WhyNot(language) is { } problem)
        {
            Console.WriteLine(problem);
            return;
        }
        await MeasureAsync(report, $"{language}, a process started for each call", cold, language, call, TimeSpan.Zero, callers: 1);
        using var warm = new CodeRuntime(new CodeSettings { Pool = 4 }, TimeProvider.System);
        // With time between the calls in which the next process starts.
        await MeasureAsync(
            report, $"{language}, a process waits for each call", warm, language, call, TimeSpan.FromMilliseconds(200), callers: 1);
        using var busy = new CodeRuntime(new CodeSettings { Pool = 4, Concurrency = 8 }, TimeProvider.System);
        await MeasureAsync(report, $"{language}, 8 at once without a pause", busy, language, call, TimeSpan.Zero, callers: 8);
    }

    private static async Task MeasureAsync(
        Report report, string name, CodeRuntime runtime, string language, Value call, TimeSpan pause, int callers)
    {
        await CallAsync(runtime, language, call);
        await Task.Delay(TimeSpan.FromSeconds(1));
        var processor = Environment.CpuUsage.TotalTime;
        var clock = Stopwatch.StartNew();
        var times = await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            var own = new List<double>();
            while (clock.Elapsed < Duration)
            {
                var start = Stopwatch.GetTimestamp();
                await CallAsync(runtime, language, call);
                own.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
                await Task.Delay(pause);
            }
            return own;
        })));
        report.Add(name, [.. times.SelectMany(own => own)], clock.Elapsed, Environment.CpuUsage.TotalTime - processor);
    }

    private static async Task CallAsync(CodeRuntime runtime, string language, Value call)
    {
        var outcome = await runtime.RunAsync(language, CodeRuntime.UsualMebibytes, call, (_, _) => { }, CancellationToken.None);
        if (outcome.Error is not null || !outcome.Output.Equals(7))
            throw new InvalidOperationException(outcome.Error?.Message ?? outcome.Output.ToJson());
    }
}
