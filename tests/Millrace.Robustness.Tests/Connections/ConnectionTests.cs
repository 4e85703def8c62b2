using System.Text;
using Millrace.Robustness.Tests.Requests;
using Millrace.Server.Tests;

namespace Millrace.Robustness.Tests.Connections;

/// <summary>Bytes that are hardly HTTP, and clients that do not keep to an order of events.</summary>
public sealed class ConnectionTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Post = "POST /api/v1/workflows/validate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Malformed => new()
    {
        { "garbage", "\u0001\u0002\u0003\r\n\r\n" },
        { "a TLS hello", "\u0016\u0003\u0001\u0000\u00a5\u0001\u0000\u0000\u00a1\u0003\u0003" + new string('\u00aa', 160) + "\r\n\r\n" },
        { "an HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u0000\u0000\u0000\u0004\u0000\u0000\u0000\u0000\u0000" },
        { "no version", "GET /\r\n\r\n" },
        { "a version that is not there", "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n" },
        { "no host", "GET / HTTP/1.1\r\n\r\n" },
        { "two hosts", "GET /api/v1/workflows HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n" },
        { "a NUL in a header", "GET / HTTP/1.1\r\nHost: localhost\r\nX: a\u0000b\r\n\r\n" },
        { "a header without a name", "GET / HTTP/1.1\r\nHost: localhost\r\n: x\r\n\r\n" },
        { "a folded header", "GET / HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n" },
        { "a space before the colon", "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length : 5\r\n\r\n" },
        { "a request line without an end", "GET /" + new string('a', 20_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n" },
        { "a header without an end", "GET / HTTP/1.1\r\nHost: localhost\r\nX: " + new string('x', 50_000) + "\r\n\r\n" },
        { "a thousand headers", "GET / HTTP/1.1\r\nHost: localhost\r\n" + string.Concat(Enumerable.Range(0, 1_000).Select(i => $"X-{i}: y\r\n")) + "\r\n" },
        { "a negative length", Post + "Content-Length: -1\r\n\r\n{}" },
        { "a length that is no number", Post + "Content-Length: x\r\n\r\n{}" },
        { "a length beyond all numbers", Post + "Content-Length: 99999999999999999999\r\n\r\n{}" },
        { "two lengths", Post + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}" },
        { "a length and chunks", Post + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n" },
        { "an unknown transfer encoding", Post + "Transfer-Encoding: gzip\r\n\r\n{}" },
        { "a chunk size that is no number", Post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n" },
        { "a chunk size beyond all numbers", Post + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}\r\n0\r\n\r\n" },
        { "a chunk longer than it says", Post + "Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n" },
        { "a chunk beyond the cap", Post + "Transfer-Encoding: chunked\r\n\r\n7fffffff\r\n{}\r\n0\r\n\r\n" },
        { "an upgrade to something else", "GET /api/v1/workflows HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n" },
        { "a target that is a server", "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost:80\r\n\r\n" },
        { "a target that is a whole address", "GET http://evil.example/api/v1/workflows HTTP/1.1\r\nHost: evil.example\r\n\r\n" },
        { "a target that is a star", "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n" },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task What_is_hardly_http_is_refused_at_once(string name, string bytes)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        using var connection = await OpenAsync();
        await connection.SendAsync(Encoding.Latin1.GetBytes(bytes), patience.Token);

        var answer = await connection.ReadAsync(isHead: false, patience.Token);

        Assert.Null(Expectations.Complaint(new RawRequest("?", name) { IsBelowHttp = true }, answer));
        await AssertServesAsync();
    }

    [Fact]
    public async Task Hanging_up_in_the_middle_of_a_body_harms_nobody()
    {
        for (var i = 0; i < 200; i++)
        {
            using var connection = await OpenAsync();
            await connection.SendAsync(Encoding.ASCII.GetBytes(Post + $"Content-Length: 1000\r\n\r\n{new string(' ', i)}"), Cancellation);
        }
        await AssertServesAsync();
    }

    [Fact]
    public async Task A_stream_that_nobody_reads_on_harms_nobody()
    {
        var id = await server.ExecuteAsync(await server.CreateAsync(Server.Tests.Documents.Patient));
        for (var i = 0; i < 100; i++)
        {
            using var connection = await OpenAsync();
            var answer = await connection.SendAsync(new RawRequest("GET", i % 2 == 0 ? $"/api/v1/executions/{id}/events" : "/api/v1/events/stream"), Cancellation);
            Assert.Equal(200, answer?.Status);
        }
        await AssertServesAsync();
    }

    [Fact]
    public async Task A_body_that_hardly_comes_is_given_up_while_others_are_served()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        using var connection = await OpenAsync();
        await connection.SendAsync(Encoding.ASCII.GetBytes(Post + "Content-Length: 1000000\r\n\r\n"), patience.Token);
        var answer = connection.ReadAsync(isHead: false, patience.Token);
        while (!answer.IsCompleted)
        {
            await AssertServesAsync();
            try
            {
                await connection.SendAsync(new byte[] { (byte)' ' }, patience.Token);
            }
            catch (IOException)
            {
                // Given up already.
            }
            await Task.WhenAny(answer, Task.Delay(200, patience.Token));
        }
        Assert.True(await answer is null or { Status: 408 }, (await answer)?.Text);
        Assert.Contains("body_too_slow", (await answer)?.Text ?? "body_too_slow");
    }

    [Fact]
    public async Task Requests_that_follow_each_other_without_waiting_are_answered_in_order()
    {
        using var connection = await OpenAsync();
        var all = string.Concat(Enumerable.Range(0, 100).Select(i => i % 2 == 0
            ? "GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n"
            : Post + "Content-Length: 1\r\n\r\n{"));
        await connection.SendAsync(Encoding.ASCII.GetBytes(all), Cancellation);
        for (var i = 0; i < 100; i++)
            Assert.Equal(i % 2 == 0 ? 200 : 400, (await connection.ReadAsync(isHead: false, Cancellation))?.Status);
    }

    [Fact]
    public async Task Hundreds_of_silent_connections_leave_room_for_others()
    {
        var silent = new List<RawConnection>();
        try
        {
            for (var i = 0; i < 400; i++)
                silent.Add(await OpenAsync());
            await AssertServesAsync();
        }
        finally
        {
            silent.ForEach(connection => connection.Dispose());
        }
    }

    private Task<RawConnection> OpenAsync() => RawConnection.OpenAsync(server.Client.BaseAddress!, Cancellation);

    private async Task AssertServesAsync() => Assert.Equal(200, (await server.GetAsync("/ping")).Status);
}
