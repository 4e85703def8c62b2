using System.Globalization;
using System.Text;
using Millrace.Engine.Storage;
using Serilog;
using Serilog.Core;
using Serilog.Debugging;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting;
using Serilog.Formatting.Display;
using Serilog.Sinks.File;
using Serilog.Sinks.SystemConsole.Themes;

namespace Millrace.Server.Configuration;

/// <summary>Sets logging up as configured: where entries go and how they look. Of the framework only warnings and errors are kept.</summary>
internal static class Logging
{
    /// <summary>Bytes of a log file, after which the next one begins.</summary>
    private const long FileBytes = 64 * 1024 * 1024;

    /// <summary>Files that are kept, the current one included.</summary>
    private const int KeptFiles = 8;

    private const string Line = $"{{UtcTimestamp:HH:mm:ss.fff}} {Entry}";

    // In a file the day matters too.
    private const string LineOfFile = $"{{UtcTimestamp:yyyy-MM-ddTHH:mm:ss.fffZ}} {Entry}";

    private const string Entry = $"{{{LogLevelNames.Property}}} {{SourceContext}}: {{Message:lj}}{{NewLine}}{{Exception}}";

    /// <exception cref="IOException">The log file cannot be written.</exception>
    public static void AddTo(ILoggingBuilder logging, LogSettings settings)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(settings.Level);
        if (settings.Level > LogLevel.Debug)
            logging.AddFilter("Microsoft", LogLevel.Warning);
        // What keeps the server from starting is said once, as a sentence, where the process ends.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        // A log that can no longer be written says so where there still is somebody to read it.
        SelfLog.Enable(Console.Error);
        logging.AddProvider(new SerilogLoggerProvider(Open(settings, FileBytes), dispose: true));
    }

    /// <summary>The console, and the file if there is one. Both get every entry at once, so that a crash loses none.</summary>
    internal static Logger Open(LogSettings settings, long fileBytes)
    {
        // Which levels are wanted is decided before, by the framework's filters.
        var logger = new LoggerConfiguration().MinimumLevel.Is(LogEventLevel.Verbose);
        if (settings.AsJson)
            logger.WriteTo.Console(new JsonLogFormatter());
        else
            logger.Enrich.With(new LogLevelNames())
                .WriteTo.Console(outputTemplate: Line, theme: AnsiConsoleTheme.Literate, formatProvider: CultureInfo.InvariantCulture);
        if (settings.File is { } file)
        {
            EnsureWritable(file);
            ITextFormatter format = settings.AsJson
                ? new JsonLogFormatter()
                : new MessageTemplateTextFormatter(LineOfFile, CultureInfo.InvariantCulture);
            logger.WriteTo.File(
                format,
                file,
                fileSizeLimitBytes: fileBytes,
                rollOnFileSizeLimit: true,
                retainedFileCountLimit: KeptFiles,
                hooks: new PrivateLogFiles());
        }
        return logger.CreateLogger();
    }

    /// <summary>The first file is made before; this is for those that follow.</summary>
    private sealed class PrivateLogFiles : FileLifecycleHooks
    {
        public override Stream OnFileOpened(string path, Stream underlyingStream, Encoding encoding)
        {
            if (underlyingStream.Length == 0)
                PrivateFiles.Restrict(path);
            return underlyingStream;
        }
    }

    // Serilog would go on without the file.
    private static void EnsureWritable(string file)
    {
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(file)) is { } directory)
                PrivateFiles.MakeDirectory(directory);
            PrivateFiles.Open(file, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete).Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{SettingNames.LogFile} is '{file}', which cannot be written. {e.Message}", e);
        }
    }
}
