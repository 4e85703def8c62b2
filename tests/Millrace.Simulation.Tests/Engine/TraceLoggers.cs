using Microsoft.Extensions.Logging;

namespace Millrace.Simulation.Tests.Engine;

/// <summary>What an engine logs is part of what happened.</summary>
internal sealed class TraceLoggers(Trace trace) : ILoggerFactory, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            trace.Note("log:", $"{formatter(state, exception)} {exception?.Message}");
    }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("Everything goes to the trace.");

    public void Dispose()
    {
    }
}
