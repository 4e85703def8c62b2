using Millrace.Core.Definitions;

namespace Millrace.Engine.Retention;

/// <summary>How long what has ended is kept, and how it is removed.</summary>
public sealed record RetentionOptions
{
    /// <summary>How long ended executions are kept where their workflow does not say.</summary>
    public RetentionPolicy Defaults { get; init; } = RetentionPolicy.Unsaid;

    /// <summary>How long a used idempotency key is remembered.</summary>
    public TimeSpan IdempotencyKeys { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How long published events are kept.</summary>
    public TimeSpan Events { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How long what budgets have used in a day or a month is kept after its end.</summary>
    public TimeSpan BudgetPeriods { get; init; } = TimeSpan.FromDays(400);

    /// <summary>The time from the end of one sweep to the next.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long a blob that nobody refers to is left alone: much longer than it takes from writing a blob to the commit that refers to it.
    /// </summary>
    public TimeSpan BlobGrace { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The time from one search for lost blobs to the next. Only a crash between writing a blob and committing what refers to it loses one.</summary>
    public TimeSpan BlobSearchInterval { get; init; } = TimeSpan.FromHours(6);
}
