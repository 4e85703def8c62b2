using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using SQLitePCL;

namespace Millrace.Storage.Sqlite.Connections;

/// <summary>A result code of SQLite's that means failure.</summary>
internal sealed class SqliteFailure(int code, string message) : Exception(message)
{
    private const int PrimaryCodeMask = 0xff;
    private const int FileSync = raw.SQLITE_IOERR | (4 << 8);
    private const int DirectorySync = raw.SQLITE_IOERR | (5 << 8);

    public int PrimaryCode { get; } = code & PrimaryCodeMask;

    /// <summary>Whether the disk did not keep what it had been given: the system may have dropped it, and the next sync would not say so.</summary>
    public bool IsSync { get; } = code is FileSync or DirectorySync;

    /// <summary>The same in words that say what to do.</summary>
    public StoreException ToStoreException(string path, bool rolledBack, IReadOnlyList<CommitResult>? results = null) =>
        new(Explain(path), rolledBack, this) { IsFinal = IsSync, Trouble = Trouble, Results = results ?? [] };

    private StoreTrouble Trouble => PrimaryCode switch
    {
        raw.SQLITE_FULL => StoreTrouble.DiskFull,
        raw.SQLITE_BUSY => StoreTrouble.Locked,
        raw.SQLITE_READONLY => StoreTrouble.ReadOnly,
        raw.SQLITE_IOERR => StoreTrouble.DiskFailed,
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => StoreTrouble.Damaged,
        _ => StoreTrouble.Other,
    };

    private string Explain(string path) => PrimaryCode switch
    {
        _ when IsSync => $"The disk did not store a write to '{path}' ({Message}). No further writes are accepted. Check the disk, then start again: earlier acknowledged writes are safe.",
        raw.SQLITE_FULL => $"The disk that holds '{path}' is full. Free some space; nothing needs to be restarted.",
        raw.SQLITE_BUSY => $"Another program holds the write lock on '{path}'. End its transaction (perhaps in an open sqlite3 shell).",
        raw.SQLITE_IOERR => $"Reading or writing '{path}' failed ({Message}). Check the disk and its mount.",
        raw.SQLITE_READONLY => $"'{path}' cannot be written. Check the permissions of the file and of its directory.",
        raw.SQLITE_CANTOPEN => $"'{path}' cannot be opened ({Message}). Check that its directory exists and may be written.",
        raw.SQLITE_CORRUPT => $"'{path}' is damaged ({Message}). Stop the server and restore the last backup.",
        raw.SQLITE_NOTADB => $"'{path}' is not a SQLite database. Name another file, or move this one away.",
        _ => $"SQLite failed on '{path}': {Message} (code {PrimaryCode}).",
    };
}
