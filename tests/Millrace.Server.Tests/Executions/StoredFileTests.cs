using Microsoft.AspNetCore.Http;
using Millrace.Server.Tests.Access;

namespace Millrace.Server.Tests.Executions;

/// <summary>Files that nodes have stored, as the API gives them.</summary>
public sealed class StoredFileTests
{
    private static string Download(string url) => $$$"""
        {"name": "Download", "nodes": [{"id": "start", "type": "start"}, {"id": "get", "type": "http", "config": {"url": "{{{url}}}", "response": "file"}}],
         "edges": [{"source": "start", "target": "get"}]}
        """;

    [Theory]
    [InlineData("text/html; charset=utf-8", "text/html; charset=utf-8")]
    [InlineData("no media type", "application/octet-stream")]
    public async Task A_download_is_given_with_its_type_and_never_shown(string sent, string given)
    {
        await using var source = await EchoServer.StartAsync(async context =>
        {
            context.Response.Headers.ContentType = sent;
            context.Response.Headers.ContentDisposition = "attachment; filename*=UTF-8''..%2Fw%C3%BCnsche.html";
            await context.Response.WriteAsync("<script>alert(1)</script>");
        });
        await using var server = await ServerFixture.StartAsync("--http-allowed-networks", "127.0.0.1");
        var workflow = await server.CreateAsync(Download(source.Url));

        var ended = await server.PostAsync($"/api/v1/workflows/{workflow}/execute?wait=30", "{}");

        var file = ended["result"]["body"];
        Assert.Equal(("wünsche.html", 25), (file["name"].AsString(), file["size"].AsInt()));
        var answer = await server.GetAsync($"/api/v1/blobs/{file["blob"].AsString()}");
        Assert.Equal((200, "<script>alert(1)</script>"), (answer.Status, answer.Text));
        Assert.Equal(given, answer.Response.Content.Headers.ContentType!.ToString());
        Assert.Equal("attachment", answer.Response.Content.Headers.ContentDisposition!.DispositionType);
        Assert.Equal("wünsche.html", answer.Response.Content.Headers.ContentDisposition!.FileNameStar);
        Assert.Equal("nosniff", answer.Header("X-Content-Type-Options"));
        Assert.Contains("sandbox", answer.Header("Content-Security-Policy"));
    }

    [Fact]
    public async Task A_file_is_its_tenants_and_goes_with_the_execution()
    {
        await using var source = await EchoServer.StartAsync(context => context.Response.WriteAsync("content"));
        await using var server = await ServerFixture.StartAsync("--jwt-secret", Tokens.Secret, "--http-allowed-networks", "127.0.0.1");
        var (acme, other) = (Tokens.Bearer("admin", "acme"), Tokens.Bearer("admin", "other"));
        var workflow = await server.CreateAsync(Download(source.Url), acme);
        var ended = await server.PostAsync($"/api/v1/workflows/{workflow}/execute?wait=30", "{}", acme);
        var path = $"/api/v1/blobs/{ended["result"]["body"]["blob"].AsString()}";

        Assert.Equal(200, (await server.GetAsync(path, acme)).Status);
        Assert.Equal(404, (await server.GetAsync(path, other)).Status);
        Assert.Equal(401, (await server.GetAsync(path)).Status);
        await server.PostAsync("/api/v1/executions/bulk", $$"""{"action": "delete", "ids": ["{{ended["id"].AsString()}}"]}""", acme);
        Assert.Equal(404, (await server.GetAsync(path, acme)).Status);
    }
}
