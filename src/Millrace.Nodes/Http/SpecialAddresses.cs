using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace Millrace.Nodes.Http;

/// <summary>The addresses that are not somewhere on the public internet, by the registries of special-purpose addresses.</summary>
internal static class SpecialAddresses
{
    private static readonly ImmutableArray<(IPNetwork Network, string Name)> Networks =
    [
        Of("0.0.0.0/8", "this host"), Of("10.0.0.0/8", "a private address"), Of("100.64.0.0/10", "a carrier's shared address"),
        Of("127.0.0.0/8", "a loopback address"), Of(
            "169.254.0.0/16", "a link-local or metadata address"), Of("172.16.0.0/12", "a private address"),
        Of("168.63.129.16/32", "a metadata address"), Of("192.0.0.0/24", "a reserved address"), Of(
            "192.0.2.0/24", "a documentation address"),
        Of(
            "192.31.196.0/24",
            "a reserved address"), Of("192.52.193.0/24", "a reserved address"), Of("192.88.99.0/24", "a reserved address"),
        Of("192.168.0.0/16", "a private address"), Of("192.175.48.0/24", "a reserved address"), Of(
            "198.18.0.0/15", "a benchmarking address"),
        Of(
            "198.51.100.0/24",
            "a documentation address"), Of("203.0.113.0/24", "a documentation address"), Of("224.0.0.0/4", "a multicast address"),
        Of("240.0.0.0/4", "a reserved address"),
        Of("::/128", "this host"), Of("::1/128", "a loopback address"), Of("fc00::/7", "a private address"), Of(
            "fe80::/10", "a link-local address"),
        Of("fec0::/10", "a site-local address"), Of("ff00::/8", "a multicast address"), Of("2001::/23", "a reserved address"),
        Of("2001:db8::/32", "a documentation address"), Of("3fff::/20", "a documentation address"),
    ];

    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");

    /// <summary>What an address is, with its network; null where it is an ordinary public address.</summary>
    public static string? NameOf(IPAddress address)
    {
        foreach (var (network, name) in Networks)
        {
            if (network.Contains(address))
                return $"{name} ({network})";
        }
        // What IPv6 has not handed out for general use is nothing to connect to.
        return address.AddressFamily == AddressFamily.InterNetworkV6 && !GlobalUnicast.Contains(address) ? "a reserved address" : null;
    }

    /// <summary>Whether an IPv6 address stands for an IPv4 address by its prefix, whatever else can be said of it.</summary>
    public static bool IsTranslated(IPAddress address) => Nat64.Contains(address) || SixToFour.Contains(address);

    /// <summary>The IPv4 address that a translated IPv6 address leads to; null where it is none.</summary>
    public static IPAddress? Embedded(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return null;
        var bytes = address.GetAddressBytes();
        return Nat64.Contains(address) || IsIsatap(bytes) ? new IPAddress(bytes.AsSpan(12))
            : SixToFour.Contains(address) ? new IPAddress(bytes.AsSpan(2, 4))
            : null;
    }

    // Any prefix, and an interface that is named ::0:5efe:a.b.c.d.
    private static bool IsIsatap(ReadOnlySpan<byte> address) =>
        (address[8] & 0xFC) == 0 && address[9] == 0 && address[10] == 0x5E && address[11] == 0xFE;

    private static (IPNetwork Network, string Name) Of(string network, string name) => (IPNetwork.Parse(network), name);
}
