namespace Millrace.Storage.Sqlite.Connections;

/// <summary>How SQLite is set up.</summary>
internal static class Pragmas
{
    /// <summary>The writer: synced at every commit, never traded for speed.</summary>
    public const string Writer = """
        pragma journal_mode = wal;
        pragma synchronous = full;
        pragma wal_autocheckpoint = 8000;
        pragma cache_size = -65536;
        pragma temp_store = memory;
        """;
}
