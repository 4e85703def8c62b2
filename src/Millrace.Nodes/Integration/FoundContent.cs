using System.Text;
using System.Text.Json;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Integration;

/// <summary>What lies under a key, open to be read.</summary>
/// <param name="Content">Its octets.</param>
/// <param name="Etag">What changes with them.</param>
/// <param name="MediaType">What it is; null: nobody said.</param>
internal sealed record FoundContent(Stream Content, string Etag, string? MediaType)
{
    private const int Piece = 64 * 1024;
    private static readonly Encoding StrictUtf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>As a value, with how many bytes it has.</summary>
    /// <exception cref="StorageException">It is larger than what is read, or is not what it should be.</exception>
    public async Task<(Value Content, long Size)> ReadAsync(
        string key, StorageContentKind kind, EffectContext context, CancellationToken cancellation)
    {
        if (kind == StorageContentKind.File)
        {
            var file =
                await context.Files.StoreAsync(Content, MediaType ?? MediaTypes.OfKey(key), key, StoredContent.FileLimit, cancellation)
                ?? throw TooLarge(key, StoredContent.FileLimit);
            return (file.ToValue(), file.Size);
        }
        var bytes = await AllAsync(key, cancellation);
        var value = kind switch
        {
            StorageContentKind.Json => AsJson(bytes) ?? throw Unfit(key, "JSON"),
            StorageContentKind.Text => AsText(bytes) ?? throw Unfit(key, "text in UTF-8"),
            _ =>
                (key.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? AsJson(bytes) : null)
                    ?? AsText(bytes)
                    ?? MapValue.Of("base64", Convert.ToBase64String(bytes)),
        };
        return (value, bytes.Length);
    }

    private async Task<byte[]> AllAsync(string key, CancellationToken cancellation)
    {
        var all = new MemoryStream();
        var buffer = new byte[Piece];
        for (int count; (count = await Content.ReadAsync(buffer, cancellation)) > 0;)
        {
            all.Write(buffer, 0, count);
            if (all.Length > StoredContent.Limit)
                throw TooLarge(key, StoredContent.Limit);
        }
        return all.ToArray();
    }

    private static Value? AsJson(byte[] bytes)
    {
        try
        {
            return ValueJson.Parse(bytes);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Value? AsText(byte[] bytes)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static StorageException TooLarge(string key, long limit) =>
        new(
            $"'{key}' has more than {limit} bytes, which is the "
                + $"maximum{(limit == StoredContent.FileLimit ? "" : "; with 'as: file' it may have more")}.",
            isRetryable: false);

    private static StorageException Unfit(string key, string what) =>
        new($"'{key}' is not {what}. Use 'as: file' to get it as a file, or 'as: auto' to detect the format.", isRetryable: false);
}
