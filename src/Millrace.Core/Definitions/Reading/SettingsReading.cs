using Millrace.Core.Values;

namespace Millrace.Core.Definitions.Reading;

/// <summary>Reads `settings`. Those without a property of their own are kept as authored.</summary>
internal static class SettingsReading
{
    private static readonly string[] Known =
    [
        "timeout", "retry", "concurrency", "rateLimit", "priority", "maxIterations", "retention", "callbacks", "budget", "mcp",
    ];

    /// <summary>Whether this is the name of a setting.</summary>
    public static bool Declares(string name) => Naming.IsOneOf(name, Known);

    public static WorkflowSettings Read(Fields root, ProblemList problems)
    {
        if (root.Map("settings") is not { } field)
            return WorkflowSettings.Default;
        var fields = new Fields(field.Value.AsMap(), field.At, problems);
        return new WorkflowSettings
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
    }

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
