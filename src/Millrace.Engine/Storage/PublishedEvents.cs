namespace Millrace.Engine.Storage;

/// <summary>An event that was published: by a workflow, or from outside. One is the same as another with its tenant, source and id.</summary>
public sealed record PublishedEvent
{
    /// <summary>The tenant that it belongs to.</summary>
    public required string Tenant { get; init; }
    /// <summary>Its place among all events; later ones have larger numbers. Set by the store.</summary>
    public long Position { get; init; }
    /// <summary>The source of the event, a URI.</summary>
    public required string Source { get; init; }
    /// <summary>Unique among the events of its source.</summary>
    public required string Id { get; init; }
    /// <summary>The type of the event.</summary>
    public required string Type { get; init; }
    /// <summary>What it happened to; null: it does not say.</summary>
    public string? Subject { get; init; }
    /// <summary>When it was published.</summary>
    public DateTimeOffset ReceivedAt { get; init; }
    /// <summary>The whole event, as JSON.</summary>
    public required JsonText Event { get; init; }
}

/// <summary>Criteria for events; null matches all.</summary>
/// <param name="Type">Only of this type, or, where it ends with ".*", of those below it.</param>
/// <param name="Source">Only events from this source.</param>
/// <param name="Subject">Only events about this subject.</param>
public sealed record EventFilter(string? Type = null, string? Source = null, string? Subject = null);
