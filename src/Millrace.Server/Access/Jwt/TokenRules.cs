using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Millrace.Core.Values;

namespace Millrace.Server.Access.Jwt;

/// <summary>What a token must be to be accepted. The algorithm is the server's choice, never the token's.</summary>
internal static class TokenRules
{
    /// <summary>Characters of a token.</summary>
    public const int MaxTokenLength = 8 * 1024;

    // The shortest key that the library takes for HS256.
    private const int KeyBytes = 32;

    // Clocks of issuer and server differ a little.
    private static readonly TimeSpan NotBeforeLeeway = TimeSpan.FromSeconds(30);

    /// <summary>Reads and checks tokens. Thread-safe.</summary>
    public static JsonWebTokenHandler Handler { get; } = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = MaxTokenLength };

    /// <summary>HS256 tokens signed with a secret. Where a token has <c>exp</c> or <c>nbf</c>, they count.</summary>
    /// <param name="secret">The secret.</param>
    /// <param name="time">The clock.</param>
    /// <param name="requireExpiry">Whether a token must have <c>exp</c>: one without is good for ever, whoever gets hold of it.</param>
    public static TokenValidationParameters SignedWith(ReadOnlySpan<byte> secret, TimeProvider time, bool requireExpiry)
    {
        // HMAC itself fills a short key with zeros (RFC 2104), so this is the same key. Settings warn of short ones.
        var key = new byte[Math.Max(secret.Length, KeyBytes)];
        secret.CopyTo(key);
        return new TokenValidationParameters
        {
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            IssuerSigningKey = new SymmetricSecurityKey(key),
            // A kept provider would hold on to secrets of workflows that are long gone.
            CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false },
            ValidateIssuer = false,
            ValidateAudience = false,
            TypeValidator = (type, token, _) => RefuseExtensions(type, (JsonWebToken)token),
            LifetimeValidator = (_, _, token, _) => IsInForce(TokenClaims.Of((JsonWebToken)token), time.GetUtcNow(), requireExpiry),
        };
    }

    /// <summary>When a token that was accepted expires; null: never.</summary>
    public static DateTimeOffset? ExpiryOf(MapValue claims) => TimeOf(claims, JwtRegisteredClaimNames.Exp);

    // A token may demand extensions of the standard, which must then be understood (RFC 7515, crit). The library looks past the demand.
    private static string RefuseExtensions(string type, JsonWebToken token) =>
        TokenClaims.HeaderOf(token).TryGet("crit", out _) ? throw new SecurityTokenInvalidTypeException() : type;

    // By the claims as they stand in the token: the library also takes text for a time.
    private static bool IsInForce(MapValue claims, DateTimeOffset now, bool requireExpiry)
    {
        var expiry = ExpiryOf(claims);
        if (expiry is null && requireExpiry)
            throw new SecurityTokenNoExpirationException();
        if (expiry <= now)
            throw new SecurityTokenExpiredException();
        if (TimeOf(claims, JwtRegisteredClaimNames.Nbf) > now + NotBeforeLeeway)
            throw new SecurityTokenNotYetValidException();
        return true;
    }

    private static DateTimeOffset? TimeOf(MapValue claims, string name)
    {
        if (!claims.TryGet(name, out var value))
            return null;
        var seconds = value.TryGetInt(out var whole) ? whole : value.TryGetDouble(out var fraction) ? Math.Floor(fraction) : double.NaN;
        if (seconds >= 0 && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds())
            return DateTimeOffset.FromUnixTimeSeconds((long)seconds);
        throw new SecurityTokenInvalidLifetimeException();
    }
}
