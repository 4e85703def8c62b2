using System.Net;
using System.Net.Sockets;
using System.Text;
using Millrace.Nodes.Http;

namespace Millrace.Nodes.Tests.Http;

public sealed class ProxyTests
{
    private const string Public = "93.184.216.34";

    private static Task<IPAddress[]> Resolve(string name, CancellationToken cancellation) =>
        Task.FromResult<IPAddress[]>([IPAddress.Parse(name == "inside.test" ? "10.0.0.1" : Public)]);

    [Fact]
    public async Task A_public_address_is_called_through_a_tunnel_to_what_was_checked()
    {
        await using var server = await TestServer.StartAsync(_ => Task.CompletedTask);
        await using var proxy = Proxy.Start(server.Url.Port);
        using var harness = new HttpHarness(
            new OutgoingHttp(AddressGuard.PublicOnly, OutgoingProxy.TryParse($"http://us%40er:pass@127.0.0.1:{proxy.Port}"), Resolve));

        Assert.Null((await harness.CallAsync("http://api.test/p")).Error);

        Assert.StartsWith($"CONNECT {Public}:80 HTTP/1.1\r\n", Assert.Single(proxy.Heads));
        Assert.Contains("Proxy-Authorization: Basic dXNAZXI6cGFzcw==", proxy.Heads[0]);
        Assert.Equal(("api.test", "/p"), (Assert.Single(server.Requests).Headers["Host"], server.Requests[0].Target));
        Assert.False(server.Requests[0].Headers.ContainsKey("Proxy-Authorization"));
    }

    [Fact]
    public async Task A_private_address_is_refused_before_the_proxy_hears_of_it()
    {
        await using var proxy = Proxy.Start(1);
        using var harness = new HttpHarness(
            new OutgoingHttp(AddressGuard.PublicOnly, OutgoingProxy.TryParse($"http://127.0.0.1:{proxy.Port}"), Resolve));
        Assert.Equal("blocked", (await harness.CallAsync("http://inside.test/")).Error!.Type);
        Assert.Empty(proxy.Heads);
    }

    [Fact]
    public async Task A_network_that_was_allowed_by_name_is_called_directly()
    {
        await using var server = await TestServer.StartAsync(_ => Task.CompletedTask);
        await using var proxy = Proxy.Start(1);
        using var harness = new HttpHarness(
            new OutgoingHttp(AddressGuard.Allowing("127.0.0.1"), OutgoingProxy.TryParse($"http://127.0.0.1:{proxy.Port}"), Resolve));
        Assert.Null((await harness.CallAsync(server)).Error);
        Assert.Empty(proxy.Heads);
    }

    [Fact]
    public async Task A_name_with_an_allowed_and_a_public_address_is_called_directly_at_the_allowed_one()
    {
        await using var server = await TestServer.StartAsync(_ => Task.CompletedTask);
        await using var proxy = Proxy.Start(1);
        using var harness = new HttpHarness(new OutgoingHttp(
            AddressGuard.Allowing("127.0.0.1"), OutgoingProxy.TryParse($"http://127.0.0.1:{proxy.Port}"), (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse(Public), IPAddress.Loopback])));
        Assert.Null((await harness.CallAsync($"http://both.test:{server.Url.Port}/")).Error);
        Assert.Empty(proxy.Heads);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_proxy_that_refuses_is_named_with_its_answer()
    {
        await using var proxy = Proxy.Start(1, "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
        using var harness = new HttpHarness(
            new OutgoingHttp(AddressGuard.PublicOnly, OutgoingProxy.TryParse($"http://127.0.0.1:{proxy.Port}"), Resolve));
        var error = (await harness.CallAsync("http://api.test/")).Error!;
        Assert.Equal("network", error.Type);
        Assert.Contains($"the proxy at 127.0.0.1:{proxy.Port} refused a tunnel to {Public}:80; it answered 407", error.Message);
    }

    [Theory]
    [InlineData("proxy.example.com:3128")]
    [InlineData("https://proxy.example.com")]
    [InlineData("socks5://proxy.example.com")]
    [InlineData("http://proxy.example.com/path")]
    public void What_is_no_proxy_is_refused(string text) => Assert.Null(OutgoingProxy.TryParse(text));

    /// <summary>A proxy that leads every tunnel to one port of this machine.</summary>
    private sealed class Proxy : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _stopping = new();
        private readonly Task _accepting;

        private Proxy(int target, string answer)
        {
            _listener.Start();
            _accepting = AcceptAsync(target, answer);
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public List<string> Heads { get; } = [];

        public static Proxy Start(int target, string answer = "HTTP/1.1 200 Connection established\r\n\r\n") => new(target, answer);

        public async ValueTask DisposeAsync()
        {
            await _stopping.CancelAsync();
            _listener.Stop();
            await _accepting;
            _stopping.Dispose();
        }

        private async Task AcceptAsync(int target, string answer)
        {
            var tunnels = new List<Task>();
            try
            {
                while (true)
                    tunnels.Add(TunnelAsync(await _listener.AcceptTcpClientAsync(_stopping.Token), target, answer));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                await Task.WhenAll(tunnels);
            }
        }

        private async Task TunnelAsync(TcpClient client, int target, string answer)
        {
            using (client)
            {
                var stream = client.GetStream();
                var head = new StringBuilder();
                var octet = new byte[1];
                try
                {
                    while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal)
                        && await stream.ReadAsync(octet, _stopping.Token) == 1)
                        head.Append((char)octet[0]);
                    lock (Heads)
                        Heads.Add(head.ToString());
                    await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), _stopping.Token);
                    if (!answer.Contains(" 200 ", StringComparison.Ordinal))
                        return;
                    using var server = new TcpClient();
                    await server.ConnectAsync(IPAddress.Loopback, target, _stopping.Token);
                    await Task.WhenAny(
                        stream.CopyToAsync(server.GetStream(), _stopping.Token), server.GetStream().CopyToAsync(stream, _stopping.Token));
                }
                catch (Exception e) when (e is OperationCanceledException or IOException)
                {
                    // The test is over.
                }
            }
        }
    }
}
