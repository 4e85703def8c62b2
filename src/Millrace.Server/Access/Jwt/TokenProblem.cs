using Microsoft.IdentityModel.Tokens;
using Millrace.Server.Configuration;

namespace Millrace.Server.Access.Jwt;

/// <summary>Says to a caller why a token was refused.</summary>
internal static class TokenProblem
{
    /// <summary>The code of the event that ends a stream when the token it was opened with expires.</summary>
    public const string ExpiredCode = "token_expired";

    /// <summary>What is said of a token that has expired.</summary>
    public const string Expired = "The token has expired. Get a new one.";

    // The library's code for a token above the size it was given; the exception has no type of its own.
    private const string TooLong = "IDX10209";

    /// <summary>A sentence for what the library threw. It never quotes the token.</summary>
    public static string Of(Exception failure) => failure switch
    {
        SecurityTokenExpiredException => Expired,
        SecurityTokenNoExpirationException =>
            $"The token has no 'exp'. Use tokens that expire; {SettingNames.JwtRequireExpiry}=false accepts others.",
        SecurityTokenNotYetValidException => "The token is not yet valid.",
        SecurityTokenInvalidLifetimeException => "The token's exp and nbf must be times in seconds since 1970.",
        SecurityTokenInvalidIssuerException => "The token's issuer is not trusted here.",
        SecurityTokenInvalidAudienceException => "The token is for another audience.",
        SecurityTokenInvalidTypeException => "The token is not a plain HS256 token.",
        ArgumentException when failure.Message.StartsWith(TooLong, StringComparison.Ordinal) =>
            $"The token is longer than {TokenRules.MaxTokenLength} characters.",
        ArgumentException => "The token is not a JSON Web Token: three parts in base64url, separated by dots.",
        _ => "The token's signature is invalid. It must be an HS256 token, signed with this server's secret.",
    };
}
