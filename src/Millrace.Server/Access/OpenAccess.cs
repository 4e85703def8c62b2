using Millrace.Server.Configuration;
using Millrace.Server.Http;

namespace Millrace.Server.Access;

/// <summary>
/// The rules of a server without a secret, where whoever is on this machine may do everything. They keep web pages from acting as somebody
/// on this machine: by a name of their own that was made to lead here (DNS rebinding), or by a request across sites.
/// </summary>
internal sealed class OpenAccess(AccessSettings settings)
{
    private readonly AllowedOrigins _origins = new(settings.Origins);

    /// <summary>Whether there is no secret.</summary>
    public bool IsOpen { get; } = settings.JwtSecret is null;

    /// <summary>Why a request may not reach its route; null: it may.</summary>
    public ProblemReply? Refuse(HttpRequest request, EndpointMetadataCollection route) =>
        IsOpen ? RefuseHost(request, route) ?? RefusePage(request, route) : null;

    /// <summary>Why a request that nothing else authenticates is refused for the name it was sent to; null: it is not.</summary>
    public ProblemReply? RefuseHost(HttpRequest request) =>
        !IsOpen || AllowedOrigins.IsLoopback(request.Host.Host)
            ? null
            : Forbidden(
                "host_not_allowed",
                $"Without {SettingNames.JwtSecret} this server accepts only requests to localhost or 127.0.0.1, "
                    + $"not to '{request.Host.Host}'.");

    private ProblemReply? RefuseHost(HttpRequest request, EndpointMetadataCollection route) => route.GetMetadata<HostRule>()?.Hosts switch
    {
        AcceptedHosts.CheckedByRoute => null,
        AcceptedHosts.OwnAddress when IsOwn(request.Host.Host) => null,
        _ => RefuseHost(request),
    };

    private bool IsOwn(string host) => settings.PublicHost is { } own && string.Equals(own, host, StringComparison.OrdinalIgnoreCase);

    private ProblemReply? RefusePage(HttpRequest request, EndpointMetadataCollection route)
    {
        var site = request.Headers["Sec-Fetch-Site"];
        // No page can forge it. A form sends the Origin 'null' where its page gives no referrer.
        if (site is ["same-origin" or "none"])
            return null;
        if (request.Headers.Origin is [{ } origin, ..])
        {
            return _origins.Contains(origin)
                ? null
                : Forbidden(
                    "origin_not_allowed",
                    $"Pages of '{origin}' may not call this server. Name that origin in {SettingNames.CorsOrigins} if they should.");
        }
        // Browsers send no Origin with the GET of an image, a script or a link.
        return site.Count > 0 && !(IsFollowedLink(request) && route.GetMetadata<ActsOnGet>() is null)
            ? Forbidden("origin_not_allowed", "Pages of other sites may not call this server.")
            : null;
    }

    // Somebody opens a page of this server from another one, such as an approval from a mail: nothing happens, and the other page sees
    // nothing of it.
    private static bool IsFollowedLink(HttpRequest request) =>
        HttpMethods.IsGet(request.Method)
        && request.Headers["Sec-Fetch-Mode"] is ["navigate"]
        && request.Headers["Sec-Fetch-Dest"] is ["document"];

    private static ProblemReply Forbidden(string code, string detail) => new(StatusCodes.Status403Forbidden, code, detail);
}
