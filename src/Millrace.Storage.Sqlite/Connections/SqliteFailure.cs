using Millrace.Engine.Storage;

namespace Millrace.Storage.Sqlite.Connections;

/// <summary>A result code of SQLite's that means failure.</summary>
internal sealed class SqliteFailure(int code, string message) : Exception(message)
{
    private const int PrimaryCodeMask = 0xff;

    public int PrimaryCode { get; } = code & PrimaryCodeMask;

    /// <summary>The same in words that say what to do.</summary>
    public StoreException ToStoreException(string path, bool rolledBack) => new(Explain(path), rolledBack, this);

    private string Explain(string path) => PrimaryCode switch
    {
        SQLitePCL.raw.SQLITE_FULL => $"The disk that holds '{path}' is full. Free some space; nothing needs to be restarted.",
        SQLitePCL.raw.SQLITE_BUSY => $"Another program holds the write lock on '{path}'. End its transaction (an open sqlite3 shell, perhaps).",
        SQLitePCL.raw.SQLITE_IOERR => $"Reading or writing '{path}' failed ({Message}). Check the disk and its mount.",
        SQLitePCL.raw.SQLITE_READONLY => $"'{path}' cannot be written. Check the permissions of the file and of its directory.",
        SQLitePCL.raw.SQLITE_CANTOPEN => $"'{path}' cannot be opened ({Message}). Check that its directory exists and may be written.",
        SQLitePCL.raw.SQLITE_CORRUPT => $"'{path}' is damaged ({Message}). Stop the server and restore the last backup.",
        SQLitePCL.raw.SQLITE_NOTADB => $"'{path}' is not a SQLite database. Name another file, or move this one away.",
        _ => $"SQLite failed on '{path}': {Message} (code {PrimaryCode}).",
    };
}
