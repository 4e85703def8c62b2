using Millrace.Engine.Storage;

namespace Millrace.Storage.Sqlite.Opening;

/// <summary>Where the files of a store are.</summary>
/// <param name="Database">The database file.</param>
/// <param name="LockFiles">What to lock: the data directory, and the database, which may be reached on several paths.</param>
internal sealed record StoreFiles(string Database, IReadOnlyList<string> LockFiles)
{
    /// <exception cref="StoreException">A directory cannot be made.</exception>
    public static StoreFiles Locate(SqliteStoreOptions options)
    {
        var directory = MakeDirectory(Path.GetFullPath(options.DataDirectory));
        var database = options.DatabasePath is { Length: > 0 } path ? Path.GetFullPath(path) : Path.Combine(directory, "millrace.db");
        MakeDirectory(Path.GetDirectoryName(database) ?? directory);
        // SQLite keeps its log beside the file itself, whatever link led to it, and so do we the lock.
        if (new FileInfo(database) is { LinkTarget: not null } link)
            database = link.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? database;
        return new(database, [Path.Combine(directory, "millrace.lock"), database + ".lock"]);
    }

    /// <exception cref="StoreException">Another process has them.</exception>
    public StoreLock Lock() => StoreLock.Take(LockFiles, Database);

    private static string MakeDirectory(string directory)
    {
        try
        {
            return PrivateFiles.MakeDirectory(directory).FullName;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"The directory '{directory}' cannot be created ({failure.Message}). Name another one with --data.", rolledBack: true, failure);
        }
    }
}
