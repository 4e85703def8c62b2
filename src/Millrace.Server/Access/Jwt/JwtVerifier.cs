using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Millrace.Core.Values;

namespace Millrace.Server.Access.Jwt;

/// <summary>
/// Verifies HS256 tokens (RFC 7519). The algorithm is this verifier's, never the token's; nothing of a token is parsed before
/// its signature was found to be right.
/// </summary>
internal sealed class JwtVerifier(byte[] secret, TimeProvider time)
{
    /// <summary>Characters of a token.</summary>
    public const int LongestToken = 8 * 1024;

    private const int LongestName = 64;

    // Clocks of issuer and server differ a little.
    private static readonly TimeSpan NotBeforeLeeway = TimeSpan.FromSeconds(30);

    public JwtOutcome Verify(ReadOnlySpan<char> token)
    {
        if (token.Length > LongestToken)
            return new JwtOutcome.Invalid($"The token is longer than {LongestToken} characters.");
        var payloadStart = token.IndexOf('.') + 1;
        var signatureStart = token.LastIndexOf('.') + 1;
        if (payloadStart == 0 || signatureStart <= payloadStart || token[payloadStart..(signatureStart - 1)].Contains('.') || !Ascii.IsValid(token))
            return Malformed();
        if (!HasSignature(token[..(signatureStart - 1)], token[signatureStart..]))
            return new JwtOutcome.Invalid("The token's signature is not right. It must be an HS256 token signed with this server's JWT_SECRET.");
        if (Parse(token[..(payloadStart - 1)]) is not { } header || Parse(token[payloadStart..(signatureStart - 1)]) is not { } claims)
            return Malformed();
        if (!header.TryGet("alg", out var algorithm) || !algorithm.Equals("HS256") || header.TryGet("crit", out _))
            return new JwtOutcome.Invalid("The token is not a plain HS256 token.");
        return CheckClaims(claims);
    }

    private bool HasSignature(ReadOnlySpan<char> signed, ReadOnlySpan<char> signature)
    {
        Span<byte> given = stackalloc byte[HMACSHA256.HashSizeInBytes];
        if (signature.Length > Base64Url.GetEncodedLength(given.Length) || Base64Url.DecodeFromChars(signature, given, out _, out var length) != OperationStatus.Done || length != given.Length)
            return false;
        Span<byte> text = stackalloc byte[LongestToken];
        var count = Encoding.ASCII.GetBytes(signed, text);
        Span<byte> right = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(secret, text[..count], right);
        return CryptographicOperations.FixedTimeEquals(given, right);
    }

    private static MapValue? Parse(ReadOnlySpan<char> part)
    {
        Span<byte> json = stackalloc byte[LongestToken];
        if (Base64Url.DecodeFromChars(part, json, out _, out var length) != OperationStatus.Done)
            return null;
        try
        {
            return ValueJson.Parse(json[..length]).TryGetMap(out var map) ? map : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private JwtOutcome CheckClaims(MapValue claims)
    {
        var now = time.GetUtcNow();
        if (!TryTime(claims, "exp", out var expires) || !TryTime(claims, "nbf", out var notBefore))
            return new JwtOutcome.Invalid("The token's exp and nbf must be times in seconds since 1970.");
        if (expires <= now)
            return new JwtOutcome.Invalid("The token has expired. Get a new one.");
        if (notBefore > now + NotBeforeLeeway)
            return new JwtOutcome.Invalid("The token is not yet valid.");
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

    private static bool TryTime(MapValue claims, string name, out DateTimeOffset? time)
    {
        time = null;
        if (!claims.TryGet(name, out var value))
            return true;
        var seconds = value.TryGetInt(out var whole) ? whole : value.TryGetDouble(out var fraction) ? Math.Floor(fraction) : double.NaN;
        if (!(seconds >= 0 && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()))
            return false;
        time = DateTimeOffset.FromUnixTimeSeconds((long)seconds);
        return true;
    }

    private static string? Text(MapValue claims, string name, string? otherwise)
    {
        if (!claims.TryGet(name, out var value))
            return otherwise;
        return value.TryGetString(out var text) && text.Length is > 0 and <= LongestName ? text : null;
    }

    private static JwtOutcome.Invalid Malformed() => new("The token is not a JSON Web Token: three parts in base64url, separated by dots.");
}
