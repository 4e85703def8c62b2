using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Millrace.Sandbox.Protocol;

/// <summary>Where calls come from, and their words and results go.</summary>
internal sealed class CallChannel
{
    private const int HeldBytes = 16 * 1024;
    private static readonly TimeSpan HeldFor = TimeSpan.FromMilliseconds(50);
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true };

    private readonly FrameStream _stream;
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly ArrayBufferWriter<byte> _line = new(4096);
    private readonly Timer _soon;
    private readonly Lock _gate = new();
    private JsonDocument? _next;
    private bool _isSoon;

    /// <param name="stream">The frames.</param>
    public CallChannel(FrameStream stream)
    {
        _stream = stream;
        _soon = new Timer(static channel => ((CallChannel)channel!).Flush(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Takes calls in until the other end closes.</summary>
    public void ReadUntilEnd()
    {
        while (_stream.Read() is { IsEmpty: false } frame)
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
        lock (_gate)
        {
            _stream.Add(json);
            Flush();
        }
    }

    /// <summary>Sends a frame at once.</summary>
    /// <param name="write">Writes its JSON.</param>
    public void Send(Action<Utf8JsonWriter> write)
    {
        // Of its own: while a result is written, code may run and log.
        var frame = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(frame, Options))
            write(json);
        Send(frame.WrittenSpan);
    }

    /// <summary>Sends a line of the log: soon, or with whatever is sent before.</summary>
    public void Log(string level, string line)
    {
        _line.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_line, Options))
        {
            json.WriteStartObject();
            json.WriteString("log", line);
            json.WriteString("level", level);
            json.WriteEndObject();
        }
        lock (_gate)
        {
            if (_stream.Add(_line.WrittenSpan) > HeldBytes)
                Flush();
            else if (!_isSoon)
                _isSoon = _soon.Change(HeldFor, Timeout.InfiniteTimeSpan);
        }
    }

    private void Flush()
    {
        lock (_gate)
        {
            _isSoon = false;
            _stream.Flush();
        }
    }
}
