using SQLitePCL;

namespace Millrace.Bench;

/// <summary>A database file that no process has open.</summary>
internal static class SqliteFile
{
    /// <summary>
    /// Its bytes once all of the write-ahead log is in it. It is not upgraded meanwhile: it may be that of an older build.
    /// </summary>
    public static long BytesOf(string path)
    {
        Batteries_V2.Init();
        Check(raw.sqlite3_open(path, out var database));
        using (database)
            Check(raw.sqlite3_exec(database, "pragma wal_checkpoint(truncate)"));
        return new FileInfo(path).Length;
    }

    private static void Check(int code)
    {
        if (code != raw.SQLITE_OK)
            throw new InvalidOperationException($"SQLite: {raw.sqlite3_errstr(code).utf8_to_string()}");
    }
}
