using System.IO.Compression;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Millrace.Core.Values;

namespace Millrace.Server.Tests.Http;

/// <summary>Bodies in the encodings that real senders use: all routes read them alike.</summary>
public sealed class EncodedBodyTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Echo = """
        {"name": "Hook", "nodes": [
          {"id": "hook", "type": "webhook", "config": {"path": "PATH", "responseMode": "wait"MORE}},
          {"id": "out", "type": "output", "config": {"value": "{{hook.output.body}}"}}],
         "edges": [{"source": "hook", "target": "out"}]}
        """;

    public static TheoryData<string, Func<Stream, Stream>> Compressions => new()
    {
        { "gzip", stream => new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true) },
        { "deflate", stream => new ZLibStream(stream, CompressionLevel.Fastest, leaveOpen: true) },
        { "br", stream => new BrotliStream(stream, CompressionLevel.Fastest, leaveOpen: true) },
    };

    [Theory]
    [InlineData("text/plain; charset=iso-8859-15", "iso-8859-15", "10 €", "\"10 €\"")]
    [InlineData("text/plain; charset=\"windows-1252\"", "windows-1252", "“x”", "\"“x”\"")]
    [InlineData("application/json; charset=utf-16le", "utf-16", "{\"a\":\"ü\"}", "{\"a\":\"ü\"}")]
    [InlineData("text/xml; charset=shift_jis", "shift_jis", "<a>日本</a>", "\"<a>日本</a>\"")]
    public async Task A_charset_is_decoded(string type, string charset, string text, string value)
    {
        var path = await HookAsync();

        var answer = await server.PostContentAsync(path, Content(CodePagesEncodingProvider.Instance.GetEncoding(charset)?.GetBytes(text)
            ?? Encoding.GetEncoding(charset).GetBytes(text), type));

        Assert.Equal(ValueJson.Parse(value), ValueJson.Parse(answer.Text));
    }

    [Theory]
    [InlineData("application/json", "{\"a\":1}", "{\"a\":1}")]
    [InlineData("text/plain", "x", "\"x\"")]
    public async Task A_byte_order_mark_is_no_part_of_the_text(string type, string text, string value)
    {
        var path = await HookAsync();

        var answer = await server.PostContentAsync(path, Content([.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(text)], type));

        Assert.Equal(ValueJson.Parse(value), ValueJson.Parse(answer.Text));
    }

    [Theory]
    [MemberData(nameof(Compressions))]
    public async Task A_compressed_body_is_unpacked_on_every_route(string encoding, Func<Stream, Stream> compress)
    {
        var path = await HookAsync();
        var workflow = await server.CreateAsync(Documents.Sum);

        var hook = await server.PostContentAsync(path, Packed("""{"a":1}""", encoding, compress));
        var saved = await server.PostContentAsync("/api/v1/workflows", Packed(Documents.Sum, encoding, compress));
        var started = await server.PostContentAsync($"/api/v1/workflows/{workflow}/execute", Packed("""{"input":{"x":1}}""", encoding, compress));

        Assert.Equal("""{"a":1}""", hook.Body.ToJson());
        Assert.Equal((201, 202), (saved.Status, started.Status));
    }

    [Theory]
    [MemberData(nameof(Compressions))]
    public async Task A_compressed_body_that_is_cut_off_is_refused(string encoding, Func<Stream, Stream> compress)
    {
        var path = await HookAsync();
        var whole = Pack($"\"{new string('x', 50_000)}{Guid.NewGuid()}\"", compress);

        var answer = await server.PostContentAsync(path, Content(whole[..(whole.Length / 2)], "application/json", encoding));

        Assert.Equal((400, "malformed_encoding"), (answer.Status, answer["code"].AsString()));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task A_body_that_is_not_what_its_encoding_says_is_refused(string encoding)
    {
        var path = await HookAsync();

        var answer = await server.PostContentAsync(path, Content("a=1&b=%ff"u8.ToArray(), "application/json", encoding));

        Assert.Equal((400, "malformed_encoding"), (answer.Status, answer["code"].AsString()));
    }

    [Fact]
    public async Task A_body_that_unpacks_to_more_than_a_body_may_have_is_refused()
    {
        var path = await HookAsync();

        var answer = await server.PostContentAsync(path, Packed($"\"{new string('x', 50_000_000)}\"", "gzip", stream => new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true)));

        Assert.Equal((413, "body_too_large"), (answer.Status, answer["code"].AsString()));
    }

    [Theory]
    [InlineData("application/json", "compress", "unsupported_encoding")]
    [InlineData("application/json", "gzip, br", "unsupported_encoding")]
    [InlineData("text/plain; charset=klingon-8", null, "unsupported_charset")]
    [InlineData("application/json; charset=klingon-8", null, "unsupported_charset")]
    public async Task An_encoding_that_is_not_known_is_refused(string type, string? encoding, string code)
    {
        var path = await HookAsync();

        var answer = await server.PostContentAsync(path, Content("{}"u8.ToArray(), type, encoding));

        Assert.Equal((415, code), (answer.Status, answer["code"].AsString()));
    }

    [Fact]
    public async Task A_signature_is_of_the_bytes_as_sent()
    {
        var path = await HookAsync(""", "auth": {"type": "hmac", "scheme": "github", "secret": "{{secrets.hook_key}}"}""");
        await server.SendAsync(HttpMethod.Put, "/api/v1/secrets/hook_key", """{"value":"a-key-for-hooks"}""");
        var content = Packed("""{"a":1}""", "gzip", stream => new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true));
        var sent = await content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        content.Headers.Add("X-Hub-Signature-256", "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData("a-key-for-hooks"u8, sent)));

        Assert.Equal("""{"a":1}""", (await server.PostContentAsync(path, content)).Body.ToJson());
    }

    [Fact]
    public async Task A_form_with_files_is_fields_and_stored_files()
    {
        var path = await HookAsync();
        using var form = new MultipartFormDataContent
        {
            { new StringContent("Ada"), "name" },
            { new StringContent("1"), "tag" },
            { new StringContent("2"), "tag" },
            { new ByteArrayContent([1, 2, 3]) { Headers = { ContentType = new MediaTypeHeaderValue("image/png") } }, "photo", "../me.png" },
        };

        var body = (await server.PostContentAsync(path, form)).Body;

        Assert.Equal(("Ada", """["1","2"]"""), (body["name"].AsString(), body["tag"].ToJson()));
        Assert.Equal(("me.png", "image/png", 3), (body["photo"]["name"].AsString(), body["photo"]["mediaType"].AsString(), body["photo"]["size"].AsInt()));
        var file = await server.Client.GetByteArrayAsync($"/api/v1/blobs/{body["photo"]["blob"].AsString()}", TestContext.Current.CancellationToken);
        Assert.Equal([1, 2, 3], file);
    }

    [Theory]
    [InlineData("multipart/form-data", "--x\r\n\r\nv\r\n--x--\r\n")]
    [InlineData("multipart/form-data; boundary=x", "--x\r\n\r\nv\r\n--x--\r\n")]
    [InlineData("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=a\r\n\r\nv")]
    [InlineData("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=a\r\nContent-Type: text/plain; charset=klingon-8\r\n\r\nv\r\n--x--\r\n")]
    public async Task A_form_that_cannot_be_read_is_refused(string type, string body)
    {
        var path = await HookAsync();

        var answer = await server.PostContentAsync(path, Content(Encoding.UTF8.GetBytes(body), type));

        Assert.Equal((400, "malformed_form"), (answer.Status, answer["code"].AsString()));
    }

    [Fact]
    public async Task A_form_of_extremes_is_refused_or_read()
    {
        var path = await HookAsync();
        var boundary = new string('b', 5_000);
        var file = "--x\r\nContent-Disposition: form-data; name=a; filename=f\r\nContent-Type: " + new string('t', 9_000) + "\r\n\r\nv\r\n";

        var farApart = await server.PostContentAsync(path, Content("--b--"u8.ToArray(), $"multipart/form-data; boundary={boundary}"));
        var strange = await server.PostContentAsync(path, Content(Encoding.UTF8.GetBytes(file + "--x--\r\n"), "multipart/form-data; boundary=x"));
        var many = string.Concat(Enumerable.Repeat("--x\r\nContent-Disposition: form-data; name=a; filename=f\r\n\r\nv\r\n", 21));
        var tooMany = await server.PostContentAsync(path, Content(Encoding.UTF8.GetBytes(many + "--x--\r\n"), "multipart/form-data; boundary=x"));

        Assert.Equal((400, 200, 400), (farApart.Status, strange.Status, tooMany.Status));
        Assert.Equal("application/octet-stream", strange["a"]["mediaType"].AsString());
    }

    private async Task<string> HookAsync(string more = "")
    {
        var path = Guid.NewGuid().ToString("n");
        await server.CreateAsync(Echo.Replace("PATH", path, StringComparison.Ordinal).Replace("MORE", more, StringComparison.Ordinal));
        return $"/webhooks/{path}";
    }

    private static ByteArrayContent Packed(string text, string encoding, Func<Stream, Stream> compress) => Content(Pack(text, compress), "application/json", encoding);

    private static byte[] Pack(string text, Func<Stream, Stream> compress)
    {
        using var packed = new MemoryStream();
        using (var stream = compress(packed))
            stream.Write(Encoding.UTF8.GetBytes(text));
        return packed.ToArray();
    }

    private static ByteArrayContent Content(byte[] bytes, string type, string? encoding = null)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        if (encoding is not null)
            content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        return content;
    }
}
