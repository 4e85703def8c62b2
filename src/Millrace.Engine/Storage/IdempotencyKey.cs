namespace Millrace.Engine.Storage;

/// <summary>A caller's idempotency key.</summary>
/// <param name="Scope">What kind of mutation, such as "execute" or "workflows".</param>
/// <param name="Key">The key, unique within its scope.</param>
public sealed record IdempotencyKey(string Scope, string Key)
{
    /// <summary>A caller's key in a scope; null where the caller gave none.</summary>
    public static IdempotencyKey? In(string scope, string? key) => key is null ? null : new IdempotencyKey(scope, key);
}
