using Millrace.Core.Values;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Http;

/// <summary>
/// Refuses what a route does not declare: query parameters that it would not read, and the fields of a body where it takes none. It reads the descriptions
/// that the API document is made of, so that the two cannot differ.
/// </summary>
internal sealed class DeclaredRequests(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata is not { } metadata || metadata.GetMetadata<RouteDescription>() is not { } route
            || metadata.GetMetadata<TakesAnyRequest>() is not null)
            return next(context);
        if (UnknownParameter(context.Request, route) is { } problem)
            return problem.WriteAsync(context);
        return MayHaveUnwantedBody(context.Request, route) ? CheckBodyAsync(context) : next(context);
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

    private static bool MayHaveUnwantedBody(HttpRequest request, RouteDescription route) =>
        route.Body is null && !HttpMethods.IsGet(request.Method) && RequestBody.IsPresent(request);

    private async Task CheckBodyAsync(HttpContext context)
    {
        if ((await BodyFields.BindAsync(context, _ => true)).Problem is { } problem)
            await problem.WriteAsync(context);
        else
            await next(context);
    }
}

/// <summary>A route that takes whatever comes: it hands the request on as data, or answers probes that add what they like.</summary>
internal sealed record TakesAnyRequest;
