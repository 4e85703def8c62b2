using System.Collections.Immutable;

namespace Millrace.Core.Definitions;

/// <summary>The closed set of trigger types.</summary>
public static class TriggerTypes
{
    /// <summary>Started by people and programs only.</summary>
    public const string Manual = "manual";

    /// <summary>Started by an HTTP request.</summary>
    public const string Webhook = "webhook";

    /// <summary>Started by the calendar.</summary>
    public const string Schedule = "schedule";

    /// <summary>Started by a published event.</summary>
    public const string Event = "event";

    /// <summary>Started when an expression becomes true.</summary>
    public const string Condition = "condition";

    /// <summary>Every known trigger type.</summary>
    public static readonly ImmutableArray<string> All = [Manual, Webhook, Schedule, Event, Condition];
}
