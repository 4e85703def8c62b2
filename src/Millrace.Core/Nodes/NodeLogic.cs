using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Expressions;
using Millrace.Core.Values;

namespace Millrace.Core.Nodes;

/// <summary>One node's behaviour, made once per workflow version from its type and config. Closed: pure, effect, or wait.</summary>
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
}

/// <summary>Waits. It costs nothing while it does.</summary>
public abstract class WaitLogic : NodeLogic
{
    /// <summary>What it waits for; or how it ended, if there is nothing to wait for.</summary>
    public abstract (NodeWait? Wait, NodeOutcome? Outcome) Begin(NodeContext context);

    /// <summary>How it ends when its time has come.</summary>
    public abstract NodeOutcome OnDue(NodeContext context);
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

    /// <summary>The recorded time of what is being handled.</summary>
    public DateTimeOffset Now { get; internal set; }
}

/// <summary>What came over one taken edge.</summary>
/// <param name="Source">The node it came from.</param>
/// <param name="Output">That node's output.</param>
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
    /// <summary>When it fires.</summary>
    Graphs.JoinRule Rule { get; }
}
