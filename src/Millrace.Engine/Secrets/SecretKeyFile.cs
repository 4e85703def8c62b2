using System.Security.Cryptography;
using System.Text;

namespace Millrace.Engine.Secrets;

/// <summary>
/// The key that stored secrets are encrypted under, in a file of its own that only the server's user may read: a copy of the database gives
/// nothing away. Made when the first secret is stored; without it stored secrets are lost, so it belongs into backups, apart from the database.
/// </summary>
public sealed class SecretKeyFile(string path)
{
    private readonly Lock _gate = new();
    private SecretKey? _key;

    /// <summary>The key; null where there is none yet.</summary>
    /// <exception cref="InvalidDataException">The file is there, but holds no key.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    internal SecretKey? Find()
    {
        lock (_gate)
            return _key ??= File.Exists(path) ? Read() : null;
    }

    /// <summary>The key; made where there is none yet.</summary>
    /// <exception cref="InvalidDataException">The file is there, but holds no key.</exception>
    /// <exception cref="IOException">The file cannot be read or made.</exception>
    internal SecretKey FindOrCreate()
    {
        lock (_gate)
            return _key ??= File.Exists(path) ? Read() : Create();
    }

    private SecretKey Read() => new(KeyFile.Read(path, "and set all secrets again"));

    private SecretKey Create() => new(KeyFile.Create(path));
}

/// <summary>Encrypts by AES-256-GCM. Each value has its own random nonce and is bound to its tenant and name, so that none can be passed off as another.</summary>
internal sealed class SecretKey(byte[] key)
{
    private const int NonceLength = 12;
    private const int TagLength = 16;

    /// <summary>Tells this key from others; gives nothing of it away.</summary>
    public string Id { get; } = Convert.ToHexStringLower(SHA256.HashData([.. "millrace secret key"u8, .. key]))[..16];

    /// <summary>Nonce, tag and encrypted value, as base64.</summary>
    public string Encrypt(string tenant, string name, string value)
    {
        var plain = Encoding.UTF8.GetBytes(value);
        var all = new byte[NonceLength + TagLength + plain.Length];
        RandomNumberGenerator.Fill(all.AsSpan(0, NonceLength));
        using var aes = new AesGcm(key, TagLength);
        aes.Encrypt(all.AsSpan(0, NonceLength), plain, all.AsSpan(NonceLength + TagLength), all.AsSpan(NonceLength, TagLength), Binding(tenant, name));
        return Convert.ToBase64String(all);
    }

    /// <summary>The value; null where it was changed, or encrypted for another tenant or name.</summary>
    public string? Decrypt(string tenant, string name, string encrypted)
    {
        var all = new byte[encrypted.Length];
        if (!Convert.TryFromBase64String(encrypted, all, out var length) || length < NonceLength + TagLength)
            return null;
        var plain = new byte[length - NonceLength - TagLength];
        using var aes = new AesGcm(key, TagLength);
        try
        {
            aes.Decrypt(all.AsSpan(0, NonceLength), all.AsSpan(NonceLength + TagLength, plain.Length), all.AsSpan(NonceLength, TagLength), plain, Binding(tenant, name));
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
        return Encoding.UTF8.GetString(plain);
    }

    // The length keeps "a" + "bc" from being "ab" + "c".
    private static byte[] Binding(string tenant, string name) => Encoding.UTF8.GetBytes($"{tenant.Length}:{tenant}:{name}");
}
