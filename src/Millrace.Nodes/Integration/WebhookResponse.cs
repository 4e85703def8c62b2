using System.Collections.Immutable;
using Millrace.Core.Values;

namespace Millrace.Nodes.Integration;

/// <summary>What a workflow may answer the caller of its webhook.</summary>
internal static class WebhookResponse
{
    /// <summary>What a status must be.</summary>
    public const string StatusRule = "This must be a status from 200 to 599.";

    // The answer comes from the server's own address: what holds for the whole of it, or for the connection, is the server's to say.
    private static readonly ImmutableArray<string> Reserved =
    [
        "Accept-CH", "Alt-Svc", "Clear-Site-Data", "Content-Security-Policy", "Critical-CH", "Expect-CT", "NEL", "Origin-Agent-Cluster",
        "Public-Key-Pins", "Public-Key-Pins-Report-Only", "Report-To", "Reporting-Endpoints", "Service-Worker-Allowed", "Set-Cookie",
        "Set-Cookie2", "Set-Login", "Strict-Transport-Security", "X-Content-Type-Options",
        "Connection", "Content-Length", "Date", "HTTP2-Settings", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authentication-Info",
        "Proxy-Connection", "Server", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
    ];

    /// <summary>Whether a value is a status that can be answered.</summary>
    public static bool IsStatus(Value value) =>
        (
            value.TryGetInt(out var status)
                || (value.TryGetDouble(out var number) && number == Math.Floor(number) && (status = (long)number) > 0))
            && status is >= 200 and <= 599;

    /// <summary>Why a header is not a workflow's to set; null: it is.</summary>
    public static string? HeaderProblem(string name) =>
        name.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase) ? $"The header '{name}' cannot be set by a workflow: the "
            + "server's CORS_ORIGINS decides which pages may call."
        : Reserved.Contains(
            name, StringComparer.OrdinalIgnoreCase) ? $"The header '{name}' belongs to the server and cannot be set by a workflow."
        : null;
}
