using SQLitePCL;

namespace Millrace.Storage.Sqlite.Connections;

/// <summary>One connection to the database, with its prepared statements. Used by one thread at a time.</summary>
internal sealed class Connection : IDisposable
{
    private const int BusyTimeoutMilliseconds = 5_000;
    private const int CheckpointTimeoutMilliseconds = 50;

    private readonly sqlite3 _handle;
    private readonly Dictionary<string, Statement> _statements = new(StringComparer.Ordinal);

    static Connection() => Batteries_V2.Init();

    private Connection(sqlite3 handle) => _handle = handle;

    /// <summary>The rows that the last statement inserted, changed or deleted.</summary>
    public int Changes => raw.sqlite3_changes(_handle);

    /// <summary>The rowid of the last insert.</summary>
    public long LastInsertId => raw.sqlite3_last_insert_rowid(_handle);

    /// <summary>Whether a transaction is open. SQLite itself ends one on some failures, such as a full disk.</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    /// <summary>The texts of the statements prepared so far.</summary>
    public IReadOnlyCollection<string> Texts => _statements.Keys;

    public static Connection OpenWriter(string path) => Open(path, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE);

    public static Connection OpenReader(string path) => Open(path, raw.SQLITE_OPEN_READONLY);

    /// <summary>A statement prepared once for the life of the connection. Only for texts that this program wrote.</summary>
    public Statement Prepare(string sql)
    {
        if (_statements.TryGetValue(sql, out var known))
            return known;
        Check(raw.sqlite3_prepare_v3(_handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out var handle));
        return _statements[sql] = new Statement(this, handle);
    }

    /// <summary>Runs a script of any number of statements without parameters.</summary>
    public void Execute(string script) => Check(raw.sqlite3_exec(_handle, script));

    /// <summary>Throws unless the result code means success.</summary>
    public void Check(int result)
    {
        if (result is not (raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE))
            throw new SqliteFailure(raw.sqlite3_extended_errcode(_handle), raw.sqlite3_errmsg(_handle).utf8_to_string());
    }

    /// <summary>How many pages were written since the last call.</summary>
    public int TakePagesWritten()
    {
        Check(raw.sqlite3_db_status(_handle, raw.SQLITE_DBSTATUS_CACHE_WRITE, out var pages, out _, resetFlg: 1));
        return pages;
    }

    /// <summary>Copies as much of the log into the database as readers allow.</summary>
    /// <returns>The pages in the log.</returns>
    public int Checkpoint() => Checkpoint(raw.SQLITE_CHECKPOINT_PASSIVE);

    /// <summary>Copies the whole log and starts it over, unless another program reads.</summary>
    public void CheckpointAndRestartLog()
    {
        Check(raw.sqlite3_busy_timeout(_handle, CheckpointTimeoutMilliseconds));
        Checkpoint(raw.SQLITE_CHECKPOINT_RESTART);
        Check(raw.sqlite3_busy_timeout(_handle, BusyTimeoutMilliseconds));
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
            statement.Dispose();
        _handle.Dispose();
    }

    private int Checkpoint(int mode)
    {
        var result = raw.sqlite3_wal_checkpoint_v2(_handle, null, mode, out var logPages, out _);
        if (result != raw.SQLITE_BUSY) // A reader held on to the log, or another program is copying it.
            Check(result);
        return logPages;
    }

    private static Connection Open(string path, int flags)
    {
        // One thread at a time uses a connection, so SQLite's own mutex would only cost.
        var result = raw.sqlite3_open_v2(path, out var handle, flags | raw.SQLITE_OPEN_NOMUTEX, null);
        var connection = new Connection(handle);
        try
        {
            connection.Check(result);
            connection.Check(raw.sqlite3_busy_timeout(handle, BusyTimeoutMilliseconds));
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
