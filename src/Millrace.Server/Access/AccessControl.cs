using Millrace.Server.Access.Jwt;
using Millrace.Server.Configuration;
using Millrace.Server.Http;

namespace Millrace.Server.Access;

/// <summary>
/// Decides whether a request may reach its route. Without a configured secret, whoever is on this machine may do everything,
/// and the rules on Host, Origin and content type keep web pages from being used as a bridge.
/// </summary>
internal sealed class AccessControl(RequestDelegate next, AccessSettings settings, ILogger<AccessControl> logger)
{
    private readonly AllowedOrigins _origins = new(settings.Origins);
    private readonly bool _isOpen = settings.JwtSecret is null;

    public Task InvokeAsync(HttpContext context)
    {
        // Routing's own answers (no such route, wrong method) are no route endpoints and give nothing away.
        if (context.GetEndpoint() is not RouteEndpoint endpoint)
            return next(context);
        var refusal = endpoint.Metadata.GetMetadata<RequiredPermission>() is { } required ? Check(context, endpoint, required.Permission) : Undeclared(endpoint);
        return refusal is null ? next(context) : refusal.WriteAsync(context);
    }

    private ProblemReply? Check(HttpContext context, RouteEndpoint endpoint, Permission permission)
    {
        if (permission == Permission.Public)
            return null;
        return (_isOpen ? CheckOpenAccess(context.Request) : null)
            ?? (endpoint.Metadata.GetMetadata<TakesOtherContent>() is null ? CheckContentType(context.Request) : null)
            ?? CheckCaller(context, permission);
    }

    private ProblemReply? CheckOpenAccess(HttpRequest request)
    {
        if (!AllowedOrigins.IsLoopback(request.Host.Host))
            return Forbidden("host_not_allowed", $"Without {SettingNames.JwtSecret} this server accepts only requests to localhost or 127.0.0.1, not to '{request.Host.Host}'.");
        if (request.Headers.Origin is [{ } origin, ..] && !_origins.Contains(origin))
            return Forbidden("origin_not_allowed", $"Pages of '{origin}' may not call this server. Name that origin in {SettingNames.CorsOrigins} if they should.");
        return null;
    }

    private static ProblemReply? CheckContentType(HttpRequest request)
    {
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method))
            return null;
        if (RequestBody.FormatOf(request) is not null || (request.ContentType is null && !RequestBody.IsPresent(request)))
            return null;
        return new ProblemReply(
            StatusCodes.Status415UnsupportedMediaType,
            "unsupported_media_type",
            $"The body was sent as '{request.ContentType ?? "nothing in particular"}'. Send it with the header 'Content-Type: application/json'; workflow documents may also be application/yaml.");
    }

    private ProblemReply? CheckCaller(HttpContext context, Permission permission)
    {
        var caller = Caller.Local;
        if (!_isOpen)
        {
            switch (context.Features.Get<JwtOutcome>())
            {
                case JwtOutcome.Valid valid:
                    caller = valid.Caller;
                    break;
                case JwtOutcome.Invalid invalid:
                    return Unauthorized(context, "Bearer error=\"invalid_token\"", invalid.Reason);
                default:
                    return Unauthorized(context, "Bearer", "The token is missing. Send the header 'Authorization: Bearer TOKEN'.");
            }
        }
        if (caller.Refuse(permission) is { } refusal)
            return refusal.ToReply();
        context.Features.Set(caller);
        return null;
    }

    private static ProblemReply Unauthorized(HttpContext context, string challenge, string reason)
    {
        context.Response.Headers.WWWAuthenticate = challenge;
        return new ProblemReply(StatusCodes.Status401Unauthorized, "unauthorized", reason);
    }

    private ProblemReply Undeclared(RouteEndpoint endpoint)
    {
        logger.LogCritical("Route {Route} declares no permission and is closed", endpoint.RoutePattern.RawText);
        return Forbidden("forbidden", "This route is closed.");
    }

    private static ProblemReply Forbidden(string code, string detail) => new(StatusCodes.Status403Forbidden, code, detail);
}
