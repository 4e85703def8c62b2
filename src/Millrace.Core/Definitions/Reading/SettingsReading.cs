using Millrace.Core.Values;

namespace Millrace.Core.Definitions.Reading;

/// <summary>Reads `settings`. Those without a property of their own are kept as authored.</summary>
internal static class SettingsReading
{
    private static readonly string[] Known = ["timeout", "retry", "concurrency", "rateLimit", "priority", "maxIterations", "retention", "callbacks", "budget", "mcp"];

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
            Priority = fields.Integer("priority") ?? 0,
            MaxIterations = fields.Integer("maxIterations"),
            Extensions = fields.Rest(),
        };
    }
}
