using Millrace.Core.Values;

namespace Millrace.Testing.Files.Documents;

/// <summary>What should come of a case, as it is written.</summary>
internal sealed record ExpectDocument
{
    public string? Status { get; init; }

    public Value Result { get; init; }

    public Value ResultIncludes { get; init; }

    public IReadOnlyList<string>? Path { get; init; }

    public IReadOnlyDictionary<string, NodeExpectation>? Nodes { get; init; }

    public IReadOnlyDictionary<string, Value>? Variables { get; init; }

    public ErrorExpectation? Error { get; init; }

    /// <summary>Ids of nodes, or <see cref="EffectExpectation"/>.</summary>
    public IReadOnlyList<Value>? Effects { get; init; }

    public CostExpectation? Cost { get; init; }

    public IReadOnlyList<string>? Logs { get; init; }

    public IReadOnlyList<string>? Waiting { get; init; }

    public IReadOnlyList<string>? Check { get; init; }
}

internal sealed record NodeExpectation
{
    public string? Status { get; init; }

    public Value Output { get; init; }

    public Value OutputIncludes { get; init; }

    public Value Input { get; init; }

    public Value InputIncludes { get; init; }

    public string? Port { get; init; }

    public int? Attempts { get; init; }

    public int? Runs { get; init; }

    public ErrorExpectation? Error { get; init; }
}

internal sealed record ErrorExpectation
{
    public string? Type { get; init; }

    public string? Message { get; init; }

    public string? NodeId { get; init; }
}

internal sealed record EffectExpectation
{
    public required string Node { get; init; }

    public Value Config { get; init; }
}

internal sealed record CostExpectation
{
    public required double Max { get; init; }
}
