using Microsoft.IdentityModel.JsonWebTokens;
using Millrace.Core.Values;

namespace Millrace.Server.Access.Jwt;

/// <summary>Makes callers of genuine tokens: their tenant, their name, and the permissions of their roles.</summary>
internal static class TokenCaller
{
    private const int MaxNameLength = 64;

    /// <summary>Who a checked token says is calling.</summary>
    public static JwtOutcome Of(JsonWebToken token)
    {
        var claims = TokenClaims.Of(token);
        var tenant = Text(claims, "tenant", Caller.DefaultTenant);
        if (tenant is null || !tenant.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
            return new JwtOutcome.Invalid($"The token's tenant must have 1 to {MaxNameLength} letters, digits, '_' or '-'.");
        return new JwtOutcome.Valid(new Caller(tenant, Text(claims, "sub", null), PermissionsOf(claims), TokenRules.ExpiryOf(claims)));
    }

    // Those of all the roles named; a token that names none may look.
    private static PermissionSet PermissionsOf(MapValue claims)
    {
        var hasRole = claims.TryGet("role", out var role);
        var hasRoles = claims.TryGet("roles", out var roles);
        if (!hasRole && !hasRoles)
            return Role.Viewer.Permissions;
        var named = roles.TryGetList(out var list) ? list.Append(role) : [roles, role];
        return named.Aggregate(PermissionSet.None, (all, name) => name.TryGetString(out var text) && Role.Find(text) is { } known ? all.Union(known.Permissions) : all);
    }

    private static string? Text(MapValue claims, string name, string? otherwise)
    {
        if (!claims.TryGet(name, out var value))
            return otherwise;
        return value.TryGetString(out var text) && text.Length is > 0 and <= MaxNameLength ? text : null;
    }
}
