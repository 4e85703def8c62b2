using System.Collections.Immutable;
using System.Net;

namespace Millrace.Nodes.Http;

/// <summary>Decides to which addresses workflows may connect: the public internet, and networks that were allowed by name.</summary>
public sealed class AddressGuard
{
    /// <summary>The setting that allows more networks; refusals name it.</summary>
    public const string Setting = "HTTP_ALLOWED_NETWORKS";

    private readonly ImmutableArray<IPNetwork> _allowed;

    /// <summary>Allows some networks more.</summary>
    public AddressGuard(ImmutableArray<IPNetwork> allowed) => _allowed = allowed;

    /// <summary>Allows the public internet only.</summary>
    public static AddressGuard PublicOnly { get; } = new([]);

    /// <summary>Allows some networks more.</summary>
    /// <param name="networks">Addresses and CIDR networks, separated by commas or blanks: "10.1.0.0/16, 127.0.0.1".</param>
    /// <exception cref="FormatException">One of them is neither; the message says which.</exception>
    public static AddressGuard Allowing(string? networks)
    {
        var allowed = ImmutableArray.CreateBuilder<IPNetwork>();
        foreach (var text in (networks ?? "").Split([',', ' ', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (IPAddress.TryParse(text, out var single))
                allowed.Add(new IPNetwork(Unmapped(single), Unmapped(single).GetAddressBytes().Length * 8));
            else if (IPNetwork.TryParse(text, out var network))
                allowed.Add(network);
            else
                throw new FormatException($"'{text}' in {Setting} is neither an IP address nor a network such as 10.0.0.0/8.");
        }
        return new(allowed.ToImmutable());
    }

    /// <summary>Why an address is refused, as a noun such as "a private address (10.0.0.0/8)"; null where it is not.</summary>
    public string? RefusalOf(IPAddress address)
    {
        address = Unmapped(address);
        if (IsAllowed(address))
            return null;
        if (!SpecialAddresses.IsTranslated(address) && SpecialAddresses.NameOf(address) is { } name)
            return name;
        return SpecialAddresses.Embedded(address) is { } inner && !IsAllowed(inner) ? SpecialAddresses.NameOf(inner) : null;
    }

    /// <summary>Whether an address is in a network that was allowed by name, rather than a public one.</summary>
    public bool IsAllowedByName(IPAddress address) => IsAllowed(Unmapped(address));

    private bool IsAllowed(IPAddress address)
    {
        foreach (var network in _allowed)
        {
            if (network.Contains(address))
                return true;
        }
        return false;
    }

    // Scope ids would keep fe80::1%2 from being recognised; a mapped IPv4 address is that IPv4 address.
    private static IPAddress Unmapped(IPAddress address) =>
        address.IsIPv4MappedToIPv6 ? address.MapToIPv4()
        : address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? new IPAddress(address.GetAddressBytes())
        : address;
}
