using Microsoft.Extensions.Logging;

namespace Millrace.Cli.Output;

/// <summary>Prints what the engine warns of, as sentences on standard error.</summary>
internal sealed class Loggers(TextWriter error) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new Logger(error);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("There is one place to log to.");

    public void Dispose()
    {
    }

    private sealed class Logger(TextWriter error) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel is >= LogLevel.Warning and not LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                error.WriteLine(
                    $"{(logLevel == LogLevel.Warning ? "warning" : "error")}: "
                        + $"{formatter(state, exception)}{(exception is null ? "" : $": {exception.Message}")}");
        }
    }
}
