using System.Buffers;
using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Millrace.Sandbox.Protocol;

/// <summary>Where calls come from, and their words and results go.</summary>
/// <param name="stream">The frames.</param>
internal sealed class CallChannel(FrameStream stream)
{
    private const int HeldBytes = 16 * 1024;
    private static readonly TimeSpan HeldFor = TimeSpan.FromMilliseconds(50);
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true };

    private readonly SemaphoreSlim _arrived = new(0);
    private readonly ArrayBufferWriter<byte> _buffer = new(4096);
    private JsonDocument? _next;
    private long _flushed;

    /// <summary>Takes calls in until the other end closes.</summary>
    public void ReadUntilEnd()
    {
        while (stream.Read() is { IsEmpty: false } frame)
        {
            _next = JsonDocument.Parse(frame.ToArray(), new JsonDocumentOptions { MaxDepth = 256 });
            _arrived.Release();
        }
    }

    /// <summary>Whether a call waits.</summary>
    public bool HasNext => _arrived.CurrentCount > 0;

    /// <summary>Waits for the next call.</summary>
    public JsonDocument Next()
    {
        _arrived.Wait();
        return _next!;
    }

    /// <summary>Sends a frame at once.</summary>
    public void Send(ReadOnlySpan<byte> json)
    {
        stream.Add(json);
        Flush();
    }

    /// <summary>Sends a frame at once.</summary>
    /// <param name="write">Writes its JSON.</param>
    public void Send(Action<Utf8JsonWriter> write)
    {
        _buffer.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_buffer, Options))
            write(json);
        Send(_buffer.WrittenSpan);
    }

    /// <summary>Sends a line of the log: soon, or with whatever is sent next.</summary>
    public void Log(string level, string line)
    {
        _buffer.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("log", line);
            json.WriteString("level", level);
            json.WriteEndObject();
        }
        if (stream.Add(_buffer.WrittenSpan) > HeldBytes || Stopwatch.GetElapsedTime(_flushed) > HeldFor)
            Flush();
    }

    /// <summary>Sends what is held.</summary>
    public void Flush()
    {
        stream.Flush();
        _flushed = Stopwatch.GetTimestamp();
    }
}
