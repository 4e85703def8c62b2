using System.Collections.Immutable;
using Millrace.Core.Values;

namespace Millrace.Simulation.Tests.Workflows;

/// <summary>A workflow as the tests make it: written as a document for the machine, and read as it is by the interpreter.</summary>
internal sealed record Plan(ImmutableArray<PlanNode> Nodes, ImmutableArray<PlanEdge> Edges)
{
    /// <summary>The edges, those that a goto stands for included.</summary>
    public IEnumerable<PlanEdge> AllEdges() => Edges.Concat(Nodes
        .Where(node => node.GotoTarget is not null)
        .Select(node => new PlanEdge(node.Id, node.GotoTarget!, PlanEdge.Error)));

    /// <summary>The nodes, those in bodies included.</summary>
    public IEnumerable<PlanNode> AllNodes() => Nodes.SelectMany(node => node.Body is { } body ? body.AllNodes().Prepend(node) : [node]);
}

/// <summary>A way between nodes.</summary>
internal sealed record PlanEdge(string Source, string Target, string? Port = null, string? When = null, int? MaxIterations = null)
{
    public const string Error = "error";
    public const string Timeout = "timeout";
}

/// <summary>A case of a switch.</summary>
internal sealed record PlanCase(string When, string Port);

/// <summary>A node, and how its effects go.</summary>
internal sealed record PlanNode(string Id, string Type)
{
    /// <summary>Where a workflow begins. Without one, a reader adds its own.</summary>
    public static readonly PlanNode Start = new("start", "start");

    public ImmutableArray<string> Gates { get; init; } = [];

    public bool Disabled { get; init; }

    /// <summary>"continue", "compensate", "goto:ID"; null: fail.</summary>
    public string? OnError { get; init; }

    public int Attempts { get; init; } = 1;

    public bool RetriesEverything { get; init; }

    public bool HasCompensation { get; init; }

    public string? InDoubt { get; init; }

    /// <summary>What its config computes: an output, a condition, items, a value; null: the type's own default.</summary>
    public string? Expression { get; init; }

    public ImmutableArray<PlanCase> Cases { get; init; } = [];

    /// <summary>Of a join: how many branches it needs; null: all.</summary>
    public int? Required { get; init; }

    public bool CancelsOthers { get; init; }

    public string? Variable { get; init; }

    public bool Appends { get; init; }

    /// <summary>Of a delay: how long it takes; of a wait: after how long it gives up, 0: never.</summary>
    public int Seconds { get; init; }

    /// <summary>Of a wait: whether the signal comes. If not, the wait ends by its timeout.</summary>
    public bool SignalComes { get; init; } = true;

    public string? Filter { get; init; }

    public int Concurrency { get; init; } = 1;

    public bool Collects { get; init; }

    public int? MaxIterations { get; init; }

    public Plan? Body { get; init; }

    /// <summary>How many in a hundred attempts of its effect fail.</summary>
    public int FailPercent { get; init; }

    public string? GotoTarget => OnError is { } action && action.StartsWith("goto:", StringComparison.Ordinal) ? action["goto:".Length..] : null;

    /// <summary>Whether the world runs it, and the script says how it goes.</summary>
    public bool IsEffect => Type is "noop" or "subworkflow";

    /// <summary>Of an approval: what the person decides.</summary>
    public string? Decision { get; init; }

    /// <summary>Whether a person or a program answers it in person, not by a signal.</summary>
    public bool IsAnswered => Type is "approval" or "manualInput" or "callback";

    /// <summary>The name of the signal that it waits for.</summary>
    public string Signal => $"signal-{Id}";

    /// <summary>What comes for it: with a signal, as the data of a form, as the comment of a decision, as the body of a call.</summary>
    public Value Payload => MapValue.Of("for", Id);

    /// <summary>What it gives once that has come.</summary>
    public Value Given => Type switch
    {
        "approval" => MapValue.Of(("decision", Decision), ("comment", Id), ("data", Value.Null), ("answeredBy", Value.Null)),
        "callback" => MapValue.Of(("method", "POST"), ("path", Value.Null), ("query", Value.Null), ("headers", Value.Null), ("body", Payload)),
        _ => Payload,
    };
}
