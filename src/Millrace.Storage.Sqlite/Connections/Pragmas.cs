namespace Millrace.Storage.Sqlite.Connections;

/// <summary>How SQLite is set up.</summary>
internal static class Pragmas
{
    /// <summary>The writer: synced at every commit, never traded for speed. Checkpoints are our own.</summary>
    public const string Writer = """
        pragma journal_mode = wal;
        pragma synchronous = full;
        pragma wal_autocheckpoint = 0;
        pragma journal_size_limit = 67108864;
        pragma cache_size = -8192;
        pragma temp_store = memory;
        """;
}
