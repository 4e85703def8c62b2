using System.Collections.Immutable;
using System.Net;

namespace Millrace.Engine.Secrets;

/// <summary>The hosts that a secret may be sent to. None: any.</summary>
public sealed class SecretHosts
{
    /// <summary>The most hosts of one secret.</summary>
    public const int Most = 50;

    private const string AnyBelow = "*.";

    private SecretHosts(ImmutableArray<string> names) => Names = names;

    /// <summary>The secret is not bound to hosts.</summary>
    public static SecretHosts Any { get; } = new([]);

    /// <summary>Names of hosts, and "*.example.com" for all below one; in lower case.</summary>
    public ImmutableArray<string> Names { get; }

    /// <summary>Whether it may be sent anywhere.</summary>
    public bool IsAny => Names.IsEmpty;

    /// <summary>Reads hosts; null with a sentence where one of them is none.</summary>
    public static SecretHosts? TryParse(IEnumerable<string> hosts, out string? problem)
    {
        problem = null;
        var names = ImmutableArray.CreateBuilder<string>();
        foreach (var host in hosts)
        {
            if (NameOf(host) is not { } name)
            {
                problem = $"'{host}' is not a host. Use a name such as api.example.com, *.example.com for every host below one, or an IP address; without a scheme, a port or a path.";
                return null;
            }
            names.Add(name);
        }
        if (names.Count > Most)
            problem = $"There are {names.Count} hosts; a secret has at most {Most}.";
        return problem is null ? new(names.ToImmutable()) : null;
    }

    /// <summary>Whether a secret may be sent to a host.</summary>
    public bool Allow(string host)
    {
        if (IsAny)
            return true;
        host = Normal(host);
        foreach (var name in Names)
        {
            if (name.StartsWith(AnyBelow, StringComparison.Ordinal)
                ? host.Length >= name.Length && host.EndsWith(name.AsSpan(1), StringComparison.Ordinal)
                : string.Equals(host, name, StringComparison.Ordinal))
                return true;
        }
        return false;
    }

    /// <summary>As it is stored.</summary>
    public override string ToString() => string.Join(' ', Names);

    /// <summary>Reads what <see cref="ToString"/> gave.</summary>
    internal static SecretHosts OfStored(string text) => text.Length == 0 ? Any : new([.. text.Split(' ')]);

    private static string? NameOf(string text)
    {
        text = text.Trim();
        var isWide = text.StartsWith(AnyBelow, StringComparison.Ordinal);
        var host = isWide ? text[AnyBelow.Length..] : text;
        if (IPAddress.TryParse(host.Trim('[', ']'), out _))
            return isWide ? null : Normal(host);
        if (Uri.CheckHostName(host) != UriHostNameType.Dns || !Uri.TryCreate($"http://{host}/", UriKind.Absolute, out var url))
            return null;
        return (isWide ? AnyBelow : "") + Normal(url.IdnHost);
    }

    // One address has many spellings, and a name may end with a dot.
    private static string Normal(string host)
    {
        host = host.Trim('[', ']').TrimEnd('.');
        return IPAddress.TryParse(host, out var address) ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString() : host.ToLowerInvariant();
    }
}
