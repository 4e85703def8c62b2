using System.Text;
using System.Text.Json;
using Millrace.Core.Values;

namespace Millrace.Nodes.Integration;

/// <summary>Values as the octets of a file: text as UTF-8, {base64} as what it encodes, everything else as JSON.</summary>
/// <param name="Bytes">The octets.</param>
/// <param name="Extension">What a file of this kind ends with.</param>
/// <param name="Problem">Why there are none; null: there are.</param>
internal readonly record struct StoredContent(ReadOnlyMemory<byte> Bytes, string Extension, string? Problem)
{
    /// <summary>The most octets of a file.</summary>
    public const int Limit = 16 * 1024 * 1024;

    private static readonly Encoding StrictUtf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static StoredContent Of(Value value)
    {
        var content = value.TryGetString(out var text) ? new StoredContent(Encoding.UTF8.GetBytes(text), ".txt", null)
            : value.TryGetMap(out var map) && map.Count == 1 && value["base64"].TryGetString(out var encoded) ? OfBase64(encoded)
            : new StoredContent(value.ToUtf8(), ".json", null);
        return content.Bytes.Length <= Limit ? content : new(default, content.Extension, $"The content has {content.Bytes.Length} bytes; at most {Limit} are kept.");
    }

    /// <summary>What a file holds: JSON where its key says so and it is, else text where it is, else {base64}.</summary>
    public static Value Read(string key, byte[] bytes)
    {
        try
        {
            return key.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? ValueJson.Parse(bytes) : StrictUtf8.GetString(bytes);
        }
        catch (JsonException)
        {
            return Read("", bytes);
        }
        catch (DecoderFallbackException)
        {
            return MapValue.Of("base64", Convert.ToBase64String(bytes));
        }
    }

    private static StoredContent OfBase64(string encoded)
    {
        var bytes = new byte[encoded.Length];
        return Convert.TryFromBase64String(encoded, bytes, out var count)
            ? new(bytes.AsMemory(0, count), ".bin", null)
            : new(default, ".bin", "The content's 'base64' is not valid base64.");
    }
}
