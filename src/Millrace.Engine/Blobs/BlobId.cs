using System.Security.Cryptography;
using System.Text;

namespace Millrace.Engine.Blobs;

/// <summary>
/// The ids of blobs: what a large value is found by is made of its tenant and its content alone, and what a file is found by ends with a
/// mark of its tenant, so that whose it is can be told without reading it.
/// </summary>
public static class BlobId
{
    private const int TenantMarkLength = 16;

    /// <summary>The characters of a value's id.</summary>
    public const int Length = 2 * SHA256.HashSizeInBytes;

    /// <summary>The characters of a file's id.</summary>
    public const int FileLength = Length + TenantMarkLength;

    /// <summary>
    /// The id of a value. The tenant is hashed with its length, so that no two tenants can make the same by where one ends and the content
    /// begins.
    /// </summary>
    public static string Of(string tenant, ReadOnlySpan<byte> content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{tenant.Length}:{tenant}:"));
        hash.AppendData(content);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Whether a text can be an id, of a value or a file.</summary>
    public static bool IsId(string text) => text.Length is Length or FileLength && text.All(char.IsAsciiHexDigitLower);

    /// <summary>Whether a text can be the id of a file of a tenant.</summary>
    public static bool IsFileOf(string tenant, string text) =>
        text.Length == FileLength && IsId(text) && text.EndsWith(MarkOf(tenant), StringComparison.Ordinal);

    /// <summary>What the ids of a tenant's files end with.</summary>
    internal static string MarkOf(string tenant) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(tenant)))[..TenantMarkLength];
}
