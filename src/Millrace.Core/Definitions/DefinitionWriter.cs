using System.Text;
using System.Text.Json;
using Millrace.Core.Definitions.Writing;
using Millrace.Core.Values;

namespace Millrace.Core.Definitions;

/// <summary>
/// Writes definitions in the graph dialect, whatever dialect they were read from. Reading what was written gives the same definition.
/// Fields that hold their default are left out.
/// </summary>
public static class DefinitionWriter
{
    /// <summary>The definition as a tree.</summary>
    public static Value ToValue(WorkflowDefinition definition)
    {
        var map = new MapBuilder()
            .SetIfPresent("id", definition.Id)
            .Set("name", definition.Name)
            .SetIfPresent("description", definition.Description)
            .SetIfPresent("version", definition.VersionLabel);
        if (!definition.IsActive)
            map.Set("isActive", false);
        SetIfAny(map, "tags", definition.Tags.Select(tag => (Value)tag));
        SetIfAny(map, "triggers", definition.Triggers.Select(Trigger));
        if (definition.Variables.Count > 0)
            map.Set("variables", definition.Variables);
        map.SetIfPresent("inputSchema", definition.InputSchema);
        var settings = Settings(definition.Settings);
        if (settings.Count > 0)
            map.Set("settings", settings);
        return map
            .Set("nodes", ListValue.Create(definition.Nodes.Select(NodeWriting.Node)))
            .Set("edges", ListValue.Create(definition.Edges.Select(NodeWriting.Edge)))
            .Build();
    }

    /// <summary>The definition as indented JSON.</summary>
    public static byte[] ToJson(WorkflowDefinition definition)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, ValueJson.WriterOptions with { Indented = true, NewLine = "\n" }))
            ValueJson.Write(writer, ToValue(definition));
        return buffer.ToArray();
    }

    /// <summary>The definition as YAML.</summary>
    public static byte[] ToYaml(WorkflowDefinition definition) => Encoding.UTF8.GetBytes(YamlWriter.Write(ToValue(definition)));

    /// <summary>Any JSON-like value as YAML: for exporting the authored document itself.</summary>
    public static byte[] ToYaml(Value document) => Encoding.UTF8.GetBytes(YamlWriter.Write(document));

    private static Value Trigger(TriggerDefinition trigger) => new MapBuilder()
        .Set("id", trigger.Id)
        .Set("type", trigger.Type)
        .SetIfPresent("target", trigger.Target)
        .Set("config", trigger.Config)
        .Build();

    private static MapValue Settings(WorkflowSettings settings)
    {
        var map = new MapBuilder();
        if (settings.Timeout is { } timeout)
            map.Set("timeout", Durations.ToIso(timeout));
        if (settings.Retry is { } retry)
            map.Set("retry", NodeWriting.Retry(retry));
        if (settings.Concurrency is { } concurrency)
            map.Set("concurrency", Concurrency(concurrency));
        if (settings.RateLimit is { } rate)
            map.Set("rateLimit", Rate(rate));
        if (settings.Budget is { } budget)
            map.Set("budget", Budget(budget));
        if (settings.Priority != 0)
            map.Set("priority", (long)settings.Priority);
        if (settings.Retention != RetentionPolicy.Unsaid)
            map.Set("retention", Retention(settings.Retention));
        foreach (var entry in settings.Extensions.Entries)
            map.Set(entry.Key.AsString(), entry.Value);
        return map.Build();
    }

    private static Value Concurrency(ConcurrencyLimit concurrency) => concurrency.Key is null
        ? (long)concurrency.Limit
        : MapValue.Of(("limit", (long)concurrency.Limit), ("key", concurrency.Key));

    private static Value Rate(StartRateLimit rate)
    {
        var map = new MapBuilder().Set("limit", (long)rate.Limit).Set("per", Durations.ToIso(rate.Per));
        if (rate.Burst is { } burst)
            map.Set("burst", (long)burst);
        return map.SetIfPresent("key", rate.Key).Build();
    }

    private static MapValue Budget(SpendingLimit budget) => new MapBuilder()
        .SetIfPresent("money", budget.Money is { } money ? (double)money : Value.Null)
        .SetIfPresent("tokens", budget.Tokens is { } tokens ? tokens : Value.Null)
        .SetIfPresent("calls", budget.Calls is { } calls ? calls : Value.Null)
        .Build();

    private static MapValue Retention(RetentionPolicy policy)
    {
        static Value Keep(TimeSpan? keep) =>
            keep is { } time ? time == RetentionPolicy.Forever ? "forever" : Durations.ToIso(time) : Value.Null;
        return new MapBuilder()
            .SetIfPresent("completed", Keep(policy.Completed))
            .SetIfPresent("failed", Keep(policy.Failed))
            .SetIfPresent("cancelled", Keep(policy.Cancelled))
            .Build();
    }

    private static void SetIfAny(MapBuilder map, string key, IEnumerable<Value> items)
    {
        var list = ListValue.Create(items);
        if (list.Count > 0)
            map.Set(key, list);
    }
}
