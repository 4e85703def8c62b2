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
    private readonly OpenAccess _open = new(settings);

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
        var refusal = _open.Refuse(context.Request, endpoint.Metadata);
        if (refusal is not null || permission == Permission.Public)
            return refusal;
        return (endpoint.Metadata.GetMetadata<TakesOtherContent>() is null ? CheckContentType(context.Request) : null)
            ?? CheckCaller(context, permission);
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
        if (!_open.IsOpen)
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
        return new ProblemReply(StatusCodes.Status403Forbidden, "forbidden", "This route is closed.");
    }
}
