using System.Buffers;
using System.Text.Json;

namespace Millrace.Core.Values;

/// <summary>
/// A buffer and a writer that each thread keeps, for JSON that is written and copied out at once: of a text that is made this way nothing
/// is
/// allocated but the text itself.
/// </summary>
internal sealed class ScratchWriter
{
    // What a thread keeps. A text that is larger than that is rare, and its buffer is left to the collector.
    private const int MaxKept = 256 * 1024;

    [ThreadStatic]
    private static ScratchWriter? t_free;

    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private readonly Utf8JsonWriter _writer;

    private ScratchWriter() => _writer = new Utf8JsonWriter(_buffer, ValueJson.WriterOptions);

    /// <summary>What is written, in an array of its own.</summary>
    public static byte[] ToUtf8<T>(T value, Action<Utf8JsonWriter, T> write)
    {
        byte[]? text = null;
        Write(value, write, ref text);
        return text!;
    }

    /// <summary>
    /// What is written, in an array that is given if it is large enough, else in a new one of exactly that size, which takes its place.
    /// </summary>
    public static ReadOnlyMemory<byte> Write<T>(T value, Action<Utf8JsonWriter, T> write, ref byte[]? text)
    {
        // Whoever writes another text meanwhile gets another.
        var scratch = t_free ?? new ScratchWriter();
        t_free = null;
        scratch._buffer.ResetWrittenCount();
        scratch._writer.Reset(scratch._buffer);
        write(scratch._writer, value);
        scratch._writer.Flush();
        var written = scratch._buffer.WrittenSpan;
        if (text is null || text.Length < written.Length)
            text = written.ToArray();
        else
            written.CopyTo(text);
        if (scratch._buffer.Capacity <= MaxKept)
            t_free = scratch;
        return text.AsMemory(0, written.Length);
    }
}
