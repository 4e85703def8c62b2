using System.ComponentModel;
using Millrace.Core.Definitions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Flow.Caching;

internal sealed record CacheConfig
{
    [Description("The key of the result. May be a template.")]
    public required Value Key { get; init; }

    [TemplatedField(typeof(TimeSpan))]
    [Description("How long a result is valid: a duration, or a number of seconds. By default an hour.")]
    public Value Ttl { get; init; }

    [Description("The name of a cache that all nodes of the tenant with this name share. By default, the node has a cache of its own.")]
    public string? Name { get; init; }

    [Description("The graph that computes the result: {nodes, edges}. Its first nodes get what arrives at this node.")]
    public required IReadOnlyDictionary<string, Value> Body { get; init; }
}

/// <summary>
/// Gives a result that is kept, or runs its body and keeps what that gives. It compiles to a body of three nodes, so that looking,
/// computing and keeping are journaled like all else and go on after a crash where they were.
/// </summary>
internal sealed class CacheNode : BodyNodeType<CacheConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "cache",
        Title = "Cache",
        Summary = "Returns a cached result, or runs its body and caches the result; nodes that need the same result at the same time share "
            + "one run.",
        Category = "Flow",
        Kind = NodeKind.Effect,
        Repetition = Repetition.Harmless,
        GraphFields = ["/body"],
    };

    protected override BodyLogic? Compile(CacheConfig config, NodeCompilation compilation)
    {
        compilation.Template(config.Key, "/key");
        compilation.Template(config.Ttl, "/ttl");
        if (config.Key.TryGetString(out var key) && key.Length == 0)
            compilation.Error("/key", "missing_field", "A cache needs a 'key'.");
        if (config.Name?.Length == 0)
            compilation.Error(
                "/name", "missing_field", "The name of a shared cache must not be empty; omit 'name' for a cache of the node's own.");
        var body = compilation.Body("body");
        return body is null || compilation.HasErrors ? null : new OnceLogic(splits: true, Around(compilation, body, config));
    }

    private static WorkflowDefinition Around(NodeCompilation compilation, WorkflowDefinition body, CacheConfig config)
    {
        var node = compilation.Node;
        NodeDefinition look = Part(
            node,
            "look",
            "cache/look",
            new MapBuilder()
                .Set("node", node.Id)
                .Set("key", config.Key)
                .SetIfPresent("name", config.Name is null ? Value.Null : config.Name)
                .Build())
            with { Retry = CacheLookNode.LookAgain };
        NodeDefinition compute = Part(node, "body", "cache/body", MapValue.Of("body", compilation.Field("body")));
        NodeDefinition keep = Part(
            node,
            "keep",
            "cache/keep",
            new MapBuilder().Set("look", $"{{{{nodes[{((Value)look.Id).ToJson()}].meta}}}}").SetIfPresent("ttl", config.Ttl).Build());
        return body with
        {
            Nodes = [look, compute, keep],
            Edges = [Edge(look, compute, "miss"), Edge(look, keep, "hit"), Edge(compute, keep, null)],
        };
    }

    private static NodeDefinition Part(NodeDefinition of, string name, string type, MapValue config) =>
        new() { Id = $"{of.Id}/{name}", Type = type, Config = config, Source = of.Source, ConfigSource = of.ConfigSource };

    private static EdgeDefinition Edge(NodeDefinition from, NodeDefinition to, string? port) =>
        new() { Id = $"{from.Id}-{to.Id}", Source = from.Id, Target = to.Id, Port = port, Location = from.Source };
}
