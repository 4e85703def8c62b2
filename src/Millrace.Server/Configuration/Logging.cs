using Serilog;
using Serilog.Core;
using Serilog.Debugging;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting;
using Serilog.Templates;
using Serilog.Templates.Themes;

namespace Millrace.Server.Configuration;

/// <summary>Sets logging up as configured: where entries go and how they look. Of the framework only warnings and errors are kept.</summary>
internal static class Logging
{
    /// <summary>Bytes of a log file, after which the next one begins.</summary>
    private const long FileBytes = 64 * 1024 * 1024;

    /// <summary>Files that are kept, the current one included.</summary>
    private const int KeptFiles = 8;

    // Serilog's names for the levels, as settings and the framework call them.
    private const string Level = "if @l = 'Verbose' then 'Trace' else if @l = 'Fatal' then 'Critical' else @l";

    private const string Text = "{UtcDateTime(@t):HH:mm:ss.fff} {" + Level + "} {SourceContext}: {@m}\n{@x}";

    // In a file the day matters too.
    private const string TextOfFile = "{UtcDateTime(@t):yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {" + Level + "} {SourceContext}: {@m}\n{@x}";

    // One object a line; what a message and its scopes are made of stands beside it under its own names.
    private const string Json =
        "{ {timestamp: ToString(UtcDateTime(@t), 'yyyy-MM-ddTHH:mm:ss.fffZ'), level: " + Level + ", category: SourceContext, "
        + "message: @m, exception: @x, traceId: @tr, spanId: @sp, ..rest()} }\n";

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
        logger.WriteTo.Console(new ExpressionTemplate(settings.AsJson ? Json : Text, theme: settings.AsJson ? null : TemplateTheme.Literate));
        if (settings.File is { } file)
        {
            EnsureWritable(file);
            ITextFormatter format = new ExpressionTemplate(settings.AsJson ? Json : TextOfFile);
            logger.WriteTo.File(format, file, fileSizeLimitBytes: fileBytes, rollOnFileSizeLimit: true, retainedFileCountLimit: KeptFiles);
        }
        return logger.CreateLogger();
    }

    // Serilog would go on without the file.
    private static void EnsureWritable(string file)
    {
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(file)) is { } directory)
                Directory.CreateDirectory(directory);
            new FileStream(file, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete).Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{SettingNames.LogFile} is '{file}', which cannot be written. {e.Message}", e);
        }
    }
}
