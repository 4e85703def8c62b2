using Millrace.Core.Values;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Http;

/// <summary>
/// Refuses what a route does not declare: query parameters that it would not read, and the fields of a body where it takes none. It reads the descriptions
/// that the API document is made of, so that the two cannot differ.
/// </summary>
internal sealed class DeclaredRequests(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata is { } metadata && metadata.GetMetadata<RouteDescription>() is { } route && metadata.GetMetadata<TakesAnyRequest>() is null
            && (UnknownParameter(context.Request, route) ?? await UnwantedBodyAsync(context, route)) is { } problem)
            await problem.WriteAsync(context);
        else
            await next(context);
    }

    private static ProblemReply? UnknownParameter(HttpRequest request, RouteDescription route)
    {
        if (!request.QueryString.HasValue)
            return null;
        foreach (var name in request.Query.Keys)
        {
            if (!route.Takes(name))
                return ProblemReply.UnknownParameter(name, ClosestName.Find(name, route.QueryNames));
        }
        return null;
    }

    private static async ValueTask<ProblemReply?> UnwantedBodyAsync(HttpContext context, RouteDescription route)
    {
        if (route.Body is not null || HttpMethods.IsGet(context.Request.Method) || !RequestBody.IsPresent(context.Request))
            return null;
        return (await BodyFields.BindAsync(context, _ => true)).Problem;
    }
}

/// <summary>A route that takes whatever comes: it hands the request on as data, or answers probes that add what they like.</summary>
internal sealed record TakesAnyRequest;
