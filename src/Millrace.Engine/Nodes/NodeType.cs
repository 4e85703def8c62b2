using Millrace.Core.Definitions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Engine.Nodes;

/// <summary>
/// A type of node: what it is, and how its config becomes behaviour. Derive from <see cref="PureNodeType{TConfig}"/>,
/// <see cref="EffectNodeType{TConfig}"/> or <see cref="WaitNodeType{TConfig}"/>.
/// </summary>
public abstract class NodeType
{
    /// <summary>The name, the title, the kind and the ports of the type.</summary>
    public abstract NodeTypeDescription Description { get; }

    /// <summary>Its name and aliases: known without the schema of its config, which takes longer to derive than a program takes to start.</summary>
    internal virtual IEnumerable<string> Names => Description.Aliases.Prepend(Description.Type);

    /// <summary>The behaviour of one node; null where its config is unusable, with problems added. Never runs anything.</summary>
    /// <param name="node">The node.</param>
    /// <param name="types">The types that a body inside its config may use.</param>
    /// <param name="problems">Receives the problems found.</param>
    public abstract NodeLogic? Compile(NodeDefinition node, INodeCatalog types, ICollection<Problem> problems);
}

/// <summary>A type of node with a config record, from which its schema, validation and forms are derived.</summary>
/// <typeparam name="TConfig">A record with init properties; see <see cref="ConfigSchema"/> for its attributes.</typeparam>
public abstract class NodeType<TConfig> : NodeType where TConfig : class
{
    private readonly Lazy<NodeTypeDescription> _description;

    private protected NodeType() => _description = new(() => ConfigSchema.Complete(Describe(), typeof(TConfig)));

    internal sealed override IEnumerable<string> Names
    {
        get
        {
            var description = Describe();
            return description.Aliases.Prepend(description.Type);
        }
    }

    /// <inheritdoc/>
    public sealed override NodeTypeDescription Description => _description.Value;

    /// <summary>What it is; the config's schema and the roles of its fields are filled in from <typeparamref name="TConfig"/>.</summary>
    protected abstract NodeTypeDescription Describe();

    /// <inheritdoc/>
    public sealed override NodeLogic? Compile(NodeDefinition node, INodeCatalog types, ICollection<Problem> problems)
    {
        var compilation = new NodeCompilation(node, node.Config, types, problems);
        var logic = CompileCore(compilation);
        return compilation.HasErrors ? null : logic;
    }

    private protected abstract NodeLogic? CompileCore(NodeCompilation compilation);
}

/// <summary>A type whose nodes are functions of their input and run inside the machine.</summary>
/// <typeparam name="TConfig">Its config, bound before templates are filled in: templated fields are text or <see cref="Core.Values.Value"/>.</typeparam>
public abstract class PureNodeType<TConfig> : NodeType<TConfig> where TConfig : class
{
    /// <summary>Makes a node's behaviour; problems go to the compilation.</summary>
    protected abstract PureLogic? Compile(TConfig config, NodeCompilation compilation);

    private protected sealed override NodeLogic? CompileCore(NodeCompilation compilation) =>
        compilation.Bind<TConfig>() is { } config ? Compile(config, compilation) : null;
}

/// <summary>A type whose nodes run a graph of their own.</summary>
/// <typeparam name="TConfig">Its config, bound before templates are filled in.</typeparam>
public abstract class BodyNodeType<TConfig> : NodeType<TConfig> where TConfig : class
{
    /// <summary>Makes a node's behaviour; problems go to the compilation.</summary>
    protected abstract BodyLogic? Compile(TConfig config, NodeCompilation compilation);

    private protected sealed override NodeLogic? CompileCore(NodeCompilation compilation) =>
        compilation.Bind<TConfig>() is { } config ? Compile(config, compilation) : null;
}

/// <summary>A type whose nodes wait.</summary>
/// <typeparam name="TConfig">Its config, bound before templates are filled in.</typeparam>
public abstract class WaitNodeType<TConfig> : NodeType<TConfig> where TConfig : class
{
    /// <summary>Makes a node's behaviour; problems go to the compilation.</summary>
    protected abstract WaitLogic? Compile(TConfig config, NodeCompilation compilation);

    private protected sealed override NodeLogic? CompileCore(NodeCompilation compilation) =>
        compilation.Bind<TConfig>() is { } config ? Compile(config, compilation) : null;
}

/// <summary>A type whose nodes touch the world.</summary>
/// <typeparam name="TConfig">Its config, bound after templates are filled in.</typeparam>
public abstract class EffectNodeType<TConfig> : NodeType<TConfig> where TConfig : class
{
    /// <summary>How long one attempt may take where the node does not say; null: the engine's default.</summary>
    protected virtual TimeSpan? DefaultTimeout => null;

    /// <summary>
    /// Runs one attempt. Expected failures are outcomes; an exception becomes a failed attempt of type "unexpected".
    /// At least once: after a crash it runs again with the same <see cref="EffectContext.IdempotencyKey"/>.
    /// </summary>
    protected abstract ValueTask<NodeOutcome> ExecuteAsync(TConfig config, EffectContext context, CancellationToken cancellation);

    /// <summary>
    /// How what the node began elsewhere ended, by the call that it waited for (<see cref="EffectContext.WaitForCallback"/>). A function of
    /// the call. Unless overridden: the call's body is {output, meta?} or {error {type, message, retryable?}}.
    /// </summary>
    /// <param name="wait">What it waited for, with its details.</param>
    /// <param name="call">{method, path, query, headers, body}.</param>
    protected virtual NodeOutcome OnCallback(NodeWait wait, Value call) => NodeOutcome.FromMessage(call["body"]);

    /// <summary>Checks beyond the schema, at save; problems go to the compilation. The config still has its templates.</summary>
    protected virtual void Check(NodeCompilation compilation)
    {
    }

    private protected sealed override NodeLogic? CompileCore(NodeCompilation compilation)
    {
        Check(compilation);
        var verbatim = ConfigSchema.Select(compilation.Config, Description.VerbatimFields);
        return compilation.SecretTemplate(ConfigSchema.Without(compilation.Config, Description.VerbatimFields), "") is { } template
            ? new Effect<TConfig>(template, verbatim, ExecuteAsync, OnCallback, DefaultTimeout)
            : null;
    }
}
