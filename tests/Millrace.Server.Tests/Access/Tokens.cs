using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Millrace.Server.Tests.Access;

/// <summary>Makes tokens, good and bad.</summary>
internal static class Tokens
{
    public const string Secret = "a-secret-that-is-long-enough-to-be-one";

    /// <summary>A time long from now, as a claim.</summary>
    public const string Exp = "\"exp\":4000000000";

    public static (string, string) Bearer(string claims) => ("Authorization", "Bearer " + Sign("""{"alg":"HS256","typ":"JWT"}""", claims, Secret));

    public static (string, string) Bearer(string role, string tenant) =>
        Bearer($$"""{"sub":"ada","tenant":"{{tenant}}","role":"{{role}}",{{Exp}}}""");

    public static string Sign(string header, string claims, string secret)
    {
        var signed = Encode(header) + "." + Encode(claims);
        return signed + "." + Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.ASCII.GetBytes(signed)));
    }

    public static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
