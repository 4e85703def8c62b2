namespace Millrace.Engine.Storage;

/// <summary>A result that is kept for later.</summary>
/// <param name="Scope">Which cache: a node's own, or one with a name.</param>
/// <param name="Key">Its key within that cache.</param>
/// <param name="Value">The result, JSON; never absent, though it may be null.</param>
/// <param name="CreatedAt">Since when it is kept.</param>
/// <param name="ExpiresAt">From when on it is no longer good.</param>
public sealed record CachedValue(string Scope, string Key, JsonText Value, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt);
