using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Millrace.Core.Values;

namespace Millrace.Nodes.Tests.Ai;

/// <summary>A server on this machine that answers each request with the next scripted bytes, and remembers what it was asked.</summary>
internal sealed class ModelServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<Func<NetworkStream, Task>> _answers = new();
    private readonly ConcurrentQueue<Request> _requests = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Task _serving;

    public ModelServer()
    {
        _listener.Start();
        Url = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/v1");
        _serving = ServeAsync();
    }

    public sealed record Request(string Head, string Body)
    {
        public Value Json => ValueJson.Parse(Body);
    }

    public Uri Url { get; }

    public IReadOnlyCollection<Request> Requests => _requests;

    /// <summary>Ends with the server; what waits for it waits as long.</summary>
    public CancellationToken Ends => _end.Token;

    public ModelServer Answer(string body, int status = 200, string headers = "", string type = "application/json")
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        return Answer(async stream =>
        {
            await stream.WriteAsync(
                Encoding.ASCII.GetBytes(
                    $"HTTP/1.1 {status} Status\r\nContent-Type: {type}\r\nContent-Length: {bytes.Length}\r\nConnection: "
                        + $"close\r\n{headers}\r\n"));
            await stream.WriteAsync(bytes);
        });
    }

    public ModelServer Answer(Func<NetworkStream, Task> write)
    {
        _answers.Enqueue(write);
        return this;
    }

    public ModelServer Completion(string content, string finishReason = "stop") => Answer($$$"""
        {"id":"c1","object":"chat.completion","model":"test-model-1","choices":[{"index":0,"message":{"role":"assistant","content":{{{((Value)content).ToJson()}}}},"finish_reason":"{{{finishReason}}}"}],
         "usage":{"prompt_tokens":11,"completion_tokens":7,"total_tokens":18}}
        """);

    public ModelServer Stream(params string[] data) =>
        Answer(string.Concat(data.Select(item => $"data: {item}\n\n")), type: "text/event-stream");

    public static string Piece(string content) => $$$"""{"model":"test-model-1","choices":[{"index":0,"delta":{"content":{{{((Value)content).ToJson()}}}},"finish_reason":null}],"usage":null}""";

    public const string LastPiece = """{"model":"test-model-1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}""";
    public const string UsagePiece = """{"model":"test-model-1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}""";

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _serving;
        _end.Dispose();
    }

    private async Task ServeAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
                connections.Add(AnswerAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
        }
        catch (Exception e) when (
            _end.IsCancellationRequested && e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The cancellation and the end of the listener race for who ends the accept.
            await Task.WhenAll(connections);
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                _requests.Enqueue(await ReadAsync(stream));
                if (_answers.TryDequeue(out var answer))
                    await answer(stream);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                // The caller has gone, or the test is over.
            }
        }
    }

    private async Task<Request> ReadAsync(NetworkStream stream)
    {
        var text = new StringBuilder();
        var buffer = new byte[8192];
        while (true)
        {
            var count = await stream.ReadAsync(buffer, _end.Token);
            text.Append(Encoding.UTF8.GetString(buffer, 0, count));
            var all = text.ToString();
            var end = all.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (count == 0)
                return new Request(all, "");
            if (end < 0)
                continue;
            var length = all[..end]
                .Split("\r\n")
                .Where(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
                .Select(line => int.Parse(line.Split(':')[1]))
                .FirstOrDefault();
            if (Encoding.UTF8.GetByteCount(all) - Encoding.UTF8.GetByteCount(all[..(end + 4)]) >= length)
                return new Request(all[..end], all[(end + 4)..]);
        }
    }
}
