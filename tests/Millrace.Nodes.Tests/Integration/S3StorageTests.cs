using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Blobs;
using Millrace.Nodes.Http;
using Millrace.Nodes.Integration;

namespace Millrace.Nodes.Tests.Integration;

/// <summary>Storage nodes at a real S3 server.</summary>
public sealed class S3StorageTests(S3Server server) : IClassFixture<S3Server>, IDisposable
{
    private readonly OutgoingHttp _http = new(AddressGuard.Allowing("127.0.0.1"));
    private readonly OutgoingHttp _guarded = new(AddressGuard.PublicOnly);

    private S3Settings Own =>
        new() { Endpoint = server.Url, AccessKeyId = S3Server.Key, SecretAccessKey = S3Server.Key, Tenants = ["acme"] };

    private string Place => $$""" "endpoint":"{{server.Url}}","credentials":{"accessKeyId":"{{S3Server.Key}}","secretAccessKey":"{{S3Server.Key}}"} """;

    [Fact]
    public async Task What_is_put_can_be_got_listed_and_deleted()
    {
        var put = await OutputAsync(Place, """ "operation":"put","bucket":"docs","key":"a/ä b+c.json","content":{"n":1} """);
        Assert.Equal(
            ("s3://docs/a/%C3%A4%20b%2Bc.json", "docs", "a/ä b+c.json", 7L),
            (put["uri"].AsString(), put["bucket"].AsString(), put["key"].AsString(), put["size"].AsInt()));
        Assert.Matches("^[0-9a-f]{32}$", put["etag"].AsString());

        var got = await OutputAsync(Place, """ "operation":"get","bucket":"docs","key":"a/ä b+c.json" """);
        Assert.Equal(("""{"n":1}""", put["etag"].AsString()), (got["content"].ToJson(), got["etag"].AsString()));

        Assert.Equal("true", (await OutputAsync(Place, """ "operation":"delete","bucket":"docs","key":"a/ä b+c.json" """))["deleted"].ToJson());
        Assert.Equal("false", (await OutputAsync(Place, """ "operation":"delete","bucket":"docs","key":"a/ä b+c.json" """))["deleted"].ToJson());
        var gone = await ErrorAsync(Place, """ "operation":"get","bucket":"docs","key":"a/ä b+c.json" """);
        Assert.True(gone.Type == "not_found", gone.Message);
    }

    [Fact]
    public async Task A_list_is_in_order_and_says_whether_there_is_more()
    {
        foreach (var n in Enumerable.Range(0, 5))
            await OutputAsync(Place, $$""" "operation":"put","bucket":"docs","key":"list/{{n}}.txt","content":"text {{n}}" """);
        var some = await OutputAsync(Place, """ "operation":"list","bucket":"docs","prefix":"list/","limit":3 """);
        Assert.Equal("""["list/0.txt","list/1.txt","list/2.txt"]""", ((Value)ListValue.Create(((IEnumerable<Value>)some["items"].AsList()).Select(item => item["key"]))).ToJson());
        Assert.Equal(("3", "true"), (some["count"].ToJson(), some["isTruncated"].ToJson()));
        Assert.Equal(("5", "false"), ((await OutputAsync(Place, """ "operation":"list","bucket":"docs","prefix":"list/" """))["count"].ToJson(), "false"));
        Assert.Equal("0", (await OutputAsync(Place, """ "operation":"list","bucket":"empty" """))["count"].ToJson());
    }

    [Fact]
    public async Task Without_a_key_a_repetition_replaces_what_it_put()
    {
        var first = await OutputAsync(Place, """ "operation":"put","bucket":"docs" """, data: """{"a":1}""");
        var again = await OutputAsync(Place, """ "operation":"put","bucket":"docs" """, data: """{"a":2}""");
        Assert.Equal(("e1/n.json", first["uri"].AsString()), (first["key"].AsString(), again["uri"].AsString()));
        Assert.Equal("""{"a":2}""", (await OutputAsync(Place, """ "operation":"get","bucket":"docs","key":"e1/n.json" """))["content"].ToJson());
    }

    [Fact]
    public async Task Octets_come_back_as_they_were()
    {
        var octets = Convert.ToBase64String([.. Enumerable.Range(0, 300_000).Select(n => (byte)(n * 7))]);
        await OutputAsync(Place, $$$""" "operation":"put","bucket":"docs","key":"octets","content":{"base64":"{{{octets}}}"} """);
        Assert.Equal(octets, (await OutputAsync(Place, """ "operation":"get","bucket":"docs","key":"octets" """))["content"]["base64"].AsString());
    }

    // As the fourth of the documents that Millrace was made from has it: no more than a bucket.
    [Fact]
    public async Task What_the_operator_configured_needs_nothing_in_the_node_and_is_wherever_it_is()
    {
        var outcome = await RunAsync(_guarded, Own, """ "operation":"put","bucket":"docs","key":"own" """, """{"analysis":"ok"}""");
        Assert.True(outcome.Error is null, outcome.Error?.Message);
        Assert.Equal("s3://docs/own", outcome.Output["uri"].AsString());
    }

    [Theory]
    [InlineData("other", false)]
    [InlineData("acme", true)]
    public async Task What_the_operator_configured_is_for_the_tenants_that_he_names(string tenant, bool isLetIn)
    {
        var outcome = await OneEffect.RunAsync(new StorageNode(Files, Own, _guarded), """{"storageType":"s3","operation":"list","bucket":"empty"}""", tenant: tenant, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(isLetIn, outcome.Error is null);
        Assert.True(isLetIn || outcome.Error is { Retryable: false } error && error.Message.Contains("S3_TENANTS"), outcome.Error?.Message);
        Assert.Null((await OneEffect.RunAsync(new StorageNode(Files, Own with { Tenants = ["*"] }, _guarded), """{"storageType":"s3","operation":"list","bucket":"empty"}""", tenant: tenant, cancellation: TestContext.Current.CancellationToken)).Error);
    }

    [Fact]
    public async Task A_file_is_put_with_its_media_type_and_got_as_a_file()
    {
        using var files = new FilesForTests();
        var octets = new byte[3_000_000];
        Random.Shared.NextBytes(octets);
        var file = await files.StoreAsync(octets, "image/png", "a.png");
        var put = await RunAsync(_http, new S3Settings(), Place + ""","operation":"put","bucket":"docs","content":"{{data}}" """, file.ToJson(), files.Blobs);
        Assert.True(put.Error is null, put.Error?.Message);
        Assert.Equal(("e1/n.png", 3_000_000L), (put.Output["key"].AsString(), put.Output["size"].AsInt()));

        var got = await RunAsync(_http, new S3Settings(), Place + ""","operation":"get","bucket":"docs","key":"e1/n.png","as":"file" """, blobs: files.Blobs);
        Assert.True(got.Error is null, got.Error?.Message);
        Assert.Equal(
            ("image/png", "n.png", 3_000_000L),
            (
                got.Output["content"]["mediaType"].AsString(),
                got.Output["content"]["name"].AsString(),
                got.Output["content"]["size"].AsInt()));
        Assert.Equal(octets, files.Read(got.Output["content"]));
    }

    [Fact]
    public async Task An_endpoint_that_a_workflow_names_is_looked_at()
    {
        var error = (await RunAsync(_guarded, Own, $$""" {{Place}}, "operation":"list","bucket":"docs" """)).Error!;
        Assert.Equal(("storage", false), (error.Type, error.Retryable));
        Assert.Contains("HTTP_ALLOWED_NETWORKS", error.Message);
    }

    [Fact]
    public async Task What_does_not_work_is_told()
    {
        Assert.Contains("there is no bucket 'nobodys'", (await ErrorAsync(Place, """ "operation":"put","bucket":"nobodys","key":"k","content":"x" """)).Message);
        var wrong = await ErrorAsync(Place.Replace($"\"accessKeyId\":\"{S3Server.Key}\"", "\"accessKeyId\":\"nobody\""), """ "operation":"put","bucket":"docs","key":"k","content":"x" """);
        Assert.Equal(("storage", false), (wrong.Type, wrong.Retryable));
        Assert.Contains("credentials", wrong.Message);
        var nowhere = await ErrorAsync(Place.Replace(server.Url.ToString(), "http://127.0.0.1:1/"), """ "operation":"list","bucket":"docs" """);
        Assert.True(nowhere.Retryable, nowhere.Message);
        Assert.Contains("S3_ACCESS_KEY_ID", (await RunAsync(_http, new S3Settings(), """ "operation":"list","bucket":"docs" """)).Error!.Message);
    }

    [Theory]
    [InlineData(""" "endpoint":"minio","credentials":{"accessKeyId":"a","secretAccessKey":"b"} """, "/nodes/0/config/endpoint")]
    [InlineData(""" "endpoint":"https://u:p@minio.example.com","credentials":{"accessKeyId":"a","secretAccessKey":"b"} """, "/nodes/0/config/endpoint")]
    [InlineData(""" "endpoint":"https://minio.example.com" """, "/nodes/0/config")]
    [InlineData(""" "credentials":{"accessKeyId":"a"} """, "/nodes/0/config/credentials")]
    public void A_wrong_config_is_refused_where_it_is_wrong(string fields, string pointer) =>
        Assert.StartsWith(pointer, OneEffect.Error(new StorageNode(Files, Own, _http), $$"""{"storageType":"s3","bucket":"docs","operation":"list",{{fields}} }""").Pointer);

    private static FileStorage Files => new(Path.Combine(Path.GetTempPath(), "millrace-no-storage"));

    private Task<NodeOutcome> RunAsync(OutgoingHttp http, S3Settings own, string fields, string data = "null", IBlobStore? blobs = null) =>
        OneEffect.RunAsync(new StorageNode(Files, own, http), $$"""{"storageType":"s3",{{fields}} }""", data, blobs: blobs, cancellation: TestContext.Current.CancellationToken);

    private async Task<Value> OutputAsync(string place, string fields, string data = "null")
    {
        var outcome = await RunAsync(_http, new S3Settings(), $"{place},{fields}", data);
        Assert.True(outcome.Error is null, outcome.Error?.Message);
        return outcome.Output;
    }

    private async Task<NodeError> ErrorAsync(string place, string fields)
    {
        var outcome = await RunAsync(_http, new S3Settings(), $"{place},{fields}");
        Assert.True(outcome.Error is not null, outcome.Output.ToJson());
        return outcome.Error!;
    }

    public void Dispose()
    {
        _http.Dispose();
        _guarded.Dispose();
    }
}
