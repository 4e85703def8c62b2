using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Millrace.Engine.Webhooks;

namespace Millrace.Server.Webhooks.Callers;

/// <summary>
/// Checks signatures over the body as it came, bit by bit in constant time. The time that is signed has to be near, and what the same delivery is
/// recognised by is signed as well, save with GitHub's scheme, which signs nothing but the body.
/// </summary>
internal static class SignatureChecks
{
    private const string SecretPrefix = "whsec_";
    private const int MaxSignatures = 16;

    private static readonly CallerVerdict Missing = new CallerVerdict.Refused("The signature is missing or malformed.");
    private static readonly CallerVerdict Wrong = new CallerVerdict.Refused("The signature is wrong.");
    private static readonly CallerVerdict Stale = new CallerVerdict.Refused("The time of the signature is too far in the past or future. Sign again when you repeat a request, and check the clock.");

    public static CallerVerdict Check(CallerAuth auth, IHeaderDictionary headers, ReadOnlySpan<byte> body, DateTimeOffset now) => auth.Scheme switch
    {
        SignatureScheme.Standard => CheckStandard(auth, headers, body, now),
        SignatureScheme.Github => CheckGithub(auth, headers, body),
        SignatureScheme.Stripe => CheckStripe(auth, headers, body, now),
        var other => throw new InvalidOperationException($"Unknown scheme {other}."),
    };

    // webhook-signature: "v1,BASE64 v1,BASE64" over "ID.TIME.BODY".
    private static CallerVerdict CheckStandard(CallerAuth auth, IHeaderDictionary headers, ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        if (Only(headers, "webhook-id") is not { } id || Only(headers, "webhook-timestamp") is not { } time || Only(headers, "webhook-signature") is not { } signatures)
            return Missing;
        if (KeyOf(auth.Secret!) is not { } key)
            return new CallerVerdict.Refused("The key of this address is not base64 after 'whsec_'. It accepts no calls until the key is corrected.");
        var right = Sign(key, $"{id}.{time}.", body);
        var isRight = false;
        foreach (var signature in signatures.Split(' ', MaxSignatures))
            isRight |= signature.StartsWith("v1,", StringComparison.Ordinal) && IsBase64Of(signature.AsSpan(3), right);
        return !isRight ? Wrong : IsNear(time, auth.Tolerance, now) ? new CallerVerdict.Admitted("standard/" + id) : Stale;
    }

    // X-Hub-Signature-256: "sha256=HEX" over the body.
    private static CallerVerdict CheckGithub(CallerAuth auth, IHeaderDictionary headers, ReadOnlySpan<byte> body)
    {
        const string Prefix = "sha256=";
        if (Only(headers, "X-Hub-Signature-256") is not { } signature || !signature.StartsWith(Prefix, StringComparison.Ordinal))
            return Missing;
        if (!IsHexOf(signature.AsSpan(Prefix.Length), Sign(Encoding.UTF8.GetBytes(auth.Secret!), "", body)))
            return Wrong;
        return new CallerVerdict.Admitted(Only(headers, "X-GitHub-Delivery") is { Length: > 0 } id ? "github/" + id : null);
    }

    // Stripe-Signature: "t=TIME,v1=HEX,v1=HEX" over "TIME.BODY". What is sent anew is signed anew, so that the same signature is the same delivery.
    private static CallerVerdict CheckStripe(CallerAuth auth, IHeaderDictionary headers, ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        if (Only(headers, "Stripe-Signature") is not { } header)
            return Missing;
        string? time = null;
        var signatures = new List<string>();
        foreach (var part in header.Split(',', MaxSignatures, StringSplitOptions.TrimEntries))
        {
            if (part.StartsWith("t=", StringComparison.Ordinal))
                time ??= part[2..];
            else if (part.StartsWith("v1=", StringComparison.Ordinal))
                signatures.Add(part[3..]);
        }
        if (time is null || signatures.Count == 0)
            return Missing;
        var right = Sign(Encoding.UTF8.GetBytes(auth.Secret!), $"{time}.", body);
        var isRight = false;
        foreach (var signature in signatures)
            isRight |= IsHexOf(signature, right);
        return !isRight ? Wrong : IsNear(time, auth.Tolerance, now) ? new CallerVerdict.Admitted("stripe/" + Convert.ToHexStringLower(right)) : Stale;
    }

    private static byte[] Sign(byte[] key, string before, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hash.AppendData(Encoding.UTF8.GetBytes(before));
        hash.AppendData(body);
        return hash.GetHashAndReset();
    }

    private static byte[]? KeyOf(string secret)
    {
        if (!secret.StartsWith(SecretPrefix, StringComparison.Ordinal))
            return Encoding.UTF8.GetBytes(secret);
        var key = new byte[secret.Length];
        return Convert.TryFromBase64String(secret[SecretPrefix.Length..], key, out var length) && length > 0 ? key[..length] : null;
    }

    private static bool IsBase64Of(ReadOnlySpan<char> given, ReadOnlySpan<byte> right)
    {
        Span<byte> bytes = stackalloc byte[HMACSHA256.HashSizeInBytes];
        return Convert.TryFromBase64Chars(given, bytes, out var length) && length == bytes.Length && CryptographicOperations.FixedTimeEquals(bytes, right);
    }

    private static bool IsHexOf(ReadOnlySpan<char> given, ReadOnlySpan<byte> right)
    {
        Span<byte> bytes = stackalloc byte[HMACSHA256.HashSizeInBytes];
        return given.Length == 2 * bytes.Length && Convert.FromHexString(given, bytes, out _, out _) == System.Buffers.OperationStatus.Done && CryptographicOperations.FixedTimeEquals(bytes, right);
    }

    private static bool IsNear(string time, TimeSpan tolerance, DateTimeOffset now) =>
        long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && Math.Abs((double)now.ToUnixTimeSeconds() - seconds) <= tolerance.TotalSeconds;

    private static string? Only(IHeaderDictionary headers, string name) => headers[name] is [{ Length: > 0 } only] ? only : null;
}
