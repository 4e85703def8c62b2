using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Values;

namespace Millrace.Core.Nodes;

/// <summary>What is known of a type of node without running it: for validation, compilation, the API and the Studio.</summary>
public sealed record NodeTypeDescription
{
    /// <summary>Its canonical name, such as "addField". Lookup ignores case, '-', '_' and '.'.</summary>
    public required string Type { get; init; }

    /// <summary>Other names it answers to.</summary>
    public ImmutableArray<string> Aliases { get; init; } = [];

    /// <summary>What people call it.</summary>
    public required string Title { get; init; }

    /// <summary>One sentence: what it does.</summary>
    public required string Summary { get; init; }

    /// <summary>Its family: Flow, Data, Http, Ai, Code, Human, Integration.</summary>
    public required string Category { get; init; }

    /// <summary>Whether the type is pure, an effect, a wait, or a comment.</summary>
    public required NodeKind Kind { get; init; }

    /// <summary>Its part in the graph, beyond running.</summary>
    public NodeRole Role { get; init; }

    /// <summary>Whether it is only a part of what another type compiles to, and not for authors.</summary>
    public bool IsPart { get; init; }

    /// <summary>Whether it ends the execution, so that no edge that leaves it is ever taken.</summary>
    public bool EndsExecution { get; init; }

    /// <summary>Of an effect: what it means that it happens twice.</summary>
    public Repetition Repetition { get; init; }

    /// <summary>The same where the config decides; null: it does not.</summary>
    public Func<MapValue, Repetition>? RepetitionOf { get; init; }

    /// <summary>
    /// Of an effect that calls models: what one attempt with this config, its templates filled in, is expected to spend; nothing where that cannot be told. Budgets
    /// then apply to it. Null: it calls none.
    /// </summary>
    public Func<MapValue, Executions.Spending>? EstimateOf { get; init; }

    /// <summary>Of an effect: whether it may have to wait, after its effect, for what that has begun elsewhere.</summary>
    public bool MayWait { get; init; }

    /// <summary>What undoes a completed node of this type whose definition does not say; null: nothing.</summary>
    public Func<NodeDefinition, CompensationDefinition>? UndoneBy { get; init; }

    /// <summary>JSON schema (2020-12) of its config, derived from the config record.</summary>
    public Value ConfigSchema { get; init; }

    /// <summary>JSON pointers (with * for any key or item) of config fields that are CEL, not templates: "/condition", "/cases/*/when".</summary>
    public ImmutableArray<string> ExpressionFields { get; init; } = [];

    /// <summary>JSON pointers (with *) of config fields that may refer to secrets: "/headers", "/auth". Everything below is included.</summary>
    public ImmutableArray<string> SecretFields { get; init; } = [];

    /// <summary>JSON pointers (with *) of config fields that are taken as they are, braces included.</summary>
    public ImmutableArray<string> VerbatimFields { get; init; } = [];

    /// <summary>JSON pointers of config fields that hold a graph of their own, {nodes, edges} or {steps}: "/body".</summary>
    public ImmutableArray<string> GraphFields { get; init; } = [];

    /// <summary>Ports known without looking at the config; empty: only unlabelled edges. "error" is every node's.</summary>
    public ImmutableArray<string> Ports { get; init; } = [];

    /// <summary>Further ports that a config declares; null: none.</summary>
    public Func<MapValue, IEnumerable<string>>? PortsOf { get; init; }

    /// <summary>What it means that an effect with this config happens twice.</summary>
    public Repetition RepetitionWith(MapValue config) => RepetitionOf?.Invoke(config) ?? Repetition;

    /// <summary>The ports of a node with this config.</summary>
    public IEnumerable<string> AllPorts(MapValue config) => PortsOf is null ? Ports : Ports.Concat(PortsOf(config)).Distinct(StringComparer.Ordinal);
}

/// <summary>How a node runs.</summary>
public enum NodeKind
{
    /// <summary>A function of its input; runs inside the machine, at once.</summary>
    Pure,
    /// <summary>Touches the world; starts only when everything before it is durable.</summary>
    Effect,
    /// <summary>Waits for time or for a signal, in the store only.</summary>
    Wait,
    /// <summary>Never runs and is not counted.</summary>
    Comment,
}

/// <summary>What a node is to the graph.</summary>
public enum NodeRole
{
    /// <summary>A node without a special role in the graph.</summary>
    Step,
    /// <summary>A place where executions begin: start, webhook.</summary>
    Start,
    /// <summary>Checks the execution's input before anything runs.</summary>
    Input,
    /// <summary>Takes the value given for its id at the start.</summary>
    ManualInput,
    /// <summary>Sets the execution's result.</summary>
    Output,
    /// <summary>May run before all of its incoming edges are decided.</summary>
    Join,
}

/// <summary>The node types that a definition may use.</summary>
public interface INodeCatalog
{
    /// <summary>Finds a type by its name or an alias, ignoring case and separators; null where there is none.</summary>
    NodeTypeDescription? Find(string type);

    /// <summary>All types, by name.</summary>
    IReadOnlyList<NodeTypeDescription> All { get; }

    /// <summary>Whether they are for workflows that are saved already: what may have changed since is not checked again.</summary>
    bool AreForSaved => false;
}
