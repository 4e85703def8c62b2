using Millrace.Core.Values;
using NodaTime;

namespace Millrace.Core.Definitions.Validation;

/// <summary>What is said of triggers: their types, their settings, and what they start.</summary>
internal static class TriggerChecks
{
    private static readonly string[] Misfires = ["fireOnce", "skip", "all"];
    private static readonly string[] Overlaps = ["allow", "skip", "queue", "cancelOld"];
    private static readonly string[] Edges = ["rising", "falling", "both"];

    public static void Run(Checking checking)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var trigger in checking.Definition.Triggers)
        {
            var at = trigger.Source.Pointer is null ? checking.FieldAt(new SourcePointer(""), "triggers") : trigger.Source;
            if (trigger.Type.Length == 0)
                checking.Error(at, "missing_field", "A trigger needs a 'type'.");
            else if (!TriggerTypes.All.Contains(trigger.Type, StringComparer.Ordinal))
                UnknownType(checking, checking.FieldAt(at, "type"), trigger.Type);
            if (!WorkflowChecks.IsWorkflowId(trigger.Id))
                checking.Error(checking.FieldAt(at, "id"), "invalid_id", "A trigger's id has 1 to 64 letters, digits, '_' or '-'.");
            else if (!ids.Add(trigger.Id))
                checking.Error(checking.FieldAt(at, "id"), "duplicate_id", $"Another trigger already has the id '{trigger.Id}'.");
            if (string.Equals(trigger.Type, TriggerTypes.Webhook, StringComparison.Ordinal) && checking.TypeOf("webhook") is { } webhook)
                ConfigChecks.Check(checking, webhook, WithPath(trigger.Config), checking.FieldAt(at, "config"));
            else
                Unfired(checking, trigger, at);
            if (trigger.Target is { } target && !checking.Graph.IndexOf.ContainsKey(target))
                checking.Unknown(
                    checking.FieldAt(at, "target", "nodeId", "node"),
                    "unknown_trigger_target",
                    $"The trigger starts the node '{target}', which does not exist",
                    target,
                    checking.Graph.IndexOf.Keys);
        }
    }

    // Without a path, a webhook trigger answers at the workflow's id.
    private static MapValue WithPath(MapValue config) =>
        ((Value)config)["path"].IsNull ? new MapBuilder(config).Set("path", "id").Build() : config;

    private static void UnknownType(Checking checking, SourcePointer at, string type)
    {
        var usual = type.ToUpperInvariant() switch
        {
            "CRON" or "TIMER" or "INTERVAL" or "SCHEDULED" => TriggerTypes.Schedule,
            "HTTP" or "HOOK" => TriggerTypes.Webhook,
            "API" or "USER" => TriggerTypes.Manual,
            "MESSAGE" or "PUBSUB" => TriggerTypes.Event,
            _ => null,
        };
        checking.Unknown(
            at,
            "unknown_trigger_type",
            $"unknown trigger type '{type}' (there are {string.Join(", ", TriggerTypes.All)})",
            usual ?? type,
            TriggerTypes.All);
    }

    // Manual ones have nothing to fire by, and webhooks do fire.
    private static void Unfired(Checking checking, TriggerDefinition trigger, SourcePointer at)
    {
        if (trigger.Type is not (TriggerTypes.Schedule or TriggerTypes.Event or TriggerTypes.Condition))
            return;
        checking.Warn(
            checking.FieldAt(at, "type"),
            "trigger_does_not_fire",
            $"In this version a trigger of the type '{trigger.Type}' is kept and does not fire.");
        Settings(checking, trigger);
    }

    private static void Settings(Checking checking, TriggerDefinition trigger)
    {
        var known = trigger.Type switch
        {
            TriggerTypes.Schedule =>
                new[] { "cron", "every", "at", "timezone", "exclude", "start", "end", "misfire", "overlap", "jitter" },
            TriggerTypes.Event => ["type", "types", "source", "filter", "debounce", "batch"],
            _ => ["poll", "on", "condition", "edge", "hold"],
        };
        foreach (var entry in trigger.Config.Entries)
        {
            var key = entry.Key.AsString();
            var at = trigger.ConfigSource.At(key);
            if (Naming.IsOneOf(key, ["input", "name", "enabled"]))
                continue;
            if (!Naming.IsOneOf(key, known))
                checking.Warn(
                    at,
                    "unknown_field",
                    $"A trigger of the type '{trigger.Type}' has no field '{key}', so it is ignored.",
                    checking.Problems.Suggestions.Closest(key, known));
            else if (Wrong(trigger.Type, known.First(name => Naming.Same(name, key)), entry.Value) is { } sentence)
                checking.Error(at, "invalid_value", sentence);
        }
        if (trigger.Type is TriggerTypes.Schedule && !trigger.Config.Entries.ToArray().Any(SaysWhen))
            checking.Error(trigger.ConfigSource, "missing_field", "A schedule needs one of 'cron', 'every' and 'at'.");
    }

    // A sentence where a setting is not what it must be; templates have no place in any of them.
    private static string? Wrong(string type, string name, Value value) => (type, name) switch
    {
        (TriggerTypes.Schedule, "cron") => value.TryGetString(out var cron) ? CronCheck.Find(cron) : "A cron expression is text.",
        (_, "every" or "jitter" or "hold") => Durations.TryRead(value, out _) ? null : $"'{name}' must be {Durations.Expected}.",
        (_, "at" or "exclude") => AreTimes(value) ? null : $"'{name}' must be {Rfc3339.Expected}, or a list of them.",
        (_, "start" or "end") => IsTime(value) ? null : $"'{name}' must be {Rfc3339.Expected}.",
        (_, "timezone") => value.TryGetString(out var zone) && DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone) is not null
            ? null
            : "'timezone' must be a time zone such as Europe/Berlin.",
        (_, "misfire") => OneOf(name, value, Misfires),
        (_, "overlap") => OneOf(name, value, Overlaps),
        (_, "edge") => OneOf(name, value, Edges),
        _ => null,
    };

    private static bool SaysWhen(KeyValuePair<Value, Value> entry) => Naming.IsOneOf(entry.Key.AsString(), ["cron", "every", "at"]);

    private static bool IsTime(Value value) => value.TryGetString(out var text) && Rfc3339.TryParse(text, out _);

    private static bool AreTimes(Value value) => value.TryGetList(out var list) ? ((IEnumerable<Value>)list).All(IsTime) : IsTime(value);

    private static string? OneOf(string name, Value value, string[] choices) =>
        value.TryGetString(out var text) && Naming.IsOneOf(text, choices) ? null : $"'{name}' must be one of {string.Join(", ", choices)}.";
}
