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

/// <summary>What a node's logic may look at.</summary>
public sealed class NodeContext
{
    /// <summary>What its expressions see.</summary>
    public required IBindings Scope { get; init; }

    /// <summary>What arrived: see the design's "data".</summary>
    public required Value Data { get; init; }

    /// <summary>The execution's input.</summary>
    public required Value Input { get; init; }

    /// <summary>What came over each taken edge, in edge order.</summary>
    public required ImmutableArray<Arrival> Arrivals { get; init; }

    /// <summary>The value given for this node at the start; null where none was.</summary>
    public Value? Given { get; init; }

    /// <summary>The workflow's variables.</summary>
    public required MapValue Variables { get; init; }

    /// <summary>The recorded time of what is being handled.</summary>
    public required DateTimeOffset Now { get; init; }
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
