using System.Collections.Immutable;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Values;

namespace Millrace.Core.Definitions;

/// <summary>What an author wrote, in the one canonical form that every dialect is read into.</summary>
public sealed record WorkflowDefinition
{
    /// <summary>The author's id for it; null leaves the choice to the server.</summary>
    public string? Id { get; init; }

    /// <summary>What people call it.</summary>
    public required string Name { get; init; }

    /// <summary>What it is for.</summary>
    public string? Description { get; init; }

    /// <summary>The author's own version label, such as "1.0"; the server counts versions by itself.</summary>
    public string? VersionLabel { get; init; }

    /// <summary>Whether its triggers fire. Starting it by hand works either way.</summary>
    public bool IsActive { get; init; } = true;

    /// <summary>What starts it, besides people and programs.</summary>
    public ImmutableArray<TriggerDefinition> Triggers { get; init; } = [];

    /// <summary>Its nodes, in authored order.</summary>
    public required ImmutableArray<NodeDefinition> Nodes { get; init; }

    /// <summary>Its edges, in authored order.</summary>
    public ImmutableArray<EdgeDefinition> Edges { get; init; } = [];

    /// <summary>Initial values of the workflow's variables.</summary>
    public MapValue Variables { get; init; } = MapValue.Empty;

    /// <summary>A JSON schema that the input of every execution must match; null accepts anything.</summary>
    public Value InputSchema { get; init; }

    /// <summary>Labels to find it by.</summary>
    public ImmutableArray<string> Tags { get; init; } = [];

    /// <summary>How its executions run as a whole.</summary>
    public WorkflowSettings Settings { get; init; } = WorkflowSettings.Default;

    /// <summary>The dialect it was written in.</summary>
    public Dialect Dialect { get; init; }
}

/// <summary>The shapes of document that are understood.</summary>
public enum Dialect
{
    /// <summary>nodes and edges {source, target}.</summary>
    Graph,
    /// <summary>React Flow's document: nodes with a data object.</summary>
    Canvas,
    /// <summary>The steps dialect: <c>steps</c> with <c>nextSteps</c>.</summary>
    Steps,
    /// <summary>steps that run in order.</summary>
    Sequence,
    /// <summary>nodes and connections {from, to, condition}.</summary>
    Connections,
}

/// <summary>One node of a workflow.</summary>
public sealed record NodeDefinition
{
    /// <summary>Its id, unique in the workflow.</summary>
    public required string Id { get; init; }

    /// <summary>What people call it; null means its id.</summary>
    public string? Name { get; init; }

    /// <summary>The canonical name of its type, where the catalogue knows it; else as authored.</summary>
    public required string Type { get; init; }

    /// <summary>The settings that its type understands.</summary>
    public MapValue Config { get; init; } = MapValue.Empty;

    /// <summary>Conditions that must all hold for it to run.</summary>
    public ImmutableArray<GateCondition> Conditions { get; init; } = [];

    /// <summary>
    /// Whether a failed gate passes `data` on to the next step (sequence dialect) instead of skipping the outgoing edges.
    /// </summary>
    public bool BypassWhenGated { get; init; }

    /// <summary>What a failure does after the retries.</summary>
    public ErrorHandling OnError { get; init; } = ErrorHandling.Fail;

    /// <summary>How failures are retried; null takes the workflow's default.</summary>
    public RetryPolicy? Retry { get; init; }

    /// <summary>The longest one attempt may take; null takes the type's default.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Where its result is cached; null: nowhere.</summary>
    public CachePolicy? Cache { get; init; }

    /// <summary>A JSON schema that its output must match; null accepts anything.</summary>
    public Value OutputSchema { get; init; }

    /// <summary>What undoes it; null: nothing.</summary>
    public CompensationDefinition? Compensation { get; init; }

    /// <summary>What happens to an effect that may or may not have happened; null takes the type's default.</summary>
    public InDoubtPolicy? InDoubt { get; init; }

    /// <summary>A disabled node is bypassed.</summary>
    public bool Disabled { get; init; }

    /// <summary>Where it stands on a canvas: {x, y}.</summary>
    public Value Position { get; init; }

    /// <summary>A remark for readers.</summary>
    public string? Notes { get; init; }

    /// <summary>Where it stands in the authored document.</summary>
    public SourcePointer Source { get; init; }

    /// <summary>Where its config stands in the authored document.</summary>
    public SourcePointer ConfigSource { get; init; }
}

/// <summary>A way from one node to another.</summary>
public sealed record EdgeDefinition
{
    /// <summary>Its id, unique in the workflow.</summary>
    public required string Id { get; init; }

    /// <summary>The node it leaves.</summary>
    public required string Source { get; init; }

    /// <summary>The node it reaches.</summary>
    public required string Target { get; init; }

    /// <summary>The port of the source that it belongs to; null: taken whatever the port.</summary>
    public string? Port { get; init; }

    /// <summary>An expression that must hold for it to be taken; null: always.</summary>
    public string? When { get; init; }

    /// <summary>What people read on it; never decides anything.</summary>
    public string? Label { get; init; }

    /// <summary>Of an edge that leads back: the most turns of the loop; null: the workflow's.</summary>
    public int? MaxIterations { get; init; }

    /// <summary>
    /// Where it stands in the authored document; for an edge that a step's `nextSteps` or a branch's config made, what made it.
    /// </summary>
    public SourcePointer Location { get; init; }
}

/// <summary>A gate: either an expression, or a field compared with a value.</summary>
/// <param name="Expression">A CEL condition; null where the other three are used.</param>
/// <param name="Field">An expression for the left side.</param>
/// <param name="Operator">One of the operators in <see cref="ComparisonOperators"/>.</param>
/// <param name="Operand">The right side; may be a template.</param>
/// <param name="Source">Where it stands in the authored document.</param>
public sealed record GateCondition(string? Expression, string? Field, string? Operator, Value Operand, SourcePointer Source);

/// <summary>What starts a workflow.</summary>
/// <param name="Id">Its id, unique in the workflow.</param>
/// <param name="Type">manual, webhook, schedule, event or condition.</param>
/// <param name="Config">The settings of the trigger.</param>
/// <param name="Target">The root node it starts; null: the roots.</param>
/// <param name="Source">Where it stands in the authored document.</param>
public sealed record TriggerDefinition(string Id, string Type, MapValue Config, string? Target, SourcePointer Source)
{
    /// <summary>Where its settings stand: `config`, else the trigger itself.</summary>
    public SourcePointer ConfigSource { get; init; } = Source;
}

/// <summary>What a node's failure does, after its retries and where no error port is wired.</summary>
/// <param name="Action">The action to take.</param>
/// <param name="Target">The node that <see cref="ErrorAction.Goto"/> continues at.</param>
public sealed record ErrorHandling(ErrorAction Action, string? Target = null)
{
    /// <summary>Fails the execution; the default.</summary>
    public static readonly ErrorHandling Fail = new(ErrorAction.Fail);
}

/// <summary>The closed set of answers to a failure.</summary>
public enum ErrorAction
{
    /// <summary>A failed node fails the execution.</summary>
    Fail,
    /// <summary>The node completes with {error} as its output.</summary>
    Continue,
    /// <summary>Another node takes over.</summary>
    Goto,
    /// <summary>What was completed is undone in reverse order, then the execution fails.</summary>
    Compensate,
}

/// <summary>How a failed attempt is repeated.</summary>
public sealed record RetryPolicy
{
    /// <summary>The policy that never retries.</summary>
    public static readonly RetryPolicy None = new() { MaxAttempts = 1 };

    /// <summary>Attempts in all, the first included; at least 1.</summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>The pause before the second attempt.</summary>
    public TimeSpan Delay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How the pause grows.</summary>
    public Backoff Backoff { get; init; } = Backoff.Exponential;

    /// <summary>The longest pause between two attempts.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether a pause is drawn at random between half and the whole of itself.</summary>
    public bool Jitter { get; init; }

    /// <summary>Error types that are retried; empty: those that the node type calls retryable.</summary>
    public ImmutableArray<string> Errors { get; init; } = [];

    /// <summary>Compares the values, including the list of errors.</summary>
    public bool Equals(RetryPolicy? other) => other is not null
        && MaxAttempts == other.MaxAttempts && Delay == other.Delay && Backoff == other.Backoff
        && MaxDelay == other.MaxDelay && Jitter == other.Jitter && Errors.SequenceEqual(other.Errors);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(MaxAttempts, Delay, Backoff, MaxDelay, Jitter, Errors.Length);
}

/// <summary>How a pause between attempts grows.</summary>
public enum Backoff
{
    /// <summary>The pause is the same before every attempt.</summary>
    Fixed,
    /// <summary>The pause doubles with each attempt.</summary>
    Exponential,
}

/// <summary>Where a node's result is kept for later executions.</summary>
/// <param name="Key">A template for the key.</param>
/// <param name="Ttl">How long it is good.</param>
/// <param name="Name">The cache that it is kept in, shared by all nodes of the tenant that name it; null: one of the node's own.</param>
public sealed record CachePolicy(string Key, TimeSpan Ttl, string? Name = null);

/// <summary>What undoes a completed node.</summary>
/// <param name="Type">The type of node that does it.</param>
/// <param name="Config">Its settings, templated over the node's input and output.</param>
/// <param name="Retry">How its failures are retried; null: as the node's.</param>
/// <param name="InDoubt">Whether it also undoes an effect that only may have happened.</param>
/// <param name="Source">Where it stands in the authored document.</param>
public sealed record CompensationDefinition(
    string Type, MapValue Config, RetryPolicy? Retry = null, bool InDoubt = false, SourcePointer Source = default);

/// <summary>What happens to an effect that may or may not have happened when its owner died.</summary>
public enum InDoubtPolicy
{
    /// <summary>It runs again under the same idempotency key.</summary>
    Retry,
    /// <summary>The effect stays in doubt until someone reports what happened.</summary>
    Ask,
    /// <summary>The node fails with the error type <c>inDoubt</c>.</summary>
    Fail,
}

/// <summary>How executions of a workflow run as a whole.</summary>
public sealed record WorkflowSettings
{
    /// <summary>Settings without any value set.</summary>
    public static readonly WorkflowSettings Default = new();

    /// <summary>The longest an execution may take; null: no limit.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>The retry policy of nodes that have none; null: none is retried.</summary>
    public RetryPolicy? Retry { get; init; }

    /// <summary>How many executions may be under way at once; null: no limit.</summary>
    public ConcurrencyLimit? Concurrency { get; init; }

    /// <summary>How often executions may start; null: no limit.</summary>
    public StartRateLimit? RateLimit { get; init; }

    /// <summary>How much an execution may spend on models; null: no limit.</summary>
    public SpendingLimit? Budget { get; init; }

    /// <summary>Higher runs first; 0 is usual.</summary>
    public int Priority { get; init; }

    /// <summary>How long executions are kept once they have ended.</summary>
    public RetentionPolicy Retention { get; init; } = RetentionPolicy.Unsaid;

    /// <summary>The most turns of a loop whose edges do not say; null: <see cref="UsualMaxIterations"/>.</summary>
    public int? MaxIterations { get; init; }

    /// <summary>The most turns of a loop where nothing says.</summary>
    public const int UsualMaxIterations = 1_000;

    /// <summary>All other settings as authored, for capabilities that read their own (callbacks, mcp).</summary>
    public MapValue Extensions { get; init; } = MapValue.Empty;
}

/// <summary>
/// A JSON pointer (RFC 6901) into the authored document. Never part of equality: where something stands is not what it is.
/// </summary>
/// <param name="Pointer">The pointer; null where the thing was not authored.</param>
public readonly record struct SourcePointer(string? Pointer)
{
    /// <summary>Always true: the location of a definition does not matter when definitions are compared.</summary>
    public bool Equals(SourcePointer other) => true;

    /// <inheritdoc/>
    public override int GetHashCode() => 0;

    /// <summary>A pointer one step further down.</summary>
    public SourcePointer At(string key) => new(Pointer + "/" + JsonPointer.Escape(key));

    /// <summary>A pointer to an item.</summary>
    public SourcePointer At(int index) => new($"{Pointer}/{index}");

    /// <inheritdoc/>
    public override string ToString() => Pointer ?? "";
}
