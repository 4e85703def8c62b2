using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Millrace.Checking;

namespace Millrace.Simulation.Tests.Engine;

/// <summary>The real engine in random worlds with random faults, judged by the checker.</summary>
public sealed class EngineTests
{
    private const int MaxFailures = 5;
    private const int MaxLines = 60;
    private static readonly TimeSpan Progress = TimeSpan.FromSeconds(10);

    private static readonly int First = Setting("MILLRACE_SIMULATION_ENGINE_FIRST", 0);
    private static readonly int Seeds = Setting("MILLRACE_SIMULATION_ENGINE_SEEDS", 300);

    // Instead of a number of seeds: as many as there is time for, with a line about it now and then.
    private static readonly TimeSpan Time = TimeSpan.FromMinutes(Setting("MILLRACE_SIMULATION_ENGINE_MINUTES", 0));

    [Fact]
    public void Whatever_goes_wrong_the_engine_keeps_its_promises()
    {
        var failures = new ConcurrentDictionary<int, string>();
        var begun = Stopwatch.GetTimestamp();
        var done = 0;
        using var progress = new Timer(_ => Tell(Volatile.Read(ref done), failures.Count, Stopwatch.GetElapsedTime(begun)), null, Time > TimeSpan.Zero ? Progress : Timeout.InfiniteTimeSpan, Progress);
        // By hand and not in ranges: each seed after the one before, whoever is free.
        var next = First - 1;
        Parallel.For(0, Environment.ProcessorCount, _ =>
        {
            while (failures.Count < MaxFailures && Stopwatch.GetElapsedTime(begun) is var elapsed && (Time > TimeSpan.Zero ? elapsed < Time : next < First + Seeds - 1))
            {
                var seed = Interlocked.Increment(ref next);
                if (Time == TimeSpan.Zero && seed >= First + Seeds)
                    return;
                if (Failure(seed) is { } failure)
                    failures[seed] = failure;
                Interlocked.Increment(ref done);
            }
        });
        if (!failures.IsEmpty)
            Assert.Fail($"Seeds {string.Join(", ", failures.Keys.Order())} of {done} fail. {Explain(failures.Keys.Min(), failures[failures.Keys.Min()])}");
    }

    // 6268: an execution that was claimed again while the mailbox that had let it go still had to hear so; its journal could not be read,
    // and the mailbox that was leaving kept it from being read once more.
    [Theory]
    [InlineData(6268)]
    public void A_world_that_once_went_wrong_goes_right(int seed) => Assert.Null(Failure(seed));

    private static string? Failure(int seed)
    {
        try
        {
            var world = new SimulatedWorld(seed);
            world.Run();
            var violations = Checker.Check(world.Evidence());
            if (violations.Count > 0)
                return string.Join('\n', violations.Take(10));
            if (!world.RepeatsItself)
                return null;
            var again = new SimulatedWorld(seed);
            again.Run();
            return again.Trace.Hash == world.Trace.Hash
                ? null
                : $"it does not repeat itself. {Difference(world.Trace.Lines, again.Trace.Lines)}";
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return e.ToString();
        }
    }

    // It may not part a third time: what is known of it is told at once.
    private static string Difference(IReadOnlyList<string> first, IReadOnlyList<string> second)
    {
        var line = first.Zip(second).TakeWhile(pair => string.Equals(pair.First, pair.Second, StringComparison.Ordinal))
            .Count();
        var before = string.Join('\n', first.Take(line).TakeLast(5));
        return $"After line {line}:\n{before}\nthe first run says: {first.ElementAtOrDefault(line)}\n"
            + $"the second: {second.ElementAtOrDefault(line)}";
    }

    private static string Explain(int seed, string failure)
    {
        var world = new SimulatedWorld(seed, keepsLines: true);
        var violations = (IReadOnlyList<Violation>)[];
        try
        {
            world.Run();
            violations = Checker.Check(world.Evidence());
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            world.Trace.Note(e.Message);
        }
        var path = Path.Combine(Path.GetTempPath(), $"millrace-simulation-{seed}.log");
        File.WriteAllLines(path, world.Trace.Lines);
        var about = violations.Count == 0 ? null : violations[0].ExecutionId;
        var lines = world.Trace.Lines.Where(line => about is null || line.Contains(about, StringComparison.Ordinal) || !line.Contains(" events ", StringComparison.Ordinal)).TakeLast(MaxLines);
        return $"""
            Seed {seed}: {failure}
            Again: MILLRACE_SIMULATION_ENGINE_FIRST={seed} MILLRACE_SIMULATION_ENGINE_SEEDS=1
            All that happened is in {path}; the last of it:
            {string.Join('\n', lines)}
            """;
    }

    private static void Tell(int done, int failures, TimeSpan elapsed) =>
        Console.Error.WriteLine($"{elapsed:hh\\:mm\\:ss} {done} seeds from {First}, {done / elapsed.TotalSeconds:0} a second, {failures} failed");

    private static int Setting(string name, int usual) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : usual;
}
