using System.Net.Http.Headers;
using System.Text;
using Millrace.Core.Values;
using Millrace.Server.Configuration;
using Millrace.Server.Hosting;

namespace Millrace.Server.Tests;

/// <summary>The real server on a port of its own, with a data directory of its own.</summary>
public sealed class ServerFixture : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("millrace-server-").FullName;
    private MillraceServer? _server;

    internal string[] Arguments { get; init; } = [];

    /// <summary>Lines of a `.env` file.</summary>
    internal string[] Environment { get; init; } = [];

    internal TimeProvider Time { get; init; } = TimeProvider.System;

    internal MillraceServer Server => _server ?? throw new InvalidOperationException("The server has not been started.");

    public HttpClient Client { get; private set; } = null!;

    internal string DataDirectory => Path.Combine(_directory, "data");

    /// <summary>A server with more arguments than the usual ones.</summary>
    public static async Task<ServerFixture> StartAsync(params string[] arguments)
    {
        var fixture = new ServerFixture { Arguments = arguments };
        await fixture.InitializeAsync();
        return fixture;
    }

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllLinesAsync(Path.Combine(_directory, ".env"), Environment);
        var problems = new List<string>();
        var reader = new SettingsReader(SettingsSources.Read(["--port", "0", "--data", DataDirectory, "--log-level", "none", .. Arguments], _directory, problems));
        var settings = reader.Read();
        Assert.Empty(problems.Concat(reader.Problems));
        _server = MillraceServer.Create(settings, Time);
        await _server.StartAsync();
        Client = new HttpClient { BaseAddress = new Uri(_server.Urls.Single()), Timeout = TimeSpan.FromSeconds(60) };
    }

    /// <summary>Ends the server and starts it again on the same data.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await InitializeAsync();
    }

    public async Task StopAsync()
    {
        Client.Dispose();
        await Server.StopAsync();
        await Server.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_directory, recursive: true);
    }
}

/// <summary>An answer with its body as a value.</summary>
public sealed record Answer(int Status, Value Body, string Text, HttpResponseMessage Response)
{
    public Value this[string name] => Body[name];

    public string? Header(string name) => Response.Headers.TryGetValues(name, out var values) ? values.Single() : null;
}

/// <summary>Calls in one line.</summary>
public static class Calls
{
    public static Task<Answer> GetAsync(this ServerFixture server, string path, params (string Name, string Value)[] headers) =>
        server.SendAsync(HttpMethod.Get, path, null, headers);

    public static Task<Answer> PostAsync(this ServerFixture server, string path, string? body, params (string Name, string Value)[] headers) =>
        server.SendAsync(HttpMethod.Post, path, body, headers);

    public static async Task<Answer> SendAsync(this ServerFixture server, HttpMethod method, string path, string? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }
        // So that a body which is refused is not sent, and the refusal not lost.
        request.Headers.ExpectContinue = body?.Length > 1_000_000;
        foreach (var (name, value) in headers)
        {
            if (string.Equals(name, "Content-Type", StringComparison.Ordinal))
                request.Content!.Headers.ContentType = MediaTypeHeaderValue.Parse(value);
            else
                request.Headers.TryAddWithoutValidation(name, value);
        }
        return await server.SendAsync(request);
    }

    /// <summary>Posts bytes as they are.</summary>
    public static async Task<Answer> PostContentAsync(this ServerFixture server, string path, HttpContent content)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        return await server.SendAsync(request);
    }

    private static async Task<Answer> SendAsync(this ServerFixture server, HttpRequestMessage request)
    {
        using var response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var isJson = response.Content.Headers.ContentType?.MediaType is "application/json" or "application/problem+json";
        return new Answer((int)response.StatusCode, isJson ? ValueJson.Parse(text) : Value.Null, text, response);
    }

    /// <summary>Creates a workflow and gives its id.</summary>
    public static async Task<string> CreateAsync(this ServerFixture server, string document, params (string Name, string Value)[] headers)
    {
        var created = await server.PostAsync("/api/v1/workflows", document, headers);
        Assert.True(created.Status == 201, created.Text);
        return created["id"].AsString();
    }

    /// <summary>Starts an execution and gives its id.</summary>
    public static async Task<string> ExecuteAsync(this ServerFixture server, string workflowId, string body = "{}", string query = "")
    {
        var started = await server.PostAsync($"/api/v1/workflows/{workflowId}/execute{query}", body);
        Assert.True(started.Status is 200 or 202, started.Text);
        return started["id"].AsString();
    }
}

/// <summary>Workflows to try things with.</summary>
public static class Documents
{
    /// <summary>Adds one to input.x.</summary>
    public const string Sum = """
        {
          "name": "Sum",
          "nodes": [
            {"id": "start", "type": "start"},
            {"id": "sum", "type": "addField", "config": {"field": "y", "value": "{{ input.x + 1 }}"}}
          ],
          "edges": [{"source": "start", "target": "sum"}]
        }
        """;

    /// <summary>Waits for an hour.</summary>
    public const string Patient = """
        {
          "name": "Patient",
          "nodes": [
            {"id": "start", "type": "start"},
            {"id": "pause", "type": "delay", "config": {"duration": "PT1H"}},
            {"id": "after", "type": "addField", "config": {"field": "late", "value": true}}
          ],
          "edges": [{"source": "start", "target": "pause"}, {"source": "pause", "target": "after"}]
        }
        """;

    /// <summary>Has a node of a type that does not exist.</summary>
    public const string Invalid = """{"name": "Broken", "nodes": [{"id": "a", "type": "htpp"}], "edges": []}""";

    /// <summary>A document with fields in front of those of another.</summary>
    public static string With(string document, string fields) => "{" + fields + ", " + document.TrimStart()[1..];
}
