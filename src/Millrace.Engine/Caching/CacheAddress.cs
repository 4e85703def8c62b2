using Millrace.Core.Values;

namespace Millrace.Engine.Caching;

/// <summary>Where a result is kept, within a tenant.</summary>
/// <param name="Scope">The cache that the result belongs to.</param>
/// <param name="Key">Its key within that cache.</param>
public sealed record CacheAddress(string Scope, string Key)
{
    /// <summary>The longest key, in characters.</summary>
    public const int MaxKeyLength = 1_024;

    /// <summary>The address that a rendered key stands for; else why it cannot be one.</summary>
    /// <param name="name">The name of a shared cache; null: the node's own.</param>
    /// <param name="workflowId">The node's workflow.</param>
    /// <param name="nodeId">The node.</param>
    /// <param name="key">What the key's template came to.</param>
    public static (CacheAddress? Address, string? Problem) Of(string? name, string workflowId, string nodeId, Value key)
    {
        var text = key.TryGetString(out var given) ? given : key.IsNull ? "" : key.ToJson();
        // What is missing would be one result for everybody.
        if (text.Length == 0)
            return (null, $"The cache key of node '{nodeId}' is empty; it must identify the result.");
        if (text.Length > MaxKeyLength)
            return (null, $"The cache key of node '{nodeId}' has {text.Length:N0} characters; at most {MaxKeyLength:N0} are allowed. Use a key that identifies the data instead of the data itself.");
        return (new CacheAddress(name is null ? $"node:{workflowId}/{nodeId}" : "name:" + name, text), null);
    }
}
