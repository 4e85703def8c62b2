using System.Buffers;
using System.Text.Json;
using Millrace.Core.Values;

namespace Millrace.Server.Http;

/// <summary>
/// Writes JSON bodies: first into a buffer of the thread, so that the response has a length and a failure while writing can
/// still become an error response; then in one piece to the connection.
/// </summary>
internal static class JsonBuffer
{
    private const int KeptCapacity = 64 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    public static Task SendAsync<T>(HttpResponse response, string contentType, T value, Action<Utf8JsonWriter, T> write)
    {
        // Taken, not shared: what is written may itself write JSON.
        var buffer = _buffer ?? new ArrayBufferWriter<byte>(4096);
        var writer = _writer ?? new Utf8JsonWriter(buffer, ValueJson.WriterOptions);
        _buffer = null;
        _writer = null;
        buffer.ResetWrittenCount();
        writer.Reset(buffer);
        write(writer, value);
        writer.Flush();
        // So that a terminal's prompt stands on a line of its own.
        buffer.Write("\n"u8);
        response.ContentType = contentType;
        response.ContentLength = buffer.WrittenCount;
        response.BodyWriter.Write(buffer.WrittenSpan);
        if (buffer.Capacity <= KeptCapacity)
        {
            _buffer = buffer;
            _writer = writer;
        }
        return response.BodyWriter.FlushAsync().AsTask();
    }
}
