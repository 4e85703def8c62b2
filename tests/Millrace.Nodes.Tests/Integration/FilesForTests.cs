using Millrace.Core.Values;
using Millrace.Engine.Blobs;

namespace Millrace.Nodes.Tests.Integration;

/// <summary>A place for files of the tenant "acme".</summary>
internal sealed class FilesForTests : IDisposable
{
    private const string Tenant = "acme";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("millrace-files-");

    public FilesForTests() => Blobs = new FileBlobStore(_directory.FullName, TimeProvider.System);

    public FileBlobStore Blobs { get; }

    public async Task<Value> StoreAsync(byte[] content, string mediaType, string? name)
    {
        var stored = await Blobs.PutFileAsync(
            Tenant, new FileHead(mediaType, name), new MemoryStream(content), long.MaxValue, TestContext.Current.CancellationToken);
        return new FileValue(stored!.Value.Id, mediaType, content.Length, name).ToValue();
    }

    public byte[] Read(Value file)
    {
        using var opened = Blobs.OpenFile(Tenant, FileValue.TryRead(file)!.Blob)!;
        var all = new MemoryStream();
        opened.Content.CopyTo(all);
        return all.ToArray();
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
