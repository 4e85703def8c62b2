using Millrace.Core.Definitions;
using Millrace.Engine.Retention;

namespace Millrace.Engine.Runtime;

/// <summary>The limits and intervals of the engine.</summary>
public sealed record EngineOptions
{
    /// <summary>Executions held in memory at once; more stay pending in the store.</summary>
    public int MaxResidentExecutions { get; init; } = 10_000;

    /// <summary>Effects that run at once; more wait for room.</summary>
    public int MaxConcurrentEffects { get; init; } = 1_000;

    /// <summary>How long one attempt of an effect may take where neither its node nor its type says.</summary>
    public TimeSpan DefaultEffectTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long running effects get to end after a cancel.</summary>
    public TimeSpan CancelGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long running effects get to end at shutdown.</summary>
    public TimeSpan DrainGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>An execution that waits less than this stays in memory; longer waits live in the store only.</summary>
    public TimeSpan ResidentWait { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest time between looks for due executions, should a wake-up be lost.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Executions claimed in one go.</summary>
    public int ClaimBatch { get; init; } = 256;

    /// <summary>Executions of one tenant under way at once; more stay pending. Null: any number.</summary>
    public int? TenantConcurrency { get; init; }

    /// <summary>How often executions of one tenant may start; null: as often as they like. Its key is not looked at.</summary>
    public StartRateLimit? TenantStartRate { get; init; }

    /// <summary>How long what has ended is kept.</summary>
    public RetentionOptions Retention { get; init; } = new();

    /// <summary>
    /// The most events of an execution whose node runs are listed by folding its journal; of a longer one, their rows are stored.
    /// </summary>
    internal int MaxEventsWithoutRuns { get; init; } = History.RunProjection.MaxEvents;

    /// <summary>Called at every <see cref="CrashPoint"/>; null outside tests.</summary>
    internal Action<CrashPoint>? Reached { get; init; }
}
