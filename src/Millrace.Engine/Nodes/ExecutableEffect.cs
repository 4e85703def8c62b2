using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Engine.Nodes;

/// <summary>An effect as the engine runs it.</summary>
internal abstract class ExecutableEffect(Template config, TimeSpan? timeout) : EffectLogic(config)
{
    /// <summary>How long one attempt may take where the node does not say.</summary>
    public TimeSpan? Timeout { get; } = timeout;

    /// <summary>The secrets of the tenant that its config refers to.</summary>
    internal virtual IEnumerable<string> SecretNames => [];

    /// <summary>Runs one attempt with the input that was journaled for it.</summary>
    public abstract ValueTask<NodeOutcome> RunAsync(Value input, EffectContext context, CancellationToken cancellation);
}

internal sealed class Effect<TConfig>(
    SecretTemplate template,
    MapValue verbatim,
    Func<TConfig, EffectContext, CancellationToken, ValueTask<NodeOutcome>> execute,
    Func<NodeWait, Value, NodeOutcome> onCallback,
    TimeSpan? timeout) : ExecutableEffect(template.Template, timeout) where TConfig : class
{
    // A config without templates and secrets is bound once.
    private TConfig? _constant;

    public override ValueTask<NodeOutcome> RunAsync(Value input, EffectContext context, CancellationToken cancellation)
    {
        var config = _constant;
        if (config is null)
        {
            if (template.HasSecrets)
            {
                input = context.Secrets.FillConfig(template, input, out var missing);
                if (missing is not null)
                    return new(NodeOutcome.Failed("secret", missing));
            }
            config = ConfigBinder.TryBind<TConfig>(Whole(input), out var problem);
            if (config is null)
                return new(NodeOutcome.Failed("config", $"The config of node '{context.NodeId}' is invalid at '{problem!.Pointer}' after its templates were rendered: {problem.Message}"));
            if (Config.IsConstant && !template.HasSecrets)
                _constant = config;
        }
        return execute(config, context, cancellation);
    }

    public override NodeOutcome OnCallback(NodeWait wait, Value call) => onCallback(wait, call);

    internal override IEnumerable<string> SecretNames => template.Names;

    private MapValue Whole(Value input)
    {
        var map = input.TryGetMap(out var rendered) ? rendered : MapValue.Empty;
        if (verbatim.Count == 0)
            return map;
        var builder = new MapBuilder(map);
        foreach (var entry in verbatim.Entries)
            builder.Set(entry.Key.AsString(), entry.Value);
        return builder.Build();
    }
}
