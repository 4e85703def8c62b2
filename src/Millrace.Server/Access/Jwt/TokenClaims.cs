using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Millrace.Core.Values;

namespace Millrace.Server.Access.Jwt;

/// <summary>The parts of a token as JSON values: which type each claim has is for whoever reads it to judge.</summary>
internal static class TokenClaims
{
    /// <summary>The claims.</summary>
    /// <exception cref="SecurityTokenMalformedException">They are not a JSON object.</exception>
    public static MapValue Of(JsonWebToken token) => Parse(token.EncodedPayload);

    /// <summary>The header.</summary>
    /// <exception cref="SecurityTokenMalformedException">It is not a JSON object.</exception>
    public static MapValue HeaderOf(JsonWebToken token) => Parse(token.EncodedHeader);

    private static MapValue Parse(string part)
    {
        try
        {
            if (ValueJson.Parse(Base64UrlEncoder.DecodeBytes(part)).TryGetMap(out var map))
                return map;
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw new SecurityTokenMalformedException("A part of the token is not JSON.", e);
        }
        throw new SecurityTokenMalformedException("A part of the token is not a JSON object.");
    }
}
