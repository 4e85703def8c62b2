using System.Collections.Concurrent;

namespace Millrace.Storage.Sqlite.Connections;

/// <summary>Read-only connections; each reader has one to itself while it reads, and sees the last commit.</summary>
internal sealed class ReaderPool(string path) : IDisposable
{
    private const int KeptConnections = 16;

    private readonly ConcurrentBag<Connection> _idle = [];

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
        catch (SqliteFailure failure)
        {
            connection?.Dispose();
            throw failure.ToStoreException(path, rolledBack: true);
        }
    }

    public void Dispose()
    {
        while (_idle.TryTake(out var connection))
            connection.Dispose();
    }

    private void Return(Connection connection)
    {
        if (_idle.Count < KeptConnections)
            _idle.Add(connection);
        else
            connection.Dispose();
    }
}
