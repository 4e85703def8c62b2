using System.Collections.Immutable;
using System.Net;

namespace Millrace.Server.Access;

/// <summary>Web origins whose pages may call: those of this machine, and configured ones.</summary>
internal sealed class AllowedOrigins(ImmutableArray<string> configured)
{
    public bool Contains(string origin) =>
        configured.Contains(origin, StringComparer.OrdinalIgnoreCase)
        || (Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && IsLoopback(uri.Host));

    /// <summary>Whether a host name can only mean this machine.</summary>
    public static bool IsLoopback(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
