using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Millrace.Server.Configuration;

namespace Millrace.Server.Hosting;

/// <summary>Reads where the server listens.</summary>
internal sealed class ListenAddressReader(SettingValues values)
{
    private const int DefaultPort = 8001;

    public ImmutableArray<ListenAddress> Read()
    {
        if (values.Text(SettingNames.Urls) is { } urls)
        {
            var parts = urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            return [.. parts.Select(AddressOf).OfType<ListenAddress>()];
        }
        var (hostName, host) = values.First(SettingNames.Host, SettingNames.ApiHost);
        var (portName, portText) = values.First(SettingNames.Port, SettingNames.ApiPort);
        var port = DefaultPort;
        var isNumber = portText is null || int.TryParse(portText, NumberStyles.None, CultureInfo.InvariantCulture, out port);
        if (!isNumber || port > IPEndPoint.MaxPort)
            values.Problem($"{portName} is '{portText}'. Use a number from 0 to {IPEndPoint.MaxPort}.");
        return Address(hostName, host ?? "127.0.0.1", port) is { } address ? [address] : [];
    }

    private ListenAddress? AddressOf(string url)
    {
        // '*' and '+' are how ASP.NET writes "every address"; a Uri has no word for it.
        var parsable = url.Replace("://*", "://0.0.0.0", StringComparison.Ordinal).Replace("://+", "://0.0.0.0", StringComparison.Ordinal);
        if (!Uri.TryCreate(parsable, UriKind.Absolute, out var uri) || uri.Scheme is not "http" || uri.AbsolutePath is not "/")
        {
            values.Problem(
                $"--urls has '{url}'. Use addresses such as http://127.0.0.1:{DefaultPort}; for HTTPS, put a reverse proxy in front.");
            return null;
        }
        return Address("--urls", uri.Host.Trim('[', ']'), uri.Port);
    }

    private ListenAddress? Address(string name, string host, int port)
    {
        if (string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase))
            return new ListenAddress(port == 0 ? IPAddress.Loopback : null, port);
        if (host is "*" or "+")
            return new ListenAddress(IPAddress.Any, port);
        if (IPAddress.TryParse(host, out var address))
            return new ListenAddress(address, port);
        values.Problem($"{name} is '{host}'. Use an IP address of this machine, 'localhost', or 0.0.0.0 for all of them.");
        return null;
    }
}
