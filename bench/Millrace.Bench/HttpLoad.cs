using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Millrace.Bench;

/// <summary>
/// Sends one request over and over on each of some kept-alive connections, the next when the last is answered. Written on sockets so
/// that the client, which shares the machine's cores with the server, costs as little as it can.
/// </summary>
internal sealed class HttpLoad(Uri url, string body, string mustContain)
{
    private static readonly byte[] LastChunk = "\r\n0\r\n\r\n"u8.ToArray();
    private readonly byte[] _request = Encoding.ASCII.GetBytes(
        $"POST {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");

    private readonly byte[] _expected = Encoding.ASCII.GetBytes(mustContain);

    /// <summary>Runs for a while; answers each request's time in microseconds.</summary>
    public List<double> Run(int connections, TimeSpan duration)
    {
        var end = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        return Run(connections, () => Stopwatch.GetTimestamp() < end);
    }

    /// <summary>Sends so many requests; answers each one's time in microseconds.</summary>
    public List<double> Run(int connections, int requests)
    {
        var sent = 0;
        return Run(connections, () => Interlocked.Increment(ref sent) <= requests);
    }

    private List<double> Run(int connections, Func<bool> goesOn)
    {
        // With few connections the client waits for the server: a thread that sleeps in its socket is woken sooner than a task is resumed.
        Func<Func<bool>, Task<List<double>>> client = connections <= Environment.ProcessorCount
            ? more =>
                Task.Factory.StartNew(() => Send(more), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            : SendAsync;
        return [
            .. Task.WhenAll(Enumerable.Range(0, connections).Select(_ => client(goesOn)))
            .GetAwaiter()
            .GetResult()
            .SelectMany(times => times),
        ];
    }

    private List<double> Send(Func<bool> goesOn)
    {
        using var socket = Connect();
        var buffer = new byte[64 * 1024];
        var times = new List<double>(100_000);
        while (goesOn())
        {
            var start = Stopwatch.GetTimestamp();
            socket.Send(_request);
            var length = 0;
            do
            {
                length += Received(socket.Receive(buffer.AsSpan(length)));
            }
            while (!IsWhole(buffer.AsSpan(0, length)));
            times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            Check(buffer.AsSpan(0, length));
        }
        return times;
    }

    private async Task<List<double>> SendAsync(Func<bool> goesOn)
    {
        using var socket = Connect();
        var buffer = new byte[64 * 1024];
        var times = new List<double>(100_000);
        while (goesOn())
        {
            var start = Stopwatch.GetTimestamp();
            await socket.SendAsync(_request);
            var length = 0;
            do
            {
                length += Received(await socket.ReceiveAsync(buffer.AsMemory(length)));
            }
            while (!IsWhole(buffer.AsSpan(0, length)));
            times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            Check(buffer.AsSpan(0, length));
        }
        return times;
    }

    private Socket Connect()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(new IPEndPoint(IPAddress.Loopback, url.Port));
        return socket;
    }

    private static int Received(int read) => read > 0 ? read : throw new InvalidOperationException("The server closed the connection.");

    private void Check(ReadOnlySpan<byte> response)
    {
        if (response.IndexOf(_expected) < 0)
            throw new InvalidOperationException($"Unexpected answer: {Encoding.UTF8.GetString(response)}");
    }

    private static bool IsWhole(ReadOnlySpan<byte> response)
    {
        var headers = response.IndexOf("\r\n\r\n"u8);
        if (headers < 0)
            return false;
        // Node.js and Kestrel write it so, Restate in lower case.
        var field = Math.Max(response[..headers].IndexOf("Content-Length: "u8), response[..headers].IndexOf("content-length: "u8));
        if (field < 0)
            return response.EndsWith(LastChunk);
        var digits = response[(field + "Content-Length: ".Length)..headers];
        var stop = digits.IndexOf((byte)'\r');
        return response.Length >= headers + 4 + int.Parse(Encoding.ASCII.GetString(stop < 0 ? digits : digits[..stop]));
    }
}
