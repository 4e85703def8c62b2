using System.Text;

namespace Millrace.Nodes.Http;

/// <summary>
/// A proxy through which workflows call. It is asked for a tunnel to an address, never to a name: what was checked is what is connected to,
/// and
/// what is said goes through unseen where it is https.
/// </summary>
public sealed class OutgoingProxy
{
    private const int MaxAnswerBytes = 8 * 1024;
    private static readonly byte[] EndOfHead = "\r\n\r\n"u8.ToArray();

    private readonly string? _authorization;

    private OutgoingProxy(string host, int port, string user, string password)
    {
        (Host, Port, Password) = (host, port, password);
        _authorization = user.Length + password.Length == 0 ? null : Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));
    }

    /// <summary>The host name or address of the proxy.</summary>
    public string Host { get; }

    /// <summary>The TCP port of the proxy.</summary>
    public int Port { get; }

    /// <summary>Its password; empty: none.</summary>
    public string Password { get; }

    /// <summary>Reads http://user:password@host:port; null where it is something else.</summary>
    public static OutgoingProxy? TryParse(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url)
            || url.Scheme is not "http"
            || url.PathAndQuery is not "/"
            || url.Host.Length == 0)
            return null;
        var user = url.UserInfo.Split(':', 2);
        return new(url.IdnHost, url.Port, Uri.UnescapeDataString(user[0]), user.Length > 1 ? Uri.UnescapeDataString(user[1]) : "");
    }

    /// <summary>Asks the proxy, over a fresh connection to it, for a tunnel.</summary>
    /// <param name="stream">The connection.</param>
    /// <param name="target">An address and a port, such as 192.0.2.1:443.</param>
    /// <param name="cancellation">Cancels the operation.</param>
    /// <exception cref="ProxyRefusedException">It does not give one.</exception>
    internal async Task OpenTunnelAsync(Stream stream, string target, CancellationToken cancellation)
    {
        var request = $"CONNECT {target} HTTP/1.1\r\nHost: "
            + $"{target}\r\n{(_authorization is null ? "" : $"Proxy-Authorization: Basic {_authorization}\r\n")}\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), cancellation);
        var answer = new byte[MaxAnswerBytes];
        var length = 0;
        // One byte at a time: what follows the head belongs to the tunnel.
        while (!answer.AsSpan(0, length).EndsWith(EndOfHead))
        {
            if (length == MaxAnswerBytes || await stream.ReadAsync(answer.AsMemory(length, 1), cancellation) == 0)
                throw new ProxyRefusedException($"the proxy at {Host}:{Port} sent an invalid HTTP response");
            length++;
        }
        var status = Encoding.ASCII.GetString(answer, 0, length).Split("\r\n")[0].Split(' ');
        if (status is not ["HTTP/1.1" or "HTTP/1.0", ['2', _, _], ..])
            throw new ProxyRefusedException(
                $"the proxy at {Host}:{Port} refused a tunnel to {target}; it answered "
                    + $"{(status.Length > 1 ? new string([.. status[1].Take(3)]) : "nothing")}");
    }
}

/// <summary>A proxy does not let a call through.</summary>
public sealed class ProxyRefusedException(string message) : IOException(message);
