using Millrace.Core.Definitions;
using Millrace.Engine.Retention;
using Millrace.Engine.Runtime;

namespace Millrace.Simulation.Tests.Engine;

/// <summary>What may go wrong in a seed, and how often; each a chance between 0 and 1.</summary>
internal sealed record Faults
{
    /// <summary>A process ends between two pieces of work: at any await.</summary>
    public double Crash { get; init; }

    /// <summary>A process ends in a write, before or after it was done.</summary>
    public double CrashInWrite { get; init; }

    /// <summary>A write fails, and nothing of it was done.</summary>
    public double WriteFails { get; init; }

    /// <summary>A write fails so that nobody knows whether it was done; it was, or was not.</summary>
    public double WriteUnknown { get; init; }

    /// <summary>A read fails.</summary>
    public double ReadFails { get; init; }

    /// <summary>A read takes its time, so that other things happen first.</summary>
    public double ReadYields { get; init; }

    /// <summary>A blob cannot be written or read: more often than a store fails, because a whole service may be away.</summary>
    public double BlobFails { get; init; }

    /// <summary>A process is told to stop.</summary>
    public double Stop { get; init; }

    /// <summary>A process stands still for a while.</summary>
    public double Pause { get; init; }

    /// <summary>The next process begins although the last one still lives.</summary>
    public double Overlap { get; init; }

    /// <summary>The clock of a process jumps an hour, either way.</summary>
    public double ClockJump { get; init; }

    /// <summary>Time passes although there is work to do.</summary>
    public double Lag { get; init; }

    public static Faults Draw(Random random)
    {
        // One in ten has none at all: what breaks there needs no fault.
        if (random.Next(10) == 0)
            return new Faults { ReadYields = 0.3, Lag = 0.02 };
        return new Faults
        {
            Crash = Chance(0.004),
            CrashInWrite = Chance(0.01),
            WriteFails = Chance(0.05),
            WriteUnknown = Chance(0.03),
            ReadFails = Chance(0.03),
            ReadYields = random.NextDouble() * 0.5,
            Stop = Chance(0.002),
            Pause = Chance(0.004),
            Overlap = Chance(0.002),
            ClockJump = Chance(0.002),
            Lag = Chance(0.1),
            BlobFails = Chance(0.4),
        };

        double Chance(double most) => random.Next(2) == 0 ? 0 : random.NextDouble() * most;
    }

    /// <summary>The bounds of an engine, often much narrower than anybody would set them.</summary>
    public static EngineOptions Options(Random random)
    {
        return new EngineOptions
        {
            MaxResidentExecutions = Pick(10_000, 10_000, 8, 2),
            MaxConcurrentEffects = Pick(1_000, 1_000, 4, 1),
            ClaimBatch = Pick(256, 256, 3, 1),
            ResidentWait = TimeSpan.FromSeconds(Pick(2, 2, 0, 3_600)),
            PollInterval = TimeSpan.FromSeconds(Pick(30, 300, 300, 300)),
            DrainGrace = TimeSpan.FromSeconds(Pick(0, 1)),
        CancelGrace = TimeSpan.FromSeconds(Pick(10, 10, 1, 60)),
            DefaultEffectTimeout = TimeSpan.FromSeconds(Pick(300, 300, 20, 3)),
            TenantConcurrency = random.Next(8) == 0 ? random.Next(1, 6) : null,
            // Clocks go wrong by an hour, either way, and who is about to refer to a blob may stand still.
            Retention = new RetentionOptions
            {
                Interval = TimeSpan.FromMinutes(random.Next(5, 60)),
                BlobGrace = TimeSpan.FromMinutes(150),
                BlobSearchInterval = TimeSpan.FromMinutes(random.Next(5, 60)),
                Defaults = random.Next(5) == 0 ? RetentionPolicy.Of(TimeSpan.FromMinutes(10)) : RetentionPolicy.Unsaid,
            },
            MaxEventsWithoutRuns = Pick(1_000, 0, 8, 20),
        };

        int Pick(params ReadOnlySpan<int> choices) => choices[random.Next(choices.Length)];
    }
}
