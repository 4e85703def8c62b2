using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;

[assembly: AssemblyFixture(typeof(Millrace.Docs.Tests.DocsServer))]

namespace Millrace.Docs.Tests;

/// <summary>The server that all tests share which do not need one of their own.</summary>
public sealed class DocsServer : IAsyncLifetime
{
    public ServerProcess Server { get; private set; } = null!;

    private OrchestratorProcess _orchestrator = null!;

    public async ValueTask InitializeAsync()
    {
        _orchestrator = await OrchestratorProcess.StartAsync();
        Server = await ServerProcess.StartAsync([("HTTP_ALLOWED_NETWORKS", "127.0.0.1"), .. _orchestrator.Settings]);
        // What the example of integration nodes says to have.
        await Server.PostAsync("api/v1/integrations", $$"""{"name": "millrace", "baseUrl": "{{Server.BaseAddress}}"}""");
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await _orchestrator.DisposeAsync();
    }

    /// <summary>Evaluates; what is not as written, or null. An expected value is JSON, or "error: " and a part of the message.</summary>
    public async Task<string?> CompareAsync(string source, string expected, string context, bool isTemplate)
    {
        var request = new JsonObject { ["expression"] = source, ["template"] = isTemplate, ["context"] = JsonNode.Parse(context) };
        var (status, body) = await Server.PostAsync("api/v1/expressions/evaluate", request.ToJsonString());
        if (expected.StartsWith("error: ", StringComparison.Ordinal))
            return status == HttpStatusCode.BadRequest
                && body.GetProperty("detail").GetString()!.Contains(expected["error: ".Length..], StringComparison.Ordinal)
                ? null
                : body.ToString();
        return status == HttpStatusCode.OK && JsonElement.DeepEquals(JsonDocument.Parse(expected).RootElement, body.GetProperty("value"))
            ? null
            : body.ToString();
    }

    /// <summary>Runs a workflow to its end.</summary>
    public async Task<JsonElement> RunAsync(string document, string type, string start)
    {
        var (saved, workflow) = await Server.PostAsync("api/v1/workflows", document, type);
        Assert.True(saved == HttpStatusCode.Created, workflow.ToString());
        var (status, execution) =
            await Server.PostAsync($"api/v1/workflows/{workflow.GetProperty("id").GetString()}/execute?wait=30", start);
        Assert.True(status == HttpStatusCode.OK, execution.ToString());
        return execution;
    }
}

internal static class FreePorts
{
    public static int Next()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
