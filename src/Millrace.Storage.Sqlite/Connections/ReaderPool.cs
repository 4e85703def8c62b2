using System.Collections.Concurrent;
using Millrace.Engine.Storage;

namespace Millrace.Storage.Sqlite.Connections;

/// <summary>Read-only connections; each reader has one to itself while it reads, and sees the last commit.</summary>
internal sealed class ReaderPool(string path) : IDisposable
{
    private const int KeptConnections = 16;

    private readonly ConcurrentBag<Connection> _idle = [];
    private readonly ReaderWriterLockSlim _gate = new();
    private bool _isClosed;
    private int _kept;

    /// <exception cref="StoreException">The database could not be read.</exception>
    public T Read<T>(Func<Connection, T> query, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        _gate.EnterReadLock();
        try
        {
            if (_isClosed)
                throw new StoreException("The store is closed: the engine has stopped.", rolledBack: true);
            return Read(query);
        }
        finally
        {
            _gate.ExitReadLock();
        }
    }

    /// <summary>Runs something while nobody reads, unless somebody goes on reading for longer than the patience.</summary>
    public void WhileNobodyReads(TimeSpan patience, Action action)
    {
        if (!_gate.TryEnterWriteLock(patience))
            return;
        try
        {
            action();
        }
        finally
        {
            _gate.ExitWriteLock();
        }
    }

    /// <summary>Waits for whoever reads. Who comes later is refused, which is why the gate itself stays.</summary>
    public void Dispose()
    {
        _gate.EnterWriteLock();
        _isClosed = true;
        while (_idle.TryTake(out var connection))
            connection.Dispose();
        _gate.ExitWriteLock();
    }

    private T Read<T>(Func<Connection, T> query)
    {
        Connection? connection = null;
        try
        {
            connection = Take() ?? Connection.OpenReader(path);
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

    private Connection? Take()
    {
        if (!_idle.TryTake(out var connection))
            return null;
        Interlocked.Decrement(ref _kept);
        return connection;
    }

    // Counted beside the bag: to count itself, the bag stops everybody who uses it.
    private void Return(Connection connection)
    {
        if (Interlocked.Increment(ref _kept) <= KeptConnections)
        {
            _idle.Add(connection);
            return;
        }
        Interlocked.Decrement(ref _kept);
        connection.Dispose();
    }
}
