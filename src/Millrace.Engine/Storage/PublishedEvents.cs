using System.Collections.Immutable;

namespace Millrace.Engine.Storage;

/// <summary>An event that was published: by a workflow, or from outside. One is the same as another with its tenant, source and id.</summary>
public sealed record PublishedEvent
{
    /// <summary>Whose it is.</summary>
    public required string Tenant { get; init; }
    /// <summary>Its place among all events; later ones have larger numbers. Set by the store.</summary>
    public long Position { get; init; }
    /// <summary>Where it happened.</summary>
    public required string Source { get; init; }
    /// <summary>What tells it from others of its source.</summary>
    public required string Id { get; init; }
    /// <summary>What happened.</summary>
    public required string Type { get; init; }
    /// <summary>What it happened to; null: it does not say.</summary>
    public string? Subject { get; init; }
    /// <summary>When it was published.</summary>
    public DateTimeOffset ReceivedAt { get; init; }
    /// <summary>The whole event, as JSON.</summary>
    public required JsonText Event { get; init; }
}

/// <summary>Which events.</summary>
/// <param name="Type">Only of this type, or, where it ends with ".*", of those below it.</param>
/// <param name="Source">Only from this source.</param>
/// <param name="Subject">Only about this.</param>
public sealed record EventFilter(string? Type = null, string? Source = null, string? Subject = null);

/// <summary>Publishes events, all of them or none. One that is known already is left as it is.</summary>
public sealed class PublishEvents(string tenant, ImmutableArray<PublishedEvent> events) : Write(tenant)
{
    /// <summary>What to publish, in order.</summary>
    public ImmutableArray<PublishedEvent> Events { get; } = events;

    /// <summary>How many of them were known already; set by the store.</summary>
    public int Known { get; set; }
}

/// <summary>Removes events that were kept long enough.</summary>
public sealed class PruneEvents(DateTimeOffset before, int limit) : Write("")
{
    /// <summary>Those published before this go.</summary>
    public DateTimeOffset Before { get; } = before;

    /// <summary>How many at most.</summary>
    public int Limit { get; } = limit;

    /// <summary>How many were removed; set by the store.</summary>
    public int Removed { get; set; }
}
