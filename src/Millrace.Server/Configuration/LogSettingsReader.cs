namespace Millrace.Server.Configuration;

/// <summary>Reads what is logged, and how.</summary>
internal sealed class LogSettingsReader(SettingValues values)
{
    public LogSettings Read()
    {
        var format = values.Text(SettingNames.LogFormat) ?? "text";
        if (format.ToLowerInvariant() is not ("json" or "text"))
            values.Problem($"{SettingNames.LogFormat} is '{format}'. Use 'json' or 'text'.");
        return new LogSettings
        {
            Level = Level(),
            AsJson = string.Equals(format, "json", StringComparison.OrdinalIgnoreCase),
            File = values.Text(SettingNames.LogFile),
        };
    }

    private LogLevel Level()
    {
        var isDebug = values.Flag(SettingNames.Debug) ?? false;
        var level = values.Text(SettingNames.LogLevel);
        switch (level?.ToLowerInvariant())
        {
            case null: return isDebug ? LogLevel.Debug : LogLevel.Information;
            case "trace": return LogLevel.Trace;
            case "debug": return LogLevel.Debug;
            case "info" or "information": return LogLevel.Information;
            case "warn" or "warning": return LogLevel.Warning;
            case "error": return LogLevel.Error;
            case "critical" or "fatal": return LogLevel.Critical;
            case "none" or "off": return LogLevel.None;
            default:
                values.Problem($"{SettingNames.LogLevel} is '{level}'. Use trace, debug, info, warning, error, critical or none.");
                return LogLevel.Information;
        }
    }
}
