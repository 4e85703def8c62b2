using Millrace.Core.Values;

namespace Millrace.Server.Configuration;

/// <summary>Warns of settings that nothing reads: those that this version does not take, and misspelt ones.</summary>
internal sealed class UnknownSettings(SettingValues values)
{
    private const int ShortestGuessed = 5;

    private const string InSqlite = "Millrace keeps its data in SQLite. Set the path with " + SettingNames.DatabasePath + " or --data.";
    private const string WithoutRedis = "this version does not send events to Redis. Follow them at /api/v1/events/stream.";

    private static readonly (string Name, string Instead)[] Unsupported =
    [
        ("MONGODB_URL", InSqlite),
        ("MONGODB_DB", InSqlite),
        ("CONNECTIONSTRINGS:POSTGRES", InSqlite),
        ("REDIS_HOST", WithoutRedis),
        ("REDIS_PORT", WithoutRedis),
        ("REDIS_PASSWORD", WithoutRedis),
        (
            "ANTHROPIC_API_KEY",
            $"this version has no provider of its own for Anthropic. Set {SettingNames.ModelServiceUrl} to an OpenAI-compatible server that "
                + "has its models."),
        ("INTERNAL_TOKEN", $"this version has no internal routes. Sibling services call /api/v1 with a token of {SettingNames.JwtSecret}."),
        ("CODE_NODE", $"Millrace runs JavaScript itself. For modules use {SettingNames.CodeNodeModules}."),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "this version exports no telemetry by itself. Read /metrics."),
    ];

    public void Warn()
    {
        foreach (var (name, instead) in Unsupported)
        {
            if (values.Text(name) is not null)
                values.Warning($"{name.Replace(ConfigurationPath.KeyDelimiter, "__", StringComparison.Ordinal)} is ignored: {instead}");
        }
        foreach (var (key, value) in values.All)
        {
            if (!string.IsNullOrWhiteSpace(value) && Meant(key) is { } meant)
                values.Warning($"{key} is ignored: there is no such setting. Did you mean {meant}?");
        }
    }

    // The environment is full of names that are none of ours, so only a slip of the keyboard counts.
    private static string? Meant(string key) => key.Length >= ShortestGuessed
        && SettingNames.Find(key) is null
        && !Array.Exists(Unsupported, one => string.Equals(one.Name, key, StringComparison.OrdinalIgnoreCase))
        && ClosestName.Find(key, SettingNames.Known) is { } near
        && near.Length >= ShortestGuessed
        && char.ToUpperInvariant(near[0]) == char.ToUpperInvariant(key[0])
            ? near
            : null;
}
