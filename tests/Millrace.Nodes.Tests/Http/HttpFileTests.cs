using System.Text;
using Microsoft.AspNetCore.Http;
using Millrace.Core.Values;

namespace Millrace.Nodes.Tests.Http;

public sealed class HttpFileTests : IDisposable
{
    private readonly HttpHarness _harness = new();

    public void Dispose() => _harness.Dispose();

    [Theory]
    [InlineData("/a/report%20one.pdf?x=1", null, "report one.pdf")]
    [InlineData("/", null, null)]
    [InlineData("/x", "attachment; filename=\"r.csv\"", "r.csv")]
    [InlineData("/x", "attachment; filename*=UTF-8''%C3%BC.csv", "ü.csv")]
    public async Task A_response_is_stored_as_a_file(string path, string? disposition, string? name)
    {
        await using var server = await TestServer.StartAsync(async context =>
        {
            context.Response.ContentType = "application/pdf";
            if (disposition is not null)
                context.Response.Headers.ContentDisposition = disposition;
            await context.Response.Body.WriteAsync(new byte[200_000]);
        });

        var outcome = await _harness.CallAsync(server, "\"response\":\"file\"", path);

        var file = FileValue.TryRead(outcome.Output["body"])!;
        Assert.Equal((200, "application/pdf", 200_000, name), (outcome.Output["status"].AsInt(), file.MediaType, file.Size, file.Name));
        using var opened = _harness.Blobs.OpenFile("acme", file.Blob)!;
        Assert.Equal(200_000, opened.Size);
    }

    [Fact]
    public async Task A_file_that_is_too_large_is_not_stored()
    {
        await using var server = await TestServer.StartAsync(context => context.Response.WriteAsync(new string('x', 1001)));
        Assert.Contains("more than 1000 bytes", (await _harness.CallAsync(server, """ "response":"file","maxResponseBytes":1000 """)).Error!.Message);
    }

    [Fact]
    public async Task A_download_that_breaks_off_is_a_network_error()
    {
        await using var server = await TestServer.StartAsync(async context =>
        {
            context.Response.ContentLength = 100;
            await context.Response.WriteAsync("half");
            await context.Response.Body.FlushAsync();
            context.Abort();
        });
        var error = (await _harness.CallAsync(server, "\"response\":\"file\"")).Error!;
        Assert.Equal(("network", true), (error.Type, error.Retryable));
    }

    [Fact]
    public async Task A_form_with_files_is_sent()
    {
        IFormCollection? form = null;
        Dictionary<string, string> files = [];
        await using var server = await TestServer.StartAsync(_ => Task.CompletedTask, async context =>
        {
            form = await context.Request.ReadFormAsync();
            foreach (var file in form.Files)
            {
                using var reader = new StreamReader(file.OpenReadStream());
                files[file.Name] = $"{file.FileName}|{file.ContentType}|{await reader.ReadToEndAsync()}";
            }
        });
        var stored = await _harness.StoreAsync("stored", "text/csv", "s.csv");

        var outcome = await _harness.CallAsync(server, """
            "method":"POST","headers":{"Content-Type":"multipart/form-data"},
            "body":{"text":"ü","number":5,"list":["a","b"],"none":null,"object":{"a":1},
                    "file":{"base64":"aGk=","name":"../h\"i.txt","mediaType":"text/plain"},"plain":{"base64":"aGk="},"stored":"{{input}}"}
            """, input: stored.ToJson());

        Assert.Null(outcome.Error);
        Assert.Equal(("ü", "5", "a,b", """{"a":1}"""), (form!["text"].ToString(), form["number"].ToString(), form["list"].ToString(), form["object"].ToString()));
        Assert.False(form.ContainsKey("none"));
        Assert.Equal(
            ["h%22i.txt|text/plain|hi", "plain|application/octet-stream|hi", "s.csv|text/csv|stored"],
            new[] { files["file"], files["plain"], files["stored"] });
    }

    [Theory]
    [InlineData("", "text/csv", "a;b")]
    [InlineData("\"headers\":{\"Content-Type\":\"application/x-mine\"},", "application/x-mine", "a;b")]
    public async Task A_stored_file_is_sent_as_a_body_also_after_a_redirect(string headers, string contentType, string content)
    {
        await using var server = await TestServer.StartAsync(context =>
        {
            context.Response.StatusCode = context.Request.Path == "/" ? 307 : 200;
            context.Response.Headers.Location = "/there";
            return Task.CompletedTask;
        });
        var stored = await _harness.StoreAsync("a;b", "text/csv");
        Assert.Null((await _harness.CallAsync(server, headers + """ "method":"PUT","body":"{{input}}" """, input: stored.ToJson())).Error);
        Assert.Equal(
            (contentType, content, "3"),
            (server.Requests[1].Headers["Content-Type"], server.Requests[1].Body, server.Requests[1].Headers["Content-Length"]));
    }

    [Fact]
    public async Task As_json_a_file_is_what_is_said_of_it()
    {
        await using var server = await TestServer.StartAsync(_ => Task.CompletedTask);
        var stored = await _harness.StoreAsync("a;b");
        await _harness.CallAsync(server, """ "method":"PUT","headers":{"Content-Type":"application/json"},"body":"{{input}}" """, input: stored.ToJson());
        Assert.Equal(stored.ToJson(), Assert.Single(server.Requests).Body);
    }

    [Fact]
    public async Task Another_tenants_file_is_not_there()
    {
        await using var server = await TestServer.StartAsync(_ => Task.CompletedTask);
        var stored = await _harness.StoreAsync("theirs");
        _harness.Tenant = "other";
        var error = (await _harness.CallAsync(server, """ "method":"PUT","body":"{{input}}" """, input: stored.ToJson())).Error!;
        Assert.Equal("not_found", error.Type);
        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData("\"text\"", "it is text")]
    [InlineData("""{"a":{"base64":"?"}}""", "'a' of 'body'")]
    [InlineData("""{"a":{"blob":"x","mediaType":"a/b","size":104857601}}""", "at most 104857600")]
    public async Task A_form_that_cannot_be_sent_is_not(string body, string said)
    {
        var error = (await _harness.CallAsync("http://127.0.0.1:1/", $$""" "method":"POST","headers":{"Content-Type":"multipart/form-data"},"body":{{body}} """)).Error!;
        Assert.Equal("config", error.Type);
        Assert.Contains(said, error.Message);
    }
}
