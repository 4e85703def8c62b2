using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Values;

namespace Millrace.Engine.Workers;

/// <summary>A node type that external workers do, as one of them has registered it.</summary>
public sealed record WorkerType
{
    /// <summary>The name of the node type.</summary>
    public required string Type { get; init; }

    /// <summary>What people call it; null: as its name.</summary>
    public string? Title { get; init; }

    /// <summary>One sentence: what it does.</summary>
    public string? Summary { get; init; }

    /// <summary>JSON schema of its config; null: any object will do.</summary>
    public Value ConfigSchema { get; init; }

    /// <summary>The ports that a worker may choose of; empty: it chooses none.</summary>
    public ImmutableArray<string> Ports { get; init; } = [];

    /// <summary>Ports that it had once, which saved workflows may still use.</summary>
    public ImmutableArray<string> FormerPorts { get; init; } = [];

    /// <summary>How long one attempt may take, the time in the queue included, where the node does not say; null: for ever.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>How many tasks may be leased at once; null: any number.</summary>
    public int? Concurrency { get; init; }

    /// <summary>As <see cref="WorkerTypeReader"/> reads it.</summary>
    public MapValue ToValue() => new MapBuilder()
        .Set("type", Type)
        .SetIfPresent("title", Title)
        .SetIfPresent("summary", Summary)
        .SetIfPresent("configSchema", ConfigSchema)
        .Set("ports", Texts(Ports))
        .Set("formerPorts", Texts(FormerPorts))
        .SetIfPresent("timeout", Timeout is { } timeout ? Durations.ToIso(timeout) : null)
        .SetIfPresent("concurrency", Concurrency is { } concurrency ? concurrency : Value.Null)
        .Build();

    /// <summary>The same registered anew over an earlier one.</summary>
    internal WorkerType Over(WorkerType earlier) => this with
    {
        FormerPorts = [.. earlier.Ports.Concat(earlier.FormerPorts).Except(Ports, StringComparer.Ordinal).Order(StringComparer.Ordinal)],
    };

    private static Value Texts(ImmutableArray<string> texts) => ListValue.Create(texts.Select(text => (Value)text));
}
