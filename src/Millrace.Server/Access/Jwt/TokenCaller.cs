using Microsoft.IdentityModel.JsonWebTokens;
using Millrace.Core.Values;

namespace Millrace.Server.Access.Jwt;

/// <summary>Makes callers of genuine tokens: their tenant, their name and their role.</summary>
internal static class TokenCaller
{
    private const int LongestName = 64;

    /// <summary>Who a checked token says is calling.</summary>
    public static JwtOutcome Of(JsonWebToken token)
    {
        var claims = TokenClaims.Of(token);
        var tenant = Text(claims, "tenant", Caller.DefaultTenant);
        if (tenant is null || !tenant.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
            return new JwtOutcome.Invalid($"The token's tenant must have 1 to {LongestName} letters, digits, '_' or '-'.");
        return new JwtOutcome.Valid(new Caller(tenant, Text(claims, "sub", null), RoleOf(claims)));
    }

    // The highest of those named; who names none may look.
    private static Role RoleOf(MapValue claims)
    {
        var hasRole = claims.TryGet("role", out var role);
        var hasRoles = claims.TryGet("roles", out var roles);
        if (!hasRole && !hasRoles)
            return Role.Viewer;
        var named = roles.TryGetList(out var list) ? list.Append(role) : [roles, role];
        return named.Max(ParseRole);
    }

    private static Role ParseRole(Value name) => name.TryGetString(out var text)
        ? text.ToLowerInvariant() switch
        {
            "viewer" => Role.Viewer,
            "operator" => Role.Operator,
            "editor" => Role.Editor,
            "admin" => Role.Admin,
            _ => Role.None,
        }
        : Role.None;

    private static string? Text(MapValue claims, string name, string? otherwise)
    {
        if (!claims.TryGet(name, out var value))
            return otherwise;
        return value.TryGetString(out var text) && text.Length is > 0 and <= LongestName ? text : null;
    }
}
