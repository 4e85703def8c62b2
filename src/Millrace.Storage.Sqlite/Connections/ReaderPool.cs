using System.Collections.Concurrent;

namespace Millrace.Storage.Sqlite.Connections;

/// <summary>Read-only connections; each reader has one to itself while it reads, and sees the last commit.</summary>
internal sealed class ReaderPool(string path) : IDisposable
{
    private const int KeptConnections = 16;

    private readonly ConcurrentBag<Connection> _idle = [];
    private volatile bool _closed;

    /// <exception cref="Millrace.Engine.Storage.StoreException">The database could not be read.</exception>
    public T Read<T>(Func<Connection, T> query, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        Connection? connection = null;
        try
        {
            connection = _idle.TryTake(out var idle) ? idle : Connection.OpenReader(path);
            var result = query(connection);
            Return(connection);
            return result;
        }
        catch (Exception failure)
        {
            // Its statement may stand in the middle of its rows.
            connection?.Dispose();
            if (failure is SqliteFailure sqlite)
                throw sqlite.ToStoreException(path, rolledBack: true);
            throw;
        }
    }

    public void Dispose()
    {
        _closed = true;
        while (_idle.TryTake(out var connection))
            connection.Dispose();
    }

    private void Return(Connection connection)
    {
        if (!_closed && _idle.Count < KeptConnections)
            _idle.Add(connection);
        else
            connection.Dispose();
    }
}
