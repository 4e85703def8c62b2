using Millrace.Core.Values;

namespace Millrace.Core.Definitions.Reading;

/// <summary>
/// Reads `trigger` and `triggers`: a type by itself, or an object whose settings are its `config`, else all its other fields.
/// </summary>
internal static class TriggerReading
{
    public static IEnumerable<TriggerDefinition> Read(Fields root, Draft draft)
    {
        var items = root.List(orOne: true, "triggers").Concat(root.List(orOne: true, "trigger")).ToArray();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in items)
            ids.Add(item.Value["id"].TryGetString(out var id) ? id : "");
        foreach (var item in items)
        {
            if (item.Value.TryGetString(out var type))
                yield return new TriggerDefinition(FreeId(type, ids), Canonical(type), MapValue.Empty, null, item.At);
            else if (item.Value.TryGetMap(out var map))
                yield return Canonical(Read(new Fields(map, item.At, draft.Problems), ids), draft);
            else
                root.WrongType(item, "a trigger such as {\"type\": \"schedule\", \"config\": {...}}");
        }
    }

    private static TriggerDefinition Read(Fields fields, HashSet<string> ids)
    {
        var type = fields.Text("type") ?? "";
        var id = fields.Text("id") ?? FreeId(type, ids);
        var target = fields.Label("target", "nodeId", "node");
        if (fields.Map("config") is not { } config)
            return new TriggerDefinition(id, Canonical(type), fields.Rest(), target, fields.At);
        fields.WarnAboutRest("A trigger with a config", ["id", "type", "config", "target"]);
        return new TriggerDefinition(id, Canonical(type), config.Value.AsMap(), target, fields.At) { ConfigSource = config.At };
    }

    // A webhook trigger is configured as the node type of that name is.
    private static TriggerDefinition Canonical(TriggerDefinition trigger, Draft draft) =>
        string.Equals(trigger.Type, TriggerTypes.Webhook, StringComparison.Ordinal)
        ? trigger with { Config = ConfigNames.Canonical(draft.Catalog.Find(trigger.Type), trigger.Config) }
        : trigger;

    private static string Canonical(string type) => TriggerTypes.All.FirstOrDefault(known => Naming.Same(known, type)) ?? type;

    private static string FreeId(string type, HashSet<string> taken)
    {
        var stem = type.Length == 0 ? "trigger" : Canonical(type);
        var id = stem;
        for (var i = 2; !taken.Add(id); i++)
            id = $"{stem}_{i}";
        return id;
    }
}
