using System.Collections.Immutable;
using System.Text;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Http;

/// <summary>The body of a request, which may have to be sent more than once.</summary>
internal abstract record HttpBody
{
    /// <summary>The most bytes of one.</summary>
    public const long Limit = 100 * 1024 * 1024;

    /// <summary>Its bytes, as they are counted against the limit.</summary>
    public abstract long Size { get; }

    /// <summary>The content; to be used once.</summary>
    /// <exception cref="FileMissingException">A file that it refers to is not there.</exception>
    public abstract HttpContent ToContent();

    /// <summary>Bytes that are at hand.</summary>
    public sealed record Bytes(ReadOnlyMemory<byte> Content, string? ContentType) : HttpBody
    {
        public override long Size => Content.Length;

        public override HttpContent ToContent() => Typed(new ReadOnlyMemoryContent(Content), ContentType);
    }

    /// <summary>The content of a file in the blob store.</summary>
    public sealed record Stored(FileValue File, EffectContext Context, string? ContentType) : HttpBody
    {
        public override long Size => File.Size;

        public override HttpContent ToContent()
        {
            var file = Context.Files.Open(File)
                ?? throw new FileMissingException(
                    $"There is no file '{File.Blob}'{(File.Name is null ? "" : $" ({File.Name})")}; it may have been deleted with the "
                        + "execution that stored it.");
            return Typed(new StreamContent(file.Content), ContentType ?? file.Head.MediaType);
        }
    }

    /// <summary>Fields and files, as multipart/form-data.</summary>
    public sealed record Multipart(ImmutableArray<FormPart> Parts) : HttpBody
    {
        public override long Size => Parts.Sum(part => part.Body.Size);

        public override HttpContent ToContent()
        {
            var content = new MultipartFormDataContent { HeaderEncodingSelector = static (_, _) => Encoding.UTF8 };
            try
            {
                foreach (var part in Parts)
                {
                    var piece = part.Body.ToContent();
                    piece.Headers.TryAddWithoutValidation("Content-Disposition", part.Disposition);
                    content.Add(piece);
                }
                return content;
            }
            catch
            {
                content.Dispose();
                throw;
            }
        }
    }

    private static HttpContent Typed(HttpContent content, string? contentType)
    {
        if (contentType is not null)
            content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        return content;
    }
}

/// <summary>One field of a form.</summary>
/// <param name="Name">Its name.</param>
/// <param name="FileName">What the file is called; null: it is no file.</param>
/// <param name="Body">The content of the part.</param>
internal sealed record FormPart(string Name, string? FileName, HttpBody Body)
{
    /// <summary>The part's header, with names quoted as browsers do.</summary>
    public string Disposition => $"form-data; name=\"{Quoted(Name)}\"{(FileName is null ? "" : $"; filename=\"{Quoted(FileName)}\"")}";

    private static string Quoted(string name) =>
        name
            .Replace("\"", "%22", StringComparison.Ordinal)
            .Replace("\r", "%0D", StringComparison.Ordinal)
            .Replace("\n", "%0A", StringComparison.Ordinal);
}

/// <summary>A body refers to a file that is not there.</summary>
internal sealed class FileMissingException(string message) : Exception(message);
