using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Writing;

/// <summary>
/// Copies the write-ahead log into the database now and then, so that the log stays small. The bulk is copied beside the writer,
/// by a connection of its own, while the writer goes on; the writer then copies the little that came meanwhile, so that the log starts over.
/// SQLite's own automatic checkpoint never waits for readers: under steady reading the log would never start over, and grow as long as that
/// lasts. So once it is large, readers are held up for a moment.
/// </summary>
internal sealed class Checkpointer(Connection writer, ReaderPool readers, string path) : IDisposable
{
    // 4,000 pages are 16 MB. Fewer cost throughput, more make the log larger.
    private const int PagesBetween = 4_000;
    private const int MaxLogPages = 4 * PagesBetween;

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private Connection? _copier;
    private Task? _copy;
    private int _pages;

    /// <summary>To be called between transactions.</summary>
    /// <exception cref="SqliteFailure">The log could not be copied; it is tried again later.</exception>
    public void RunIfDue()
    {
        _pages += writer.TakePagesWritten();
        if (_copy is null && _pages >= PagesBetween)
            _copy = Task.Run(Copy);
        else if (_copy is not null && (_copy.IsCompleted || _pages >= MaxLogPages))
            Finish();
    }

    public void Dispose()
    {
        // How it ended matters to nobody any more: what is in the log stays there.
        ((IAsyncResult?)_copy)?.AsyncWaitHandle.WaitOne();
        _copier?.Dispose();
    }

    private void Copy()
    {
        if (_copier is null)
        {
            var copier = Connection.OpenWriter(path);
            copier.Execute(Pragmas.Writer);
            _copier = copier;
        }
        _copier.Checkpoint();
    }

    private void Finish()
    {
        var copy = _copy!;
        _copy = null;
        _pages = 0;
        copy.GetAwaiter().GetResult();
        if (writer.Checkpoint() >= MaxLogPages)
            readers.WhileNobodyReads(Patience, writer.CheckpointAndRestartLog);
    }
}
