using Millrace.Core.Values;

namespace Millrace.Core.Definitions.Writing;

/// <summary>Writes nodes and edges of the graph dialect.</summary>
internal static class NodeWriting
{
    public static Value Node(NodeDefinition node)
    {
        var map = new MapBuilder()
            .Set("id", node.Id)
            .SetIfPresent("name", node.Name)
            .Set("type", node.Type)
            .Set("config", node.Config);
        if (node.Conditions.Length > 0)
            map.Set("conditions", ListValue.Create(node.Conditions.Select(Condition)));
        if (node.BypassWhenGated)
            map.Set("bypassWhenGated", true);
        if (node.OnError != ErrorHandling.Fail)
            map.Set("onError", OnError(node.OnError));
        if (node.Retry is { } retry)
            map.Set("retry", Retry(retry));
        if (node.Timeout is { } timeout)
            map.Set("timeout", Durations.ToIso(timeout));
        if (node.Cache is { } cache)
            map.Set(
                "cache",
                new MapBuilder()
                    .Set("key", cache.Key)
                    .Set("ttl", Durations.ToIso(cache.Ttl))
                    .SetIfPresent("name", cache.Name is null ? Value.Null : cache.Name)
                    .Build());
        map.SetIfPresent("outputSchema", node.OutputSchema);
        if (node.Compensation is { } compensation)
            map.Set("compensation", MapValue.Of(("type", compensation.Type), ("config", compensation.Config)));
        if (node.InDoubt is { } inDoubt)
            map.Set("inDoubt", Word(inDoubt));
        if (node.Disabled)
            map.Set("disabled", true);
        return map.SetIfPresent("position", node.Position).SetIfPresent("notes", node.Notes).Build();
    }

    public static Value Edge(EdgeDefinition edge) => new MapBuilder()
        .Set("id", edge.Id)
        .Set("source", edge.Source)
        .Set("target", edge.Target)
        .SetIfPresent("port", edge.Port)
        .SetIfPresent("when", edge.When)
        .SetIfPresent("label", edge.Label)
        .Build();

    public static Value Retry(RetryPolicy retry)
    {
        var map = new MapBuilder()
            .Set("maxAttempts", (long)retry.MaxAttempts)
            .Set("delay", Durations.ToIso(retry.Delay))
            .Set("backoff", Word(retry.Backoff))
            .Set("maxDelay", Durations.ToIso(retry.MaxDelay));
        if (retry.Jitter)
            map.Set("jitter", true);
        if (retry.Errors.Length > 0)
            map.Set("errors", ListValue.Create(retry.Errors.Select(error => (Value)error)));
        return map.Build();
    }

    private static Value Condition(GateCondition condition) => condition is { Field: null, Operator: null }
        ? (Value)condition.Expression
        : new MapBuilder()
            .SetIfPresent("expression", condition.Expression)
            .SetIfPresent("field", condition.Field)
            .SetIfPresent("operator", condition.Operator)
            .Set("value", condition.Operand)
            .Build();

    private static Value OnError(ErrorHandling handling) => handling.Action == ErrorAction.Goto
        ? MapValue.Of(("action", Word(handling.Action)), ("target", handling.Target))
        : Word(handling.Action);

    private static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}
