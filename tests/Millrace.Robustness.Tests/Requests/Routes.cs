using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Millrace.Robustness.Tests.Requests;

/// <summary>One route of the server, asked of the server itself so that none is forgotten.</summary>
/// <param name="Method">Its method.</param>
/// <param name="Pattern">Its path with {parameters}.</param>
internal sealed record Route(string Method, string Pattern)
{
    public static IReadOnlyList<Route> All(IServiceProvider services) =>
    [
        .. services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .SelectMany(endpoint => (endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]).Select(method => new Route(method, "/" + endpoint.RoutePattern.RawText!.Trim('/'))))
            .DistinctBy(route => route.ToString(), StringComparer.Ordinal)
            .OrderBy(route => route.ToString(), StringComparer.Ordinal),
    ];

    /// <summary>The path with each parameter replaced.</summary>
    public string Fill(Func<string> value)
    {
        var path = Pattern;
        for (var open = path.IndexOf('{'); open >= 0; open = path.IndexOf('{', open))
        {
            var given = value();
            path = path[..open] + given + path[(path.IndexOf('}', open) + 1)..];
            open += given.Length;
        }
        return path;
    }
}
