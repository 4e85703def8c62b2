using Millrace.Engine.Operations;

namespace Millrace.Server.Access;

/// <summary>What a route requires. Every route has one, by itself or by its group.</summary>
internal sealed record RequiredPermission(Permission Permission);

/// <summary>A route that takes bodies of other types than JSON and YAML, and itself refuses those that any web page could send.</summary>
internal sealed record TakesOtherContent;

/// <summary>A route that does something already on GET, so that no page of another site may lead a browser to it.</summary>
internal sealed record ActsOnGet;

/// <summary>A route that a server without a secret also serves under other names than this machine's.</summary>
internal sealed record HostRule(AcceptedHosts Hosts);

/// <summary>The names under which an open server serves a route. The set is closed.</summary>
internal enum AcceptedHosts
{
    /// <summary>
    /// Those of this machine, and the server's own as seen from outside: the address itself is a credential, and links to it lead there.
    /// </summary>
    OwnAddress,
    /// <summary>The route decides: only it knows whether its callers authenticate.</summary>
    CheckedByRoute,
}

/// <summary>Declares the permission that each route needs.</summary>
internal static class RoutePermissions
{
    /// <summary>Lets only callers with a permission in; the declaration of a route replaces that of its group.</summary>
    public static TBuilder RequirePermission<TBuilder>(this TBuilder routes, Permission permission) where TBuilder : IEndpointConventionBuilder =>
        routes.WithMetadata(new RequiredPermission(permission));
}
