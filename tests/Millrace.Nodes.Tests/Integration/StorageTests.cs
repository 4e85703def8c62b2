using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Nodes.Http;
using Millrace.Nodes.Integration;

namespace Millrace.Nodes.Tests.Integration;

public sealed class StorageTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("millrace-storage-");
    private readonly StorageNode _node;

    public StorageTests() =>
        _node = new StorageNode(
            new FileStorage(Path.Combine(_root.FullName, "storage")), new S3Settings(), new OutgoingHttp(AddressGuard.PublicOnly));

    public void Dispose() => _root.Delete(recursive: true);

    private Task<NodeOutcome> RunAsync(string config, string data = "null", string tenant = "acme") =>
        OneEffect.RunAsync(_node, config, data, tenant: tenant);

    private async Task<Value> OutputAsync(string config, string data = "null", string tenant = "acme")
    {
        var outcome = await RunAsync(config, data, tenant);
        Assert.Null(outcome.Error);
        return outcome.Output;
    }

    private string[] Files() =>
        [
            .. Directory.EnumerateFiles(_root.FullName, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(_root.FullName, path).Replace('\\', '/'))
            .Order(StringComparer.Ordinal),
        ];

    [Fact]
    public async Task What_arrived_is_kept_under_a_key_of_execution_and_node()
    {
        var first = await OutputAsync("""{"bucket":"b"}""", """{"a":1}""");
        var again = await OutputAsync("""{"bucket":"b"}""", """{"a":1}""");

        Assert.Equal("""{"uri":"storage://b/e1/n.json","bucket":"b","key":"e1/n.json","etag":"015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862","size":7}""", first.ToJson());
        Assert.Equal(first, again);
        Assert.Equal(["storage/acme/b/e1/n.json"], Files());
    }

    [Theory]
    [InlineData("""{"a":[1,2.5,"ü"]}""", "k.json")]
    [InlineData("\"plain ü text\"", "k.txt")]
    [InlineData("\"{not json\"", "k.json")]
    [InlineData("""{"base64":"/wD+gA=="}""", "k.bin")]
    [InlineData("null", "null.json")]
    public async Task What_is_put_is_what_is_got(string content, string key)
    {
        var put = await OutputAsync($$"""{"bucket":"b","key":"{{key}}","content":{{content}}}""");
        var got = await OutputAsync($$"""{"bucket":"b","key":"{{key}}","operation":"get"}""");

        Assert.Equal(content, got["content"].ToJson());
        Assert.Equal(put["etag"], got["etag"]);
    }

    [Fact]
    public async Task A_second_put_replaces_the_first()
    {
        await OutputAsync("""{"bucket":"b","key":"k","content":"long content"}""");
        await OutputAsync("""{"bucket":"b","key":"k","content":"short"}""");

        Assert.Equal("short", (await OutputAsync("""{"bucket":"b","key":"k","operation":"get"}"""))["content"]);
    }

    [Fact]
    public async Task A_list_is_in_the_order_of_keys_and_says_whether_it_is_all()
    {
        foreach (var key in (string[])["a/b", "a-b", "a/a", "z"])
            await OutputAsync($$"""{"bucket":"b","key":"{{key}}","content":"x"}""");

        var all = await OutputAsync("""{"bucket":"b","operation":"list"}""");
        var some = await OutputAsync("""{"bucket":"b","operation":"list","prefix":"a/","limit":1}""");

        Assert.Equal(["a-b", "a/a", "a/b", "z"], all["items"].AsList().Select(item => item["key"].AsString()));
        Assert.Equal(["a/a"], some["items"].AsList().Select(item => item["key"].AsString()));
        Assert.Equal((false, true), (all["isTruncated"].AsBool(), some["isTruncated"].AsBool()));
        Assert.Equal("[]", (await OutputAsync("""{"bucket":"none","operation":"list"}"""))["items"].ToJson());
    }

    [Fact]
    public async Task What_was_deleted_is_gone_and_deleting_it_again_is_no_error()
    {
        await OutputAsync("""{"bucket":"b","key":"k","content":"x"}""");

        Assert.Equal(true, (await OutputAsync("""{"bucket":"b","key":"k","operation":"delete"}"""))["deleted"]);
        Assert.Equal(false, (await OutputAsync("""{"bucket":"b","key":"k","operation":"delete"}"""))["deleted"]);
        Assert.Equal("not_found", (await RunAsync("""{"bucket":"b","key":"k","operation":"get"}""")).Error!.Type);
    }

    [Fact]
    public async Task Tenants_see_only_their_own_files_whatever_they_are_called()
    {
        foreach (var tenant in (string[])["acme", "Acme", "../acme", "", "a/b"])
            await OutputAsync("""{"bucket":"b","key":"k","content":"{{input}}"}""", $"\"{tenant}\"", tenant);

        foreach (var tenant in (string[])["acme", "Acme", "../acme", "", "a/b"])
            Assert.Equal(tenant, (await OutputAsync("""{"bucket":"b","key":"k","operation":"get"}""", tenant: tenant))["content"]);
        Assert.Equal(5, Files().Length);
        Assert.All(Files(), file => Assert.StartsWith("storage/", file));
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("a/../../x")]
    [InlineData("/etc/passwd")]
    [InlineData("C:/x")]
    [InlineData("a\\\\..\\\\x")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("a\\nb")]
    [InlineData("nul")]
    [InlineData("a/COM1.txt")]
    [InlineData("a/b. ")]
    [InlineData("./a")]
    [InlineData("a/.")]
    [InlineData("")]
    public async Task A_key_that_could_lead_elsewhere_is_refused_when_saved_and_when_it_comes_from_data(string key)
    {
        Assert.Equal("/nodes/0/config/key", OneEffect.Error(_node, $$"""{"bucket":"b","key":"{{key}}","content":"x"}""").Pointer);
        Assert.Equal("storage", (await RunAsync("""{"bucket":"b","key":"{{input}}","content":"x"}""", $"\"{key}\"")).Error!.Type);
        Assert.Empty(Files());
    }

    [Fact]
    public async Task A_key_with_a_NUL_is_refused()
    {
        Assert.Contains("control character", (await RunAsync("""{"bucket":"b","key":"{{input}}","content":"x"}""", "\"a\\u0000b\"")).Error!.Message);
        Assert.Empty(Files());
    }

    [Theory]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData(".unfinished")]
    [InlineData("Upper")]
    [InlineData("")]
    public async Task A_bucket_that_could_lead_elsewhere_is_refused(string bucket)
    {
        Assert.Equal("storage", (await RunAsync("""{"bucket":"{{input}}","key":"k","content":"x"}""", $"\"{bucket}\"")).Error!.Type);
        Assert.Empty(Files());
    }

    [Fact]
    public async Task A_link_is_not_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Making links takes a privilege on Windows.");
        await OutputAsync("""{"bucket":"b","key":"k","content":"x"}""");
        var bucket = Path.Combine(_root.FullName, "storage", "acme", "b");
        var outside = Directory.CreateDirectory(Path.Combine(_root.FullName, "outside")).FullName;
        await File.WriteAllTextAsync(Path.Combine(outside, "secret"), "hidden");
        Directory.CreateSymbolicLink(Path.Combine(bucket, "way"), outside);
        File.CreateSymbolicLink(Path.Combine(bucket, "file"), Path.Combine(outside, "secret"));

        foreach (var key in (string[])["way/secret", "file"])
        {
            foreach (var operation in (string[])["get", "put", "delete"])
                Assert.Equal("storage", (await RunAsync($$"""{"bucket":"b","key":"{{key}}","operation":"{{operation}}","content":"changed"}""")).Error!.Type);
        }

        Assert.Equal("hidden", await File.ReadAllTextAsync(Path.Combine(outside, "secret")));
        Assert.Equal(["k"], (await OutputAsync("""{"bucket":"b","operation":"list"}"""))["items"].AsList().Select(item => item["key"].AsString()));
    }

    [Fact]
    public async Task What_is_too_large_is_refused()
    {
        var outcome = await RunAsync("""{"bucket":"b","key":"k"}""", ((Value)new string('x', 16 * 1024 * 1024 + 1)).ToJson());

        Assert.Contains("16777216", outcome.Error!.Message);
        Assert.Empty(Files());
    }

    [Fact]
    public async Task A_file_where_a_part_of_the_key_is_a_file_fails_with_a_sentence()
    {
        await OutputAsync("""{"bucket":"b","key":"a","content":"x"}""");

        var outcome = await RunAsync("""{"bucket":"b","key":"a/b","content":"x"}""");

        Assert.Equal("storage", outcome.Error!.Type);
        Assert.Equal(["storage/acme/b/a"], Files());
    }

    [Theory]
    [InlineData("""{"bucket":"b","operation":"get"}""", "missing_field", "/nodes/0/config")]
    [InlineData("""{}""", "missing_field", "/nodes/0/config")]
    public void What_cannot_run_is_refused_when_it_is_saved(string config, string code, string pointer)
    {
        var problem = OneEffect.Error(_node, config);

        Assert.Equal((code, pointer), (problem.Code, problem.Pointer));
    }

    [Theory]
    [InlineData("""{"storage_type":"s3","operation":"put","bucket":"b","key":"k"}""", true)]
    [InlineData("""{"storage_type":"file","operation":"put","bucket":"b","key":"k"}""", false)]
    public void A_server_without_S3_says_so_at_save(string config, bool warns)
    {
        var found = OneEffect.Problems(_node, config, out _).Where(problem => problem.Code is "not_configured").ToArray();
        Assert.Equal(warns ? ["/nodes/0/config/storage_type"] : Array.Empty<string>(), found.Select(problem => problem.Pointer));
        Assert.All(found, problem => Assert.Contains("S3_ACCESS_KEY_ID", problem.Message, StringComparison.Ordinal));
    }
}
