using Millrace.Core.Values;

namespace Millrace.Core.Definitions.Reading;

/// <summary>Reads `settings`. Those without a property of their own are kept as authored.</summary>
internal static class SettingsReading
{
    // Kept as authored, and without effect in this version.
    private static readonly string[] Kept = ["callbacks", "mcp", "onError", "taint", "maxDescendants"];

    private static readonly string[] Known =
        ["timeout", "retry", "concurrency", "rateLimit", "priority", "maxIterations", "retention", "budget", .. Kept];

    /// <summary>Whether this is the name of a setting.</summary>
    public static bool Declares(string name) => Naming.IsOneOf(name, Known);

    public static WorkflowSettings Read(Fields root, ProblemList problems)
    {
        if (root.Map("settings") is not { } field)
            return WorkflowSettings.Default;
        var fields = new Fields(field.Value.AsMap(), field.At, problems);
        var settings = new WorkflowSettings
        {
            Timeout = fields.Duration(1_000, "timeout"),
            Retry = PolicyReading.Retry(fields, problems),
            Concurrency = LimitReading.Concurrency(fields, problems),
            RateLimit = LimitReading.Rate(fields, problems),
            Budget = LimitReading.Budget(fields, problems),
            Priority = fields.Integer("priority") ?? 0,
            Retention = Retention(fields, problems),
            MaxIterations = fields.Integer("maxIterations"),
            Extensions = fields.Rest(),
        };
        foreach (var entry in settings.Extensions.Entries)
            Extension(entry.Key.AsString(), entry.Value, field.At, problems);
        fields.Ignore(Kept);
        fields.WarnAboutRest("settings", Known);
        return settings;
    }

    private static void Extension(string key, Value value, SourcePointer at, ProblemList problems)
    {
        if (!Naming.IsOneOf(key, Kept))
            return;
        var expected = Kept.First(name => Naming.Same(name, key)) switch
        {
            "callbacks" => AreCallbacks(value) ? null : "a list of objects {url, events, secret, auth}",
            "mcp" => value.TryGetBool(out _) || value.TryGetMap(out _) ? null : "true, false, or an object {name, description}",
            "onError" => value["workflowId"].TryGetString(out _) ? null : "an object {workflowId, input}",
            "taint" => value.Equals("off") || value.Equals("warn") || value.Equals("block") ? null : "off, warn or block",
            _ => value.TryGetInt(out var number) && number > 0 ? null : "a whole number greater than 0",
        };
        if (expected is not null)
            problems.Error(at.At(key), "wrong_type", $"'{key}' must be {expected}, not {Fields.Describe(value)}.");
        else
            problems.Warn(at.At(key), "no_effect", $"In this version the setting '{key}' is kept and has no effect.");
    }

    private static bool AreCallbacks(Value value) =>
        value.TryGetList(out var list) && ((IEnumerable<Value>)list).All(item => item["url"].TryGetString(out _));

    private static RetentionPolicy Retention(Fields settings, ProblemList problems)
    {
        if (!settings.TryTake(out var field, "retention"))
            return RetentionPolicy.Unsaid;
        if (!field.Value.TryGetMap(out var map))
            return RetentionPolicy.Of(Keep(settings, field));
        var fields = new Fields(map, field.At, problems);
        var policy = new RetentionPolicy(Keep(fields, "completed"), Keep(fields, "failed"), Keep(fields, "cancelled"));
        fields.WarnAboutRest("retention", ["completed", "failed", "cancelled"]);
        return policy;
    }

    private static TimeSpan? Keep(Fields fields, string status) => fields.TryTake(out var field, status) ? Keep(fields, field) : null;

    private static TimeSpan? Keep(Fields fields, Field field)
    {
        // Never a bare number: days may be meant, and milliseconds would delete at once.
        if (field.Value.TryGetString(out var text) && RetentionPolicy.TryParse(text, out var keep))
            return keep;
        fields.WrongType(field, RetentionPolicy.Expected);
        return null;
    }
}
