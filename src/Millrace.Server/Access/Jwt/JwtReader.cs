using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Millrace.Core.Values;

namespace Millrace.Server.Access.Jwt;

/// <summary>
/// Reads HS256 tokens (RFC 7519). The algorithm is this reader's, never the token's; nothing of a token is parsed before its signature was found
/// to be right, and a token that is not in force is not read.
/// </summary>
internal sealed class JwtReader(byte[] secret, TimeProvider time)
{
    /// <summary>Characters of a token.</summary>
    public const int LongestToken = 8 * 1024;

    // Clocks of issuer and server differ a little.
    private static readonly TimeSpan NotBeforeLeeway = TimeSpan.FromSeconds(30);

    /// <summary>The claims of a token; null with a sentence for whoever sent it.</summary>
    public MapValue? TryRead(ReadOnlySpan<char> token, out string problem)
    {
        problem = Malformed;
        if (token.Length > LongestToken)
        {
            problem = $"The token is longer than {LongestToken} characters.";
            return null;
        }
        var payloadStart = token.IndexOf('.') + 1;
        var signatureStart = token.LastIndexOf('.') + 1;
        if (payloadStart == 0 || signatureStart <= payloadStart || token[payloadStart..(signatureStart - 1)].Contains('.') || !Ascii.IsValid(token))
            return null;
        if (!HasSignature(token[..(signatureStart - 1)], token[signatureStart..]))
        {
            problem = "The token's signature is not right. It must be an HS256 token, signed with the secret that this server has for it.";
            return null;
        }
        if (Parse(token[..(payloadStart - 1)]) is not { } header || Parse(token[payloadStart..(signatureStart - 1)]) is not { } claims)
            return null;
        problem = !header.TryGet("alg", out var algorithm) || !algorithm.Equals("HS256") || header.TryGet("crit", out _)
            ? "The token is not a plain HS256 token."
            : ProblemOfTimes(claims) ?? "";
        return problem.Length == 0 ? claims : null;
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

    private string? ProblemOfTimes(MapValue claims)
    {
        var now = time.GetUtcNow();
        if (!TryTime(claims, "exp", out var expires) || !TryTime(claims, "nbf", out var notBefore))
            return "The token's exp and nbf must be times in seconds since 1970.";
        if (expires <= now)
            return "The token has expired. Get a new one.";
        return notBefore > now + NotBeforeLeeway ? "The token is not yet valid." : null;
    }

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

    private const string Malformed = "The token is not a JSON Web Token: three parts in base64url, separated by dots.";
}
