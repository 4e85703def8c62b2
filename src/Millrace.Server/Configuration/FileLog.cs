using System.Text;
using System.Text.Json;

namespace Millrace.Server.Configuration;

/// <summary>Writes every log line to a file as well, at once: what a crash leaves behind is what was logged before it.</summary>
[ProviderAlias("File")]
internal sealed class FileLog : ILoggerProvider
{
    private readonly StreamWriter _file;
    private readonly bool _asJson;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();

    /// <exception cref="IOException">The file cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public FileLog(string path, bool asJson, TimeProvider time)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } directory)
            Directory.CreateDirectory(directory);
        _file = new StreamWriter(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete), new UTF8Encoding(false)) { AutoFlush = true };
        (_asJson, _time) = (asJson, time);
    }

    public ILogger CreateLogger(string categoryName) => new Category(this, categoryName);

    public void Dispose()
    {
        lock (_gate)
            _file.Dispose();
    }

    private void Write(LogLevel level, string category, string message, Exception? failure)
    {
        var time = _time.GetUtcNow().UtcDateTime;
        var line = _asJson ? Json(time, level, category, message, failure) : $"{time:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {level} {category}: {message}{(failure is null ? "" : Environment.NewLine + failure)}";
        lock (_gate)
            _file.WriteLine(line);
    }

    private static string Json(DateTime time, LogLevel level, string category, string message, Exception? failure)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("timestamp", time);
            writer.WriteString("level", level.ToString());
            writer.WriteString("category", category);
            writer.WriteString("message", message);
            if (failure is not null)
                writer.WriteString("exception", failure.ToString());
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private sealed class Category(FileLog file, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            file.Write(logLevel, name, formatter(state, exception), exception);
    }
}
