using Millrace.Core.Definitions;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Engine.Nodes;

/// <summary>
/// An effect whose result is kept, which <see cref="Effects.CacheStage"/> does; run as it is, it has no cache. Its key is rendered and
/// journaled with its config, so that it is the same after a crash.
/// </summary>
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

    /// <summary>How its results are kept.</summary>
    public CachePolicy Policy => policy;

    /// <summary>The key of an attempt, as it was journaled.</summary>
    public static Value KeyOf(Value input) => input[Field];

    /// <inheritdoc/>
    public override ValueTask<NodeOutcome> RunAsync(Value input, EffectContext context, CancellationToken cancellation)
    {
        var config = new MapBuilder();
        foreach (var entry in input.AsMap().Entries)
        {
            if (!entry.Key.Equals(Field))
                config.Set(entry.Key.AsString(), entry.Value);
        }
        return inner.RunAsync(config.Build(), context, cancellation);
    }
}
