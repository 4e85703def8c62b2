using Millrace.Engine.Operations;

namespace Millrace.Server.Access;

/// <summary>What a route requires. Every route has one, by itself or by its group.</summary>
internal sealed record RequiredPermission(Permission Permission);

/// <summary>A route that takes bodies of other types than JSON and YAML, and itself refuses those that any web page could send.</summary>
internal sealed record TakesOtherContent;

/// <summary>Declares the permission that each route needs.</summary>
internal static class RoutePermissions
{
    /// <summary>Lets only callers with a permission in; the declaration of a route replaces that of its group.</summary>
    public static TBuilder RequirePermission<TBuilder>(this TBuilder routes, Permission permission) where TBuilder : IEndpointConventionBuilder =>
        routes.WithMetadata(new RequiredPermission(permission));
}
