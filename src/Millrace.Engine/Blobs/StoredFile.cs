namespace Millrace.Engine.Blobs;

/// <summary>What a file says about itself; stored with it.</summary>
/// <param name="MediaType">What it is, such as "image/png".</param>
/// <param name="Name">What it is called, without folders; null: nothing.</param>
public sealed record FileHead(string MediaType, string? Name = null);

/// <summary>A stored file, open to be read. Dispose it.</summary>
/// <param name="Head">What it says about itself.</param>
/// <param name="Size">The size in bytes.</param>
/// <param name="Content">The bytes of the file, to be disposed of by the reader.</param>
public sealed record OpenedFile(FileHead Head, long Size, Stream Content) : IDisposable, IAsyncDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Content.Dispose();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Content.DisposeAsync();
}
