using Millrace.Engine.Blobs;

namespace Millrace.Engine.Tests.Blobs;

/// <summary>Puts blobs as the engine does.</summary>
internal static class BlobCalls
{
    /// <summary>Stores content; its id.</summary>
    public static Task<string> StoreAsync(this IBlobStore blobs, string tenant, ReadOnlySpan<byte> content) => StoreAsync(blobs, tenant, content.ToArray());

    private static async Task<string> StoreAsync(IBlobStore blobs, string tenant, byte[] content)
    {
        var id = BlobId.Of(tenant, content);
        await blobs.PutAsync(id, content);
        return id;
    }
}
