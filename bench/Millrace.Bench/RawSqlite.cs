using SQLitePCL;

namespace Millrace.Bench;

/// <summary>What the disk and SQLite can do without any of this program, as the yardstick for the committer.</summary>
internal static class RawSqlite
{
    private const int PageBytes = 4096;
    private const int FileBytes = 64 << 20;
    private const int RowsPerTransaction = 200;

    private static readonly byte[] Events = new byte[300];

    public static void Run(Report report)
    {
        Events.AsSpan().Fill((byte)'x');
        report.Heading("raw");
        MeasureDisk(report);
        MeasureSqlite(report, "SQLite, one journal row a commit", 1);
        MeasureSqlite(report, $"SQLite, {RowsPerTransaction} journal rows a commit", RowsPerTransaction);
    }

    private static void MeasureDisk(Report report)
    {
        using var directory = new TemporaryDirectory();
        using var file = new FileStream(directory.At("log"), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        var page = new byte[PageBytes];
        for (var written = 0; written < FileBytes; written += PageBytes)
            file.Write(page);
        file.Flush(flushToDisk: true);

        report.Measure("disk, 4 KB written and synced", 1, () =>
        {
            file.Position = file.Position >= FileBytes - PageBytes ? 0 : file.Position;
            file.Write(page);
            file.Flush(flushToDisk: true);
        });
    }

    private static void MeasureSqlite(Report report, string name, int rows)
    {
        Batteries_V2.Init();
        using var directory = new TemporaryDirectory();
        Check(raw.sqlite3_open(directory.At("raw.db"), out var database));
        Check(raw.sqlite3_exec(database, """
            pragma journal_mode = wal;
            pragma synchronous = full;
            pragma wal_autocheckpoint = 4000;
            create table journal (execution_id text not null, first_seq integer not null, last_seq integer not null, events text not null);
            create unique index journal_by_execution on journal (execution_id, first_seq);
            """));
        Check(raw.sqlite3_prepare_v2(database, "insert into journal values (?, ?, ?, ?)", out var insert));

        long seq = 0;
        var id = "01JD4X8ZK00000000000000001"u8.ToArray();
        report.Measure(name, rows, () =>
        {
            Check(raw.sqlite3_exec(database, "begin immediate"));
            for (var row = 0; row < rows; row++)
                Insert(insert, id, ++seq);
            Check(raw.sqlite3_exec(database, "commit"));
        });
        insert.Dispose();
        database.Dispose();
    }

    private static void Insert(sqlite3_stmt insert, byte[] id, long seq)
    {
        Check(raw.sqlite3_bind_text(insert, 1, id));
        Check(raw.sqlite3_bind_int64(insert, 2, seq));
        Check(raw.sqlite3_bind_int64(insert, 3, seq));
        Check(raw.sqlite3_bind_text(insert, 4, Events));
        if (raw.sqlite3_step(insert) != raw.SQLITE_DONE)
            throw new InvalidOperationException("The insert failed.");
        Check(raw.sqlite3_reset(insert));
    }

    private static void Check(int result)
    {
        if (result != raw.SQLITE_OK)
            throw new InvalidOperationException($"SQLite answered {result}: {raw.sqlite3_errstr(result).utf8_to_string()}");
    }
}
