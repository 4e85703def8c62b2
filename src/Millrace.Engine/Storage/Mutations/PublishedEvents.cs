using System.Collections.Immutable;

namespace Millrace.Engine.Storage.Mutations;

/// <summary>Publishes events, all of them or none. One that is known already is left as it is.</summary>
public sealed class PublishEvents(string tenant, ImmutableArray<PublishedEvent> events) : Mutation(tenant)
{
    /// <summary>What to publish, in order.</summary>
    public ImmutableArray<PublishedEvent> Events { get; } = events;

    /// <inheritdoc/>
    public override string ResourceIdOf(CommitResult result) => Events.Length > 0 ? Events[0].Id : "";
}

/// <summary>Removes events that were kept long enough.</summary>
public sealed class PruneEvents(DateTimeOffset before, int limit) : Mutation("")
{
    /// <summary>Those published before this go.</summary>
    public DateTimeOffset Before { get; } = before;

    /// <summary>How many at most.</summary>
    public int Limit { get; } = limit;
}
