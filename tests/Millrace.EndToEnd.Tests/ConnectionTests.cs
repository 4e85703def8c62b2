using System.Net.Sockets;

namespace Millrace.EndToEnd.Tests;

/// <summary>More connections than the server has files for.</summary>
public sealed class ConnectionTests
{
    private const int OpenFiles = 1024;
    private const int Connections = 1250;

    [Fact]
    public async Task With_more_idle_connections_than_files_the_server_refuses_some_and_goes_on()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not limit how many files a process may open.");
        await using var server = await ServerProcess.StartAsync(OpenFiles);
        var idle = new List<Socket>();
        for (var n = 0; n < Connections; n++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            idle.Add(socket);
            await socket.ConnectAsync(server.BaseAddress.Host, server.BaseAddress.Port, TestContext.Current.CancellationToken);
        }
        // The last is closed by the server, at once: it knows that it has no room.
        Assert.Equal(0, await ReadAsync(idle[^1]));
        Assert.False(server.HasEnded, server.LastOutput);

        // What callers need beside connections is still there, and with the connections gone there is room again.
        idle.ForEach(socket => socket.Dispose());
        while (!await ServerProcess.TryAsync(() => RunAsync(server)))
        {
        }
        Assert.False(server.HasEnded, server.LastOutput);
    }

    private static async Task RunAsync(ServerProcess server)
    {
        await server.PostAsync("api/v1/workflows", """{"id":"one","name":"One","nodes":[{"id":"start","type":"start"}],"edges":[]}""");
        var (_, execution) = await server.PostAsync("api/v1/workflows/one/execute?wait=30", "{}");
        Assert.Equal("completed", execution.GetProperty("status").GetString());
    }

    private static async Task<int> ReadAsync(Socket socket)
    {
        try
        {
            return await socket.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            return 0;
        }
    }
}
