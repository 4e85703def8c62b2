namespace Millrace.Storage.Sqlite.Connections;

/// <summary>How SQLite is set up.</summary>
internal static class Pragmas
{
    /// <summary>
    /// The writer: synced at every commit, never traded for speed. The log is copied into the database every 4,000 pages (16 MB):
    /// fewer cost throughput, more make the commit that copies them slower (7 ms at 4,000, 26 ms at 32,000 where it was measured).
    /// </summary>
    public const string Writer = """
        pragma journal_mode = wal;
        pragma synchronous = full;
        pragma wal_autocheckpoint = 4000;
        pragma journal_size_limit = 67108864;
        pragma cache_size = -65536;
        pragma temp_store = memory;
        """;
}
