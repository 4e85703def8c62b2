using System.Net;
using System.Net.Sockets;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Http;

/// <summary>
/// How workflows reach other servers: pooled connections, each to an address that the guard has seen. No cookies, no proxy from the
/// environment, no redirects behind the caller's back.
/// </summary>
public sealed class OutgoingHttp : IDisposable
{
    /// <summary>The setting that names a proxy.</summary>
    public const string ProxySetting = "HTTP_PROXY_URL";

    private const int MaxHeaderKibibytes = 64;
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(15);

    // After what its constructor uses.
    /// <summary>For servers that the operator named: they are wherever the operator says.</summary>
    internal static readonly OutgoingHttp Operators = new(AddressGuard.Allowing("0.0.0.0/0, ::/0"));

    private readonly AddressGuard _guard;
    private readonly OutgoingProxy? _proxy;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve;
    private readonly HttpMessageInvoker _client;

    /// <summary>Creates the pool of connections.</summary>
    /// <param name="guard">Which addresses may be called.</param>
    /// <param name="proxy">Through what public addresses are called; null: directly. Networks that were allowed by name are always called
    /// directly.</param>
    public OutgoingHttp(AddressGuard guard, OutgoingProxy? proxy = null)
        : this(guard, proxy, Dns.GetHostAddressesAsync)
    {
    }

    internal OutgoingHttp(AddressGuard guard, OutgoingProxy? proxy, Func<string, CancellationToken, Task<IPAddress[]>> resolve)
    {
        _guard = guard;
        _proxy = proxy;
        _resolve = resolve;
        _client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.All,
            ConnectTimeout = ConnectTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
            MaxResponseHeadersLength = MaxHeaderKibibytes,
            MaxResponseDrainSize = 64 * 1024,
            ConnectCallback = ConnectAsync,
        });
    }

    /// <summary>
    /// Sends one request of a node and hears the head of its response; the node follows redirects itself, each by another call of this.
    /// Secrets of
    /// the node's config that are bound to hosts go to no other.
    /// </summary>
    /// <exception cref="SecretBoundException">A secret of the config may not be sent there; nothing was.</exception>
    /// <exception cref="HttpRequestException">It could not be sent; with an <see cref="AddressRefusedException"/> inside, it was not
    /// allowed.</exception>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, EffectContext context, CancellationToken cancellation) =>
        context.Secrets.RefusalOf(request.RequestUri!.IdnHost) is { } refusal
            ? throw new SecretBoundException(refusal)
            : SendAsync(request, cancellation);

    /// <summary>
    /// Sends one request that carries nothing of a node's config that could be a secret, to a server that the operator named, and hears the
    /// head of its response.
    /// </summary>
    /// <exception cref="HttpRequestException">It could not be sent; with an <see cref="AddressRefusedException"/> inside, it was not
    /// allowed.</exception>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation) =>
        _client.SendAsync(request, cancellation);

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    // The name is resolved once, here, and the connection goes to exactly the addresses that were checked.
    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var resolved = IPAddress.TryParse(host, out var literal) ? [literal] : await _resolve(host, cancellation);
        var allowed = resolved.Where(address => _guard.RefusalOf(address) is null).ToArray();
        if (allowed.Length == 0 && resolved.Length > 0)
            throw new AddressRefusedException(host, resolved[0], _guard.RefusalOf(resolved[0])!);
        var direct = _proxy is null ? allowed : Array.FindAll(allowed, _guard.IsAllowedByName);
        return _proxy is null || direct.Length > 0
            ? await OpenAsync(socket => socket.ConnectAsync(direct, port, cancellation).AsTask())
            : await TunnelAsync(_proxy, allowed, port, cancellation);
    }

    private static async Task<Stream> TunnelAsync(OutgoingProxy proxy, IPAddress[] addresses, int port, CancellationToken cancellation)
    {
        if (addresses.Length == 0)
            throw new SocketException((int)SocketError.HostNotFound);
        // Proxies often have no IPv6.
        var address = Array.Find(addresses, one => one.AddressFamily == AddressFamily.InterNetwork) ?? addresses[0];
        var stream = await OpenAsync(socket => socket.ConnectAsync(proxy.Host, proxy.Port, cancellation).AsTask());
        try
        {
            await proxy.OpenTunnelAsync(stream, new IPEndPoint(address, port).ToString(), cancellation);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    private static async Task<Stream> OpenAsync(Func<Socket, Task> connect)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await connect(socket);
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
    /// <summary>Creates the exception for an address that workflows may not call.</summary>
    /// <param name="host">The server as it was named.</param>
    /// <param name="address">The address that was refused.</param>
    /// <param name="kind">The kind of that address, such as private or loopback.</param>
    public AddressRefusedException(string host, IPAddress address, string kind)
        : base($"'{host}' is at {address}, {kind}, which workflows may not call. If they should, add it to {AddressGuard.Setting}.")
    {
    }
}

/// <summary>A server may not be called with a secret that is bound to others.</summary>
public sealed class SecretBoundException(string message) : Exception(message);
