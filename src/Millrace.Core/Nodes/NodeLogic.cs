using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Expressions;
using Millrace.Core.Values;

namespace Millrace.Core.Nodes;

/// <summary>One node's behaviour, made once per workflow version from its type and config. Closed: pure, effect, wait, or a body that it runs.</summary>
public abstract class NodeLogic
{
    private protected NodeLogic()
    {
    }

    /// <summary>Problems with what an execution is about to be started with; they refuse the start.</summary>
    /// <param name="input">The execution's input.</param>
    /// <param name="given">The value given for this node's id; null where none was.</param>
    public virtual IEnumerable<Problem> CheckStart(Value input, Value? given) => [];
}

/// <summary>A function of its input, run inside the machine.</summary>
public abstract class PureLogic : NodeLogic
{
    /// <summary>Runs it. Never throws: a failure is an outcome.</summary>
    public abstract NodeOutcome Evaluate(NodeContext context);
}

/// <summary>Touches the world. The machine renders its config, which is journaled as the node's input; the engine runs it.</summary>
public abstract class EffectLogic(Template config) : NodeLogic
{
    /// <summary>The config with its templates.</summary>
    public Template Config { get; } = config;

    /// <summary>The input to run with and to journal.</summary>
    public virtual TemplateEvaluation Render(NodeContext context) => Config.Evaluate(context.Scope);

    /// <summary>How what it began elsewhere ended, by the call that it waited for. A function of the call.</summary>
    /// <param name="wait">What it waited for.</param>
    /// <param name="call">{method, path, query, headers, body}.</param>
    public virtual NodeOutcome OnCallback(NodeWait wait, Value call) => NodeOutcome.FromMessage(call["body"]);
}

/// <summary>Waits. It costs nothing while it does.</summary>
public abstract class WaitLogic : NodeLogic
{
    /// <summary>The link by which the outside ends it; null: it has none.</summary>
    public virtual WaitLink? Link => null;

    /// <summary>What it waits for; or how it ended, if there is nothing to wait for.</summary>
    public abstract (NodeWait? Wait, NodeOutcome? Outcome) Begin(NodeContext context);

    /// <summary>How it ends when its time has come.</summary>
    public abstract NodeOutcome OnDue(NodeContext context);

    /// <summary>How it ends by what came from outside; null: this is not what it waits for.</summary>
    /// <param name="context">What it may look at.</param>
    /// <param name="wait">What it waits for, as it began.</param>
    /// <param name="message">What came; a signal has the name that it waits for, anything else is meant for this very node.</param>
    public virtual NodeOutcome? OnMessage(NodeContext context, NodeWait wait, Delivery message) => null;
}

/// <summary>Runs a graph of its own, over and over.</summary>
public abstract class BodyLogic(WorkflowDefinition body) : NodeLogic
{
    /// <summary>The nodes and edges that it runs.</summary>
    public WorkflowDefinition Body { get; } = body;
}

/// <summary>Runs its body once for each item of a list.</summary>
/// <param name="items">A template that gives the list.</param>
/// <param name="concurrency">The most items under way at once; at least 1.</param>
/// <param name="collects">Whether an item that fails leaves {error} in the list; else it fails the node.</param>
/// <param name="body">The body to run.</param>
public sealed class ForEachLogic(Template items, int concurrency, bool collects, WorkflowDefinition body) : BodyLogic(body)
{
    /// <summary>The most items under way at once.</summary>
    public int Concurrency { get; } = concurrency;

    /// <summary>Whether an item that fails leaves {error} in the list.</summary>
    public bool Collects { get; } = collects;

    /// <summary>The items; or why there are none.</summary>
    public (ListValue? Items, NodeError? Error) ItemsOf(NodeContext context)
    {
        var evaluation = items.Evaluate(context.Scope);
        if (!evaluation.Succeeded)
            return (null, new NodeError("expression", $"'items' failed: {evaluation.Error}"));
        return evaluation.Value.TryGetList(out var list)
            ? (list, null)
            : (null, new NodeError("data", $"'items' must be a list, but is {evaluation.Value.Kind.ToString().ToLowerInvariant()}."));
    }
}

/// <summary>Runs its body as long as a condition holds.</summary>
/// <param name="condition">Looked at before every turn; it sees the last turn's result as `data`, and `index`.</param>
/// <param name="maxIterations">The most turns; one more is a failure.</param>
/// <param name="body">The body to run.</param>
public sealed class WhileLogic(Expression condition, int maxIterations, WorkflowDefinition body) : BodyLogic(body)
{
    /// <summary>Looked at before every turn.</summary>
    public Expression Condition { get; } = condition;

    /// <summary>The maximum number of iterations.</summary>
    public int MaxIterations { get; } = maxIterations;
}

/// <summary>Runs its body once, on what arrived.</summary>
/// <param name="splits">Whether what its body gives is {output, meta}, and the failure of its body its own as it is; else its output, and a failure that names the node.</param>
/// <param name="body">The body to run.</param>
public sealed class OnceLogic(bool splits, WorkflowDefinition body) : BodyLogic(body)
{
    /// <summary>Whether what its body gives is {output, meta}.</summary>
    public bool Splits { get; } = splits;
}

/// <summary>A loop made by back edges: the compiler's own, never authored.</summary>
internal sealed class LoopLogic : NodeLogic
{
    public static readonly LoopLogic Instance = new();

    public static readonly NodeTypeDescription Description = new()
    {
        Type = "loop",
        Title = "Loop",
        Summary = "A loop made by edges that lead back.",
        Category = "Flow",
        Kind = NodeKind.Pure,
    };
}

/// <summary>What a node's logic may look at. Good for the one call only: it is moved on to the next node.</summary>
public sealed class NodeContext(IBindings scope)
{
    /// <summary>What its expressions see.</summary>
    public IBindings Scope { get; } = scope;

    /// <summary>What arrived: see the design's "data".</summary>
    public Value Data { get; internal set; }

    /// <summary>The execution's input.</summary>
    public Value Input { get; internal set; }

    /// <summary>What came over each taken edge, in edge order; filled in for joins only.</summary>
    public ImmutableArray<Arrival> Arrivals { get; internal set; } = [];

    /// <summary>The value given for this node at the start; null where none was.</summary>
    public Value? Given { get; internal set; }

    /// <summary>The workflow's variables.</summary>
    public MapValue Variables { get; internal set; } = MapValue.Empty;

    /// <summary>The link by which the outside ends this node's wait; null: it has none, or this process has no address.</summary>
    public string? Link { get; internal set; }

    /// <summary>The recorded time of what is being handled.</summary>
    public DateTimeOffset Now { get; internal set; }
}

/// <summary>Something from outside for one node, or a signal for whoever waits for its name.</summary>
/// <param name="Kind">"signal", "answer", "callback", "child", "task".</param>
/// <param name="Name">The signal's name; null for all else.</param>
/// <param name="Payload">The content of the message.</param>
/// <param name="NodeId">The node it is meant for; null for signals.</param>
/// <param name="Iteration">That node's iteration path; null: whichever waits first.</param>
public sealed record Delivery(string Kind, string? Name, Value Payload, string? NodeId = null, string? Iteration = null)
{
    /// <summary>The kind of a signal.</summary>
    public const string Signal = "signal";

    /// <summary>The kind of a person's answer.</summary>
    public const string Answer = "answer";

    /// <summary>The kind of another program's call.</summary>
    public const string Callback = "callback";

    /// <summary>The kind of what a worker says of its task.</summary>
    public const string Task = "task";
}

/// <summary>What came over one taken edge.</summary>
/// <param name="Source">The node it came from.</param>
/// <param name="Output">The output of that node.</param>
public readonly record struct Arrival(string Source, Value Output);

/// <summary>Makes nodes' logic. The engine's registry of node types is one.</summary>
public interface INodeCompiler : INodeCatalog
{
    /// <summary>The logic of a node; null where its config is unusable, with problems added.</summary>
    NodeLogic? Compile(NodeDefinition node, ICollection<Problem> problems);
}

/// <summary>Behaviour of a node that may run before all of its incoming edges are decided.</summary>
public interface IJoinLogic
{
    /// <summary>How many branches the join waits for.</summary>
    Graphs.JoinRule Rule { get; }
}

/// <summary>Behaviour of a node that sets variables.</summary>
public interface IVariableWriter
{
    /// <summary>The variables that it may set.</summary>
    IEnumerable<string> VariableNames { get; }
}
