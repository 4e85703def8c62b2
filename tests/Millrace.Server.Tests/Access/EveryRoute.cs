using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Millrace.Server.Access;

namespace Millrace.Server.Tests.Access;

/// <summary>A call of a route, for things that do not exist.</summary>
internal sealed record RouteCall(HttpMethod Method, string Path, Permission Permission);

/// <summary>All routes of a server.</summary>
internal static partial class EveryRoute
{
    public static IEnumerable<RouteEndpoint> Of(ServerFixture server) =>
        server.Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    /// <summary>Every route with every method.</summary>
    public static IEnumerable<RouteCall> CallsOf(ServerFixture server) =>
        from endpoint in Of(server)
        let permission = endpoint.Metadata.GetMetadata<RequiredPermission>()!.Permission
        let path = Parameter().Replace(endpoint.RoutePattern.RawText!, match => ValueOf(match.Groups["name"].Value))
        from method in endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods
        select new RouteCall(new HttpMethod(method), path, permission);

    private static string ValueOf(string parameter) => parameter switch
    {
        "version" => "1",
        "other" => "2",
        "type" => "start",
        _ => "nobody",
    };

    [GeneratedRegex(@"\{\**(?<name>\w+)\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Parameter();
}
