namespace Millrace.Storage.Sqlite;

/// <summary>Where a store keeps its files.</summary>
/// <param name="DataDirectory">The directory that one process at a time owns; made where missing.</param>
/// <param name="DatabasePath">The database file, where it is not to be <c>millrace.db</c> in the data directory.</param>
public sealed record SqliteStoreOptions(string DataDirectory, string? DatabasePath = null);
