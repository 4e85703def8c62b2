using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Millrace.Server.Tests;

namespace Millrace.Robustness.Tests.Security;

/// <summary>Security case 10: whatever is parsed is bounded, and says so instead of hanging, growing or dying. The server answers others meanwhile.</summary>
public sealed class ParserTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Webhook = "/webhooks/parsers";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private static string Deep(int depth, string open, string close) => new StringBuilder().Insert(0, open, depth).Append('1').Insert(depth * open.Length + 1, close, depth).ToString();

    private static string Bomb()
    {
        var yaml = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 12; i++)
            yaml.Append($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat("*a" + (i - 1), 10))}]\n");
        return yaml.ToString();
    }

    public static TheoryData<string, string, string, string> Documents => new()
    {
        { "lists 10,000 deep", "/api/v1/workflows", "application/json", Deep(10_000, "[", "]") },
        { "objects 10,000 deep", "/api/v1/workflows", "application/json", Deep(10_000, "{\"a\":", "}") },
        { "an input 10,000 deep", "/api/v1/workflows/parsers/execute", "application/json", "{\"input\": " + Deep(10_000, "[", "]") + "}" },
        { "an event 10,000 deep", "/api/v1/events", "application/json", Deep(10_000, "[", "]") },
        { "a webhook's body 10,000 deep", Webhook, "application/json", Deep(10_000, "[", "]") },
        { "an expression 10,000 deep", "/api/v1/expressions/evaluate", "application/json", $$"""{"expression": "{{Deep(10_000, "(", ")")}}", "context": {} }""" },
        { "a million brackets", "/api/v1/workflows", "application/json", new string('[', 1_000_000) },
        { "YAML 10,000 deep", "/api/v1/workflows", "application/yaml", Deep(10_000, "[", "]") },
        { "YAML whose aliases multiply", "/api/v1/workflows", "application/yaml", Bomb() },
        { "YAML that holds itself", "/api/v1/workflows", "application/yaml", "a: &x [*x]" },
        { "YAML with a tag of the platform", "/api/v1/workflows", "application/yaml", "!!System.Diagnostics.Process {name: x}" },
        { "a key twice", "/api/v1/workflows", "application/json", """{"name": "X", "name": "Y", "nodes": [], "edges": []}""" },
        { "a key twice in YAML", "/api/v1/workflows", "application/yaml", "name: X\nname: Y\n" },
        { "a number beyond all numbers", "/api/v1/workflows", "application/json", $$"""{"name": "X", "n": 1{{new string('0', 100_000)}} }""" },
        { "a text without an end", "/api/v1/workflows", "application/json", "\"" + new string('x', 1_000_000) },
        { "half a surrogate", "/api/v1/workflows", "application/json", """{"name": "\ud800"}""" },
    };

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task It_is_refused_with_a_sentence(string what, string path, string type, string body)
    {
        await PutAsync();
        var answer = await Timely(server.PostAsync(path, body, ("Content-Type", type)));

        Assert.True(answer.Status is 400 or 413 or 422, $"{what}: {answer.Status} {answer.Text[..Math.Min(answer.Text.Length, 300)]}");
        Assert.NotEmpty(answer["detail"].AsString());
        Assert.Equal(200, (await Timely(server.GetAsync("/ping"))).Status);
    }

    [Theory]
    [InlineData("/api/v1/workflows")]
    [InlineData("/api/v1/workflows/parsers/execute")]
    [InlineData("/api/v1/events")]
    [InlineData("/api/v1/expressions/evaluate")]
    [InlineData(Webhook)]
    public async Task A_body_beyond_the_cap_is_refused(string path)
    {
        await PutAsync();
        Assert.Equal(413, (await Timely(server.PostAsync(path, "\"" + new string('x', 5_000_000) + "\""))).Status);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task What_comes_compressed_is_unpacked_only_as_far_as_a_body_may_be_long(string encoding)
    {
        await PutAsync();
        var packed = new MemoryStream();
        await using (Stream packing = encoding switch { "gzip" => new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true), "br" => new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true), _ => new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true) })
        {
            var spaces = Encoding.ASCII.GetBytes(new string(' ', 1_000_000));
            for (var i = 0; i < 64; i++)
                await packing.WriteAsync(spaces, TestContext.Current.CancellationToken);
        }
        var before = GC.GetTotalAllocatedBytes(precise: true);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/workflows") { Content = new ByteArrayContent(packed.ToArray()) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Content.Headers.ContentEncoding.Add(encoding);
        using var response = await Timely(server.Client.SendAsync(request, TestContext.Current.CancellationToken));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.True(GC.GetTotalAllocatedBytes(precise: true) - before < 32_000_000);
    }

    [Theory]
    [InlineData("'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'.matches('(a+)+$')")]
    [InlineData("'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'.matches('^(a|aa)+$')")]
    [InlineData("'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'.matches('(.*a){20}$')")]
    [InlineData("'x'.matches('((((((a{1,100}){1,100}){1,100}){1,100}){1,100}){1,100})')")]
    [InlineData("'x'.matches('(?<=a)b')")]
    [InlineData("'x'.matches('(a)\\\\1')")]
    public async Task A_pattern_costs_what_its_text_does_or_is_refused(string expression)
    {
        var begun = TimeProvider.System.GetTimestamp();
        var answer = await Timely(server.PostAsync("/api/v1/expressions/evaluate", $$"""{"expression": "{{expression}}", "context": {} }"""));

        Assert.True((answer.Status == 200 && answer["value"].Equals(false)) || answer.Status == 400, answer.Text);
        Assert.True(TimeProvider.System.GetElapsedTime(begun) < Soon);
    }

    private static Task<T> Timely<T>(Task<T> task) => task.WaitAsync(Soon, TestContext.Current.CancellationToken);

    private async Task PutAsync() => await server.SendAsync(HttpMethod.Put, "/api/v1/workflows/parsers", """
        {"name": "Parsers", "nodes": [{"id": "hook", "type": "webhook", "config": {"path": "parsers"}}], "edges": []}
        """);
}
