using System.Text;
using System.Text.Json;
using Millrace.Core.Values;
using Millrace.Engine.Blobs;
using Millrace.Engine.Nodes;
using Millrace.Nodes.Http;

namespace Millrace.Nodes.Integration;

/// <summary>
/// Values as what is kept: a stored file as its bytes, text as UTF-8, {base64} as what it encodes, everything else as JSON.
/// </summary>
/// <param name="Bytes">The octets; empty for a file.</param>
/// <param name="File">The file; null: the octets count.</param>
/// <param name="MediaType">What it is, where it is no file, which says so itself.</param>
/// <param name="Extension">What a file of this kind ends with.</param>
/// <param name="Problem">Why it cannot be kept; null: it can.</param>
internal sealed record StoredContent(ReadOnlyMemory<byte> Bytes, FileValue? File, string MediaType, string Extension, string? Problem)
{
    /// <summary>The most octets of what is put or got as a value.</summary>
    public const int Limit = 16 * 1024 * 1024;

    /// <summary>The most octets of what is put or got as a file.</summary>
    public const long FileLimit = 100 * 1024 * 1024;

    private const int MaxExtensionLength = 10;

    public static StoredContent Of(Value value)
    {
        if (FileValue.TryRead(value) is { } file)
            return new(default, file, file.MediaType, ExtensionOf(file.Name), null);
        var content =
            value.TryGetString(out var text) ? new StoredContent(Encoding.UTF8.GetBytes(text), null, MediaTypes.Text, ".txt", null)
            : value.TryGetMap(out var map) && map.Count == 1 && value["base64"].TryGetString(out var encoded) ? OfBase64(encoded)
            : new StoredContent(value.ToUtf8(), null, MediaTypes.Json, ".json", null);
        return content.Bytes.Length <= Limit
            ? content
            : content with
            {
                Problem = $"The content has {content.Bytes.Length} bytes; at most {Limit} are allowed. A stored file may have {FileLimit}.",
            };
    }

    /// <summary>Opens it to be read, with what it says that it is. Dispose it.</summary>
    /// <exception cref="FileMissingException">The file is not there.</exception>
    /// <exception cref="StorageException">The file is larger than what is kept.</exception>
    public OpenedFile Open(EffectContext context)
    {
        if (File is not { } file)
            return new(new FileHead(MediaType), Bytes.Length, new MemoryStream(Bytes.ToArray(), writable: false));
        var opened = context.Files.Open(file)
            ?? throw new FileMissingException(
                $"There is no file '{file.Blob}'{(file.Name is null ? "" : $" ({file.Name})")}; it may have been deleted with the "
                    + "execution that stored it.");
        if (opened.Size <= FileLimit)
            return opened;
        opened.Dispose();
        throw new StorageException($"The file has {opened.Size} bytes; at most {FileLimit} are allowed.", isRetryable: false);
    }

    private static StoredContent OfBase64(string encoded)
    {
        var bytes = new byte[encoded.Length];
        return Convert.TryFromBase64String(encoded, bytes, out var count)
            ? new(bytes.AsMemory(0, count), null, MediaTypes.Octets, ".bin", null)
            : new(default, null, MediaTypes.Octets, ".bin", "The content's 'base64' is not valid base64.");
    }

    private static string ExtensionOf(string? name) =>
        Path.GetExtension(name) is { Length: > 1 and <= MaxExtensionLength } extension
            && extension.AsSpan(1).IndexOfAnyExceptInRange('0', 'z') < 0
            && extension.Skip(1).All(char.IsAsciiLetterOrDigit)
            ? extension
            : ".bin";
}

/// <summary>Media types, detected from a key or from content.</summary>
internal static class MediaTypes
{
    public const string Text = "text/plain; charset=utf-8";
    public const string Json = "application/json";
    public const string Octets = "application/octet-stream";

    /// <summary>What a key says of it, where nothing else does.</summary>
    public static string OfKey(string key) =>
        key.EndsWith(".json", StringComparison.OrdinalIgnoreCase)
            ? Json
            : key.EndsWith(".txt", StringComparison.OrdinalIgnoreCase)
            ? Text
            : Octets;
}
