using Serilog.Core;
using Serilog.Events;

namespace Millrace.Server.Configuration;

/// <summary>Serilog's levels under the names that settings and the framework have for them.</summary>
internal sealed class LogLevelNames : ILogEventEnricher
{
    /// <summary>The property of an entry that has the name.</summary>
    public const string Property = "LevelName";

    /// <summary>The name of a level.</summary>
    public static string Of(LogEventLevel level) => level switch
    {
        LogEventLevel.Verbose => "Trace",
        LogEventLevel.Fatal => "Critical",
        _ => level.ToString(),
    };

    /// <inheritdoc/>
    public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory) =>
        logEvent.AddPropertyIfAbsent(new LogEventProperty(Property, new ScalarValue(Of(logEvent.Level))));
}
