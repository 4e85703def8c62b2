using Millrace.Core.Definitions;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Caching;

namespace Millrace.Engine.Nodes;

/// <summary>An effect whose result is kept. Its key is rendered and journaled with its config, so that it is the same after a crash.</summary>
internal sealed class CachedEffect(ExecutableEffect inner, Template withKey, CachePolicy policy) : ExecutableEffect(withKey, inner.Timeout)
{
    // No config field begins with a dollar.
    private const string Field = "$cache";

    /// <summary>Makes an effect cached; null with problems added where its key is not valid.</summary>
    public static CachedEffect? Compile(NodeDefinition node, CachePolicy policy, ExecutableEffect inner, ICollection<Problem> problems)
    {
        var config = inner.Config.Source.TryGetMap(out var map) ? map : MapValue.Empty;
        if (Template.Parse(new MapBuilder(config).Set(Field, policy.Key).Build(), out var found) is { } template)
            return new CachedEffect(inner, template, policy);
        foreach (var problem in found)
            problems.Add(new(node.Source + "/cache/key", "invalid_expression", $"The template is not valid at {problem.Position + 1}: {problem.Message}"));
        return null;
    }

    public override async ValueTask<NodeOutcome> RunAsync(Value input, EffectContext context, CancellationToken cancellation)
    {
        var config = new MapBuilder();
        foreach (var entry in input.AsMap().Entries)
        {
            if (!entry.Key.Equals(Field))
                config.Set(entry.Key.AsString(), entry.Value);
        }
        ValueTask<NodeOutcome> RunInner() => inner.RunAsync(config.Build(), context, cancellation);
        if (context.Cache is not { } cache)
            return await RunInner();
        var (address, problem) = CacheAddress.Of(policy.Name, context.WorkflowId, context.NodeId, input[Field]);
        if (address is null)
            return NodeOutcome.Failed("cache", problem!);
        // Without secrets: what is kept is shown to other executions.
        return await cache.GetOrRunAsync(context.Tenant, address, policy.Ttl, async () => context.Secrets.Redactor.Redact(await RunInner()), cancellation);
    }
}
