using Millrace.Engine.Storage;

namespace Millrace.Storage.Sqlite.Opening;

/// <summary>Where the files of a store are.</summary>
/// <param name="Database">The database file.</param>
/// <param name="LockFiles">What to lock: the data directory, and a database that is elsewhere, which two directories could share.</param>
internal sealed record StoreFiles(string Database, IReadOnlyList<string> LockFiles)
{
    /// <exception cref="StoreException">A directory cannot be made.</exception>
    public static StoreFiles Locate(SqliteStoreOptions options)
    {
        var directory = MakeDirectory(Path.GetFullPath(options.DataDirectory));
        var directoryLock = Path.Combine(directory, "millrace.lock");
        if (options.DatabasePath is not { Length: > 0 } path)
            return new(Path.Combine(directory, "millrace.db"), [directoryLock]);

        var database = Path.GetFullPath(path);
        MakeDirectory(Path.GetDirectoryName(database) ?? directory);
        return new(database, [directoryLock, database + ".lock"]);
    }

    /// <exception cref="StoreException">Another process has them.</exception>
    public StoreLock Lock() => StoreLock.Take(LockFiles);

    private static string MakeDirectory(string directory)
    {
        try
        {
            return Directory.CreateDirectory(directory).FullName;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"The directory '{directory}' cannot be created ({failure.Message}). Name another one with --data.", rolledBack: true, failure);
        }
    }
}
