using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Engine.Secrets;

namespace Millrace.Engine.Waits;

/// <summary>
/// Makes and checks the links by which people and programs without an account answer waits. A link carries the address of the wait and its
/// signature (HMAC-SHA256): nothing is stored for it, it is good before the wait begins, and nobody without the key can make one.
/// </summary>
public sealed class SignedLinks : ILinkSource
{
    private const int MaxTokenLength = 4_000;

    private readonly byte[] _key;

    private SignedLinks(byte[] key) => _key = key;

    /// <summary>How the outside names this server, without a slash at the end; null: not known yet, and there are no links.</summary>
    public string? BaseUrl { get; set; }

    /// <summary>Links signed with the key of a file, which is made where it is missing.</summary>
    /// <exception cref="InvalidDataException">The file is there, but holds no key.</exception>
    /// <exception cref="IOException">The file cannot be read or made.</exception>
    public static SignedLinks Open(string path) =>
        new(File.Exists(path) ? KeyFile.Read(path, "and send all links again") : KeyFile.Create(path));

    /// <inheritdoc/>
    public string? LinkTo(ExecutionIdentity execution, string nodeId, string iteration, WaitLink link) =>
        LinkTo(WaitAddress.Of(execution, nodeId, iteration, link.Attempt), link);

    /// <summary>The link to a wait; null: this process has no address.</summary>
    public string? LinkTo(WaitAddress wait, WaitLink link)
    {
        if (BaseUrl is null)
            return null;
        var token = Sign(wait, link.Kind);
        return link.Kind == LinkKind.Answer
            ? $"{BaseUrl}/api/v1/approvals/{wait.Id}/answer?token={token}"
            : $"{BaseUrl}/callbacks/{token}{(link.Path.Length == 0 ? "" : "/" + link.Path)}";
    }

    /// <summary>The wait that a token is for; null: the token was not made here, or is for another kind of link.</summary>
    public WaitAddress? Verify(string token, LinkKind kind)
    {
        var dot = token.IndexOf('.', StringComparison.Ordinal);
        if (dot <= 0 || token.Length > MaxTokenLength)
            return null;
        var payload = Encoding.UTF8.GetBytes(token[..dot]);
        var expected = Encoding.UTF8.GetBytes(Signature(payload, kind));
        if (!CryptographicOperations.FixedTimeEquals(expected, Encoding.UTF8.GetBytes(token[(dot + 1)..])))
            return null;
        // Whatever has our signature has our form.
        var parts = JsonSerializer.Deserialize<string[]>(Base64Url.DecodeFromUtf8(payload))!;
        return new WaitAddress(parts[0], parts[1], parts[2], parts[3], parts.Length > 4 ? int.Parse(parts[4], CultureInfo.InvariantCulture) : 0);
    }

    private string Sign(WaitAddress wait, LinkKind kind)
    {
        string[] parts = [wait.Tenant, wait.ExecutionId, wait.NodeId, wait.Iteration, .. wait.Name is { } attempt ? (string[])[attempt] : []];
        var payload = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(parts));
        return $"{payload}.{Signature(Encoding.UTF8.GetBytes(payload), kind)}";
    }

    // The kind keeps one sort of link from being used as the other.
    private string Signature(byte[] payload, LinkKind kind) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(_key, (byte[])[.. Encoding.UTF8.GetBytes($"millrace {kind} link:"), .. payload]));
}
