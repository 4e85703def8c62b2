using System.Text;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Nodes.Http;
using Millrace.Nodes.Integration;

namespace Millrace.Nodes.Tests.Integration;

/// <summary>Files in storage nodes, on the disk.</summary>
public sealed class StoredFileTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("millrace-storage-");
    private readonly FilesForTests _files = new();
    private readonly StorageNode _node;

    public StoredFileTests() =>
        _node = new StorageNode(
            new FileStorage(Path.Combine(_root.FullName, "storage")), new S3Settings(), new OutgoingHttp(AddressGuard.PublicOnly));

    public void Dispose()
    {
        _root.Delete(recursive: true);
        _files.Dispose();
    }

    [Theory]
    [InlineData("photo.png", "e1/n.png")]
    [InlineData(null, "e1/n.bin")]
    [InlineData("odd.p/g", "e1/n.bin")]
    [InlineData("archive.tar.gz", "e1/n.gz")]
    public async Task A_file_is_put_as_its_content_and_got_with_its_media_type(string? name, string key)
    {
        var octets = Enumerable.Range(0, 200_000).Select(n => (byte)(n * 7)).ToArray();
        var put = await OutputAsync("""{"bucket":"b"}""", await _files.StoreAsync(octets, "image/png", name));
        Assert.Equal((key, 200_000L), (put["key"].AsString(), put["size"].AsInt()));
        Assert.Equal(
            octets,
            await File.ReadAllBytesAsync(Path.Combine(_root.FullName, "storage/acme/b", key), TestContext.Current.CancellationToken));

        var got = await OutputAsync($$"""{"bucket":"b","key":"{{key}}","operation":"get","as":"file"}""");
        Assert.Equal((put["etag"], 200_000L), (got["etag"], got["size"].AsInt()));
        Assert.Equal(("image/png", key[3..]), (got["content"]["mediaType"].AsString(), got["content"]["name"].AsString()));
        Assert.Equal(octets, _files.Read(got["content"]));
        Assert.Equal("""["KEY"]""".Replace("KEY", key), ((Value)ListValue.Create(((IEnumerable<Value>)(await OutputAsync("""{"bucket":"b","operation":"list"}"""))["items"].AsList()).Select(item => item["key"]))).ToJson());
    }

    [Fact]
    public async Task A_media_type_is_that_of_the_content_that_is_there()
    {
        await OutputAsync("""{"bucket":"b","key":"k"}""", await _files.StoreAsync("x"u8.ToArray(), "image/png", null));
        Assert.Equal("image/png", await MediaTypeAsync("k"));
        await OutputAsync("""{"bucket":"b","key":"k","content":"y"}""");
        Assert.Equal("application/octet-stream", await MediaTypeAsync("k"));
        await OutputAsync("""{"bucket":"b","key":"k.txt"}""", await _files.StoreAsync("x"u8.ToArray(), "text/html", null));
        Assert.Equal("text/html", await MediaTypeAsync("k.txt"));
        await OutputAsync("""{"bucket":"b","key":"k.txt","content":"x"}""");
        Assert.Equal("text/plain; charset=utf-8", await MediaTypeAsync("k.txt"));
        await OutputAsync("""{"bucket":"b","key":"k.txt","operation":"delete"}""");
        await OutputAsync("""{"bucket":"b","key":"k","operation":"delete"}""");
        Assert.Empty(Directory.EnumerateFiles(_root.FullName, "*", SearchOption.AllDirectories));

        // As one was kept before there were media types.
        Directory.CreateDirectory(Path.Combine(_root.FullName, "storage/acme/b"));
        await File.WriteAllTextAsync(Path.Combine(_root.FullName, "storage/acme/b/old.json"), "{}", TestContext.Current.CancellationToken);
        Assert.Equal("application/json", await MediaTypeAsync("old.json"));
    }

    [Theory]
    [InlineData("a.json", "[1]", "auto", "[1]")]
    [InlineData("a.json", "[1]", "text", "\"[1]\"")]
    [InlineData("a.txt", "[1]", "auto", "\"[1]\"")]
    [InlineData("a.txt", "[1]", "json", "[1]")]
    public async Task What_is_got_is_made_of_it_what_is_asked_for(string key, string content, string kind, string expected)
    {
        await OutputAsync("""{"bucket":"b","key":"KEY","content":"{{data}}"}""".Replace("KEY", key), content);
        Assert.Equal(expected, (await OutputAsync($$"""{"bucket":"b","key":"{{key}}","operation":"get","as":"{{kind}}"}"""))["content"].ToJson());
    }

    [Theory]
    [InlineData("json")]
    [InlineData("text")]
    public async Task What_it_is_not_is_told(string kind)
    {
        await OutputAsync("""{"bucket":"b","key":"k","content":{"base64":"/wD+gA=="}}""");
        var error = (await RunAsync($$"""{"bucket":"b","key":"k","operation":"get","as":"{{kind}}"}""", Value.Null)).Error!;
        Assert.Equal(("storage", false), (error.Type, error.Retryable));
        Assert.Contains("as: file", error.Message);
    }

    [Fact]
    public async Task A_file_may_be_larger_than_a_value_and_is_then_got_only_as_a_file()
    {
        var octets = new byte[StoredContent.Limit + 1];
        await OutputAsync("""{"bucket":"b","key":"k"}""", await _files.StoreAsync(octets, "application/octet-stream", null));
        Assert.Contains("as: file", (await RunAsync("""{"bucket":"b","key":"k","operation":"get"}""", Value.Null)).Error!.Message);
        Assert.Equal(octets.Length, (await OutputAsync("""{"bucket":"b","key":"k","operation":"get","as":"file"}"""))["content"]["size"].AsInt());
    }

    [Fact]
    public async Task A_file_that_is_not_there_or_of_another_tenant_is_not_kept()
    {
        var file = await _files.StoreAsync(Encoding.UTF8.GetBytes("x"), "text/plain", null);
        Assert.Equal("not_found", (await RunAsync("""{"bucket":"b","key":"k"}""", file, "other")).Error!.Type);
        Assert.Equal("not_found", (await RunAsync("""{"bucket":"b","key":"k","content":{"blob":"00","mediaType":"x/y","size":1}}""", Value.Null)).Error!.Type);
        Assert.Equal("not_found", (await RunAsync("""{"bucket":"b","key":"k","operation":"get"}""", Value.Null)).Error!.Type);
    }

    private async Task<string> MediaTypeAsync(string key) => (await OutputAsync($$"""{"bucket":"b","key":"{{key}}","operation":"get","as":"file"}"""))["content"]["mediaType"].AsString();

    private Task<NodeOutcome> RunAsync(string config, Value data, string tenant = "acme") =>
        OneEffect.RunAsync(
            _node, config, data.ToJson(), tenant: tenant, blobs: _files.Blobs, cancellation: TestContext.Current.CancellationToken);

    private Task<Value> OutputAsync(string config, string data) => OutputAsync(config, (Value)data);

    private async Task<Value> OutputAsync(string config, Value data = default)
    {
        var outcome = await RunAsync(config, data);
        Assert.True(outcome.Error is null, outcome.Error?.Message);
        return outcome.Output;
    }
}
