using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Millrace.Engine.Feed;
using Millrace.Server.Events;
using Millrace.Server.Hosting;
using Millrace.Storage.Sqlite;
using Millrace.Tests;

namespace Millrace.Server.Tests.Events;

/// <summary>Readers of streams that do not read: what they cost is bounded, they are cut off, and what they cost comes back.</summary>
public sealed class IdleReaderTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const long MaxPerReader = 1024 * 1024;

    private EventFeed Feed => server.Server.Services.GetRequiredService<EngineHost>().Feed;

    private StreamKeeper Keeper => server.Server.Services.GetRequiredService<StreamKeeper>();

    [Fact]
    public async Task A_hundred_readers_of_everything_and_of_one_large_execution_are_cut_off()
    {
        await StoreAsync(rows: 3, eventsEach: 4_000);
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < 50; i++)
            {
                sockets.Add(await AskAsync("/api/v1/events/stream?after=0"));
                sockets.Add(await AskAsync("/api/v1/executions/large/events"));
            }
            foreach (var socket in sockets)
                await FirstEventAsync(socket);
            Assert.Equal(sockets.Count, Feed.FollowerCount);
            var most = Feed.BufferedBytes;
            await TickUntilAsync(() =>
            {
                most = Math.Max(most, Feed.BufferedBytes);
                return Feed.FollowerCount == 0;
            });
            Assert.InRange(most, 1, sockets.Count * MaxPerReader);
            Assert.Equal(0, Feed.BufferedBytes);
            // Cut off, and not merely forgotten: what came through is followed by the end of the connection.
            foreach (var socket in sockets)
                await DrainAsync(socket);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
        await using var stream = await SseReader.OpenAsync(server, "/api/v1/executions/large/events");
        Assert.Equal(12_001, (await stream.ReadToEndAsync()).Count);
    }

    [Fact]
    public async Task A_silent_stream_gets_a_comment_and_goes_on()
    {
        var execution = await server.ExecuteAsync(await server.CreateAsync(Documents.Patient));
        using var socket = await AskAsync($"/api/v1/executions/{execution}/events");
        var text = new StringBuilder();
        await FirstEventAsync(socket);
        Assert.Equal(1, Feed.FollowerCount);
        var buffer = new byte[4096];
        while (!text.ToString().Contains("still here", StringComparison.Ordinal))
        {
            var receiving = socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken).AsTask();
            await TickUntilAsync(() => receiving.IsCompleted);
            text.Append(Encoding.UTF8.GetString(buffer.AsSpan(0, await receiving)));
        }
        for (var i = 0; i < 10; i++)
            Keeper.Look();
        Assert.Equal(202, (await server.PostAsync($"/api/v1/executions/{execution}/cancel", "{}")).Status);
        while (!text.ToString().Contains("event: end", StringComparison.Ordinal))
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            text.Append(Encoding.UTF8.GetString(buffer.AsSpan(0, await socket.ReceiveAsync(buffer, patience.Token))));
        }
    }

    // What an earlier server has left.
    private async Task StoreAsync(int rows, int eventsEach)
    {
        await server.StopAsync();
        await using (var store = SqliteStore.Open(new SqliteStoreOptions(server.DataDirectory)))
            store.Write(Journals.Ended("default", "w", "large", store.Ownership.Epoch, rows, eventsEach));
        await server.InitializeAsync();
    }

    private async Task<Socket> AskAsync(string path)
    {
        var address = new Uri(server.Server.Urls.Single());
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);
        await socket.SendAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {address.Authority}\r\n\r\n"), TestContext.Current.CancellationToken);
        return socket;
    }

    // Who has got an event follows the others.
    private static async Task FirstEventAsync(Socket socket)
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!text.ToString().Contains("\ndata:", StringComparison.Ordinal))
        {
            var count = await socket.ReceiveAsync(buffer, patience.Token);
            Assert.True(count > 0, "The stream ended before it began.");
            text.Append(Encoding.UTF8.GetString(buffer.AsSpan(0, count)));
        }
    }

    private static async Task DrainAsync(Socket socket)
    {
        var buffer = new byte[64 * 1024];
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            while (await socket.ReceiveAsync(buffer, patience.Token) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // Reset: that is how it is cut off.
        }
    }

    // Each look is one tick of the keeper's clock: what a stream has not done by one look it may have done by a later one.
    private async Task TickUntilAsync(Func<bool> isSo)
    {
        for (var looks = 0; !isSo(); looks++)
        {
            Assert.True(looks < 3_000, "It does not come about.");
            Keeper.Look();
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}
