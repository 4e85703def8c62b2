using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Writing;

/// <summary>
/// Copies the write-ahead log into the database now and then, so that the log stays small. SQLite's own automatic checkpoint
/// never waits for readers: under steady reading the log would never start over, and grow as long as that lasts. So once it is
/// large, readers are held up for a moment.
/// </summary>
internal sealed class Checkpointer(Connection connection, ReaderPool readers)
{
    // 4,000 pages are 16 MB. Fewer cost throughput; more make the commit that waits for the copy slower (7 ms at 4,000, 26 ms at
    // 32,000, where it was measured).
    private const int PagesBetween = 4_000;
    private const int MostLogPages = 4 * PagesBetween;

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private int _pages;

    /// <summary>To be called between transactions.</summary>
    public void RunIfDue()
    {
        _pages += connection.TakePagesWritten();
        if (_pages < PagesBetween)
            return;
        _pages = 0;
        if (connection.Checkpoint() >= MostLogPages)
            readers.WhileNobodyReads(Patience, connection.CheckpointAndRestartLog);
    }
}
