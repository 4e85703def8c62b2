using System.Net;
using System.Net.Sockets;

namespace Millrace.Nodes.Http;

/// <summary>
/// How workflows reach other servers: pooled connections, each to an address that the guard has seen. No cookies, no proxy from the
/// environment, no redirects behind the caller's back.
/// </summary>
public sealed class OutgoingHttp : IDisposable
{
    private const int MostHeaderKibibytes = 64;
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(15);

    private readonly AddressGuard _guard;
    private readonly HttpMessageInvoker _client;

    /// <summary>Makes the pool.</summary>
    public OutgoingHttp(AddressGuard guard)
    {
        _guard = guard;
        _client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.All,
            ConnectTimeout = ConnectTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
            MaxResponseHeadersLength = MostHeaderKibibytes,
            MaxResponseDrainSize = 64 * 1024,
            ConnectCallback = ConnectAsync,
        });
    }

    /// <summary>Sends one request and hears the head of its response.</summary>
    /// <exception cref="HttpRequestException">It could not be sent; with an <see cref="AddressRefusedException"/> inside, it was not allowed.</exception>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation) => _client.SendAsync(request, cancellation);

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    // The name is resolved once, here, and the connection goes to exactly the addresses that were checked.
    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var resolved = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancellation);
        var allowed = resolved.Where(address => _guard.RefusalOf(address) is null).ToArray();
        if (allowed.Length == 0 && resolved.Length > 0)
            throw new AddressRefusedException(host, resolved[0], _guard.RefusalOf(resolved[0])!);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>A server may not be called, because of where it is.</summary>
public sealed class AddressRefusedException : Exception
{
    /// <summary>Says so.</summary>
    /// <param name="host">The server as it was named.</param>
    /// <param name="address">Where it is.</param>
    /// <param name="kind">What that is.</param>
    public AddressRefusedException(string host, IPAddress address, string kind)
        : base($"'{host}' is at {address}, {kind}, which workflows may not call. If they should, add it to {AddressGuard.Setting}.")
    {
    }
}
