using Millrace.Core.Values;
using Millrace.Engine.Blobs;

namespace Millrace.Engine.Nodes;

/// <summary>The files of a tenant, as an effect sees them.</summary>
public readonly struct EffectFiles
{
    private readonly EffectContext _context;

    internal EffectFiles(EffectContext context) => _context = context;

    private IBlobStore Blobs => _context.Host.Blobs ?? throw new InvalidOperationException("Storing a file needs a blob store, and this process has none.");

    /// <summary>
    /// Stores a file of the tenant. Put <see cref="FileValue.ToValue"/> into the output: the commit that journals it makes the execution refer to the
    /// file, and so does every execution that the value is passed on to. A file that no execution refers to goes after an hour or more.
    /// </summary>
    /// <param name="content">The content of the file.</param>
    /// <param name="mediaType">What it is, such as "image/png".</param>
    /// <param name="name">What it is called; folders and control characters are left out. Null: nothing.</param>
    /// <param name="limit">How many bytes it may have.</param>
    /// <param name="cancellation">Cancels the operation.</param>
    /// <returns>The file; null: it has more bytes than it may, and is not stored.</returns>
    /// <exception cref="InvalidOperationException">There is no place for files.</exception>
    public async Task<FileValue?> StoreAsync(Stream content, string mediaType, string? name, long limit, CancellationToken cancellation)
    {
        var head = new FileHead(mediaType, FileNames.Clean(name));
        var stored = await Blobs.PutFileAsync(_context.Tenant, head, content, limit, cancellation);
        return stored is { } file ? new FileValue(file.Id, head.MediaType, file.Size, head.Name) : null;
    }

    /// <summary>Opens a file of the tenant; null where there is none by this id. Dispose it.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    /// <exception cref="InvalidOperationException">There is no place for files.</exception>
    public OpenedFile? Open(FileValue file) => Blobs.OpenFile(_context.Tenant, file.Blob);
}
