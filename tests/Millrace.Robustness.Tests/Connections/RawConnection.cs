using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;

namespace Millrace.Robustness.Tests.Connections;

/// <summary>A connection that sends whatever it is told to, and reads what comes back.</summary>
public sealed class RawConnection : IDisposable
{
    private readonly TcpClient _client;
    private readonly PipeReader _reader;
    private readonly string _host;

    private RawConnection(TcpClient client, string host)
    {
        _client = client;
        _reader = PipeReader.Create(client.GetStream());
        _host = host;
    }

    public static async Task<RawConnection> OpenAsync(Uri server, CancellationToken cancellation)
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(server.Host, server.Port, cancellation);
        return new RawConnection(client, server.Authority);
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation) => await _client.GetStream().WriteAsync(bytes, cancellation);

    /// <summary>Sends a request and reads its answer; null: the connection was closed without one.</summary>
    public async Task<RawResponse?> SendAsync(RawRequest request, CancellationToken cancellation)
    {
        try
        {
            await SendAsync(request.Head(_host), cancellation);
            if (request.Body is not null && request.Has("Expect"))
            {
                var interim = await ReadAsync(isHead: false, cancellation);
                if (interim?.Status != 100)
                    return interim;
            }
            if (request.Body is not null)
                await SendAsync(request.Body, cancellation);
        }
        catch (IOException)
        {
            // Refused before all of it was sent; the answer may be here all the same.
        }
        RawResponse? response;
        do
            response = await ReadAsync(string.Equals(request.Method, "HEAD", StringComparison.OrdinalIgnoreCase), cancellation);
        while (response?.Status == 100);
        return response;
    }

    /// <summary>Reads one answer; null: the connection ended before there was one. Of a stream of events only the head is read.</summary>
    public async Task<RawResponse?> ReadAsync(bool isHead, CancellationToken cancellation)
    {
        try
        {
            if (await ReadHeadAsync(cancellation) is not { } head)
                return null;
            var (status, headers) = head;
            if (isHead || status is < 200 or 204 or 304 || headers.GetValueOrDefault("content-type")?.StartsWith("text/event-stream", StringComparison.Ordinal) == true)
                return new RawResponse(status, headers, []);
            var body = headers.TryGetValue("content-length", out var length) ? await ReadExactlyAsync(int.Parse(length, CultureInfo.InvariantCulture), cancellation)
                : headers.ContainsKey("transfer-encoding") ? await ReadChunksAsync(cancellation)
                : [];
            return new RawResponse(status, headers, body);
        }
        catch (IOException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        _reader.Complete();
        _client.Dispose();
    }

    private async Task<(int Status, Dictionary<string, string> Headers)?> ReadHeadAsync(CancellationToken cancellation)
    {
        if (await ReadLineAsync(cancellation) is not { } first)
            return null;
        var status = int.Parse(first.Split(' ')[1], CultureInfo.InvariantCulture);
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (await ReadLineAsync(cancellation) is { Length: > 0 } line)
        {
            var colon = line.IndexOf(':');
            headers[line[..colon]] = line[(colon + 1)..].Trim();
        }
        return (status, headers);
    }

    private async Task<string?> ReadLineAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var read = await _reader.ReadAsync(cancellation);
            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = Encoding.UTF8.GetString(read.Buffer.Slice(0, end)).TrimEnd('\r');
                _reader.AdvanceTo(read.Buffer.GetPosition(1, end));
                return line;
            }
            _reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted)
                return null;
        }
    }

    private async Task<byte[]> ReadChunksAsync(CancellationToken cancellation)
    {
        var body = new List<byte>();
        while (await ReadLineAsync(cancellation) is { } size && int.Parse(size, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) is > 0 and var length)
        {
            body.AddRange(await ReadExactlyAsync(length, cancellation));
            await ReadLineAsync(cancellation);
        }
        await ReadLineAsync(cancellation);
        return [.. body];
    }

    private async Task<byte[]> ReadExactlyAsync(int length, CancellationToken cancellation)
    {
        var read = await _reader.ReadAtLeastAsync(length, cancellation);
        if (read.Buffer.Length < length)
            throw new IOException("The answer ends in the middle of its body.");
        var bytes = read.Buffer.Slice(0, length).ToArray();
        _reader.AdvanceTo(read.Buffer.GetPosition(length));
        return bytes;
    }
}
