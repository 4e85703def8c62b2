using Microsoft.Extensions.Logging.Console;

namespace Millrace.Server.Configuration;

/// <summary>Sets logging up as configured. The framework speaks only when something is wrong.</summary>
internal static class Logging
{
    public static void AddTo(ILoggingBuilder logging, LogSettings settings, TimeProvider time)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(settings.Level);
        if (settings.Level > LogLevel.Debug)
            logging.AddFilter("Microsoft", LogLevel.Warning);
        // What keeps the server from starting is said once, as a sentence, where the process ends.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        if (settings.File is { } file)
            logging.AddProvider(new FileLog(file, settings.AsJson, time));
        if (settings.AsJson)
            logging.AddJsonConsole(console => Format(console, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'"));
        else
            logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                Format(console, "HH:mm:ss.fff ");
            });
    }

    private static void Format(ConsoleFormatterOptions console, string timestamp)
    {
        console.TimestampFormat = timestamp;
        console.UseUtcTimestamp = true;
    }
}
