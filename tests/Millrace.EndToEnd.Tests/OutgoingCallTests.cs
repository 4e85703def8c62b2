using System.Net;
using System.Net.Sockets;

namespace Millrace.EndToEnd.Tests;

/// <summary>What surrounds the process does not decide where workflows' calls go.</summary>
public sealed class OutgoingCallTests
{
    [Fact]
    public async Task Proxies_of_the_environment_are_not_used()
    {
        using var proxy = new TcpListener(IPAddress.Loopback, 0);
        proxy.Start();
        var url = $"http://{proxy.LocalEndpoint}";
        await using var server = await ServerProcess.StartAsync(
            ("HTTP_ALLOWED_NETWORKS", "127.0.0.0/8"), ("HTTP_PROXY", url), ("http_proxy", url), ("HTTPS_PROXY", url), ("https_proxy", url), ("ALL_PROXY", url), ("all_proxy", url), ("NO_PROXY", ""), ("no_proxy", ""));
        var document = $$"""{"id": "call", "name": "Call", "nodes": [{"id": "s", "type": "start"}, {"id": "call", "type": "http", "config": {"url": "{{server.Url("ping")}}"} }], "edges": [{"source": "s", "target": "call"}]}""";
        Assert.Equal(HttpStatusCode.Created, (await server.PostAsync("api/v1/workflows", document)).Status);

        var (_, ended) = await server.PostAsync("api/v1/workflows/call/execute?wait=30", "{}");

        Assert.Equal("completed", ended.GetProperty("status").GetString());
        Assert.False(proxy.Pending());
    }
}
