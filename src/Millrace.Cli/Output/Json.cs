using System.Buffers;
using System.Text;
using System.Text.Json;
using Millrace.Core.Values;

namespace Millrace.Cli.Output;

/// <summary>JSON as it is printed: indented, and text readable.</summary>
internal static class Json
{
    private static readonly JsonWriterOptions Options = ValueJson.WriterOptions with { Indented = true };

    public static string Indent(Value value) => Write(writer => ValueJson.Write(writer, value));

    public static string Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Options))
            write(writer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
