using System.Security.Cryptography;
using System.Text;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Orchestration;

/// <summary>
/// The W3C trace context of a call. Ids are digests: an execution has one trace, whichever process runs it, and an attempt one span.
/// </summary>
internal static class ServiceTrace
{
    /// <summary>The trace of an execution, 32 hexadecimal digits.</summary>
    public static string IdOf(string executionId) => Digest($"trace {executionId}", 16);

    /// <summary>The header of one attempt.</summary>
    public static string ParentOf(EffectContext context) =>
        $"00-{IdOf(context.ExecutionId)}-{Digest($"span {context.IdempotencyKey} {context.Attempt}", 8)}-01";

    private static string Digest(string text, int bytes) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, bytes));
}
