using Millrace.Engine.Storage;

namespace Millrace.Storage.Sqlite.Opening;

/// <summary>
/// The operating system's locks that let only one process at a time own a store. They go with the process, however that
/// ends, so they are never stale.
/// </summary>
internal sealed class StoreLock : IDisposable
{
    // What the system says: errno on Unix, a result code on Windows.
    private const int Again = 11;
    private const int MacAgain = 35;
    private const int ReadOnlyFileSystem = 30;
    private const int SharingViolation = unchecked((int)0x80070020);
    private const int LockViolation = unchecked((int)0x80070021);

    private readonly List<FileStream> _held = [];

    private StoreLock()
    {
    }

    /// <summary>Takes all of them, or none.</summary>
    /// <param name="lockFiles">Files that exist only to be locked; made where missing.</param>
    /// <param name="database">The database, which several names may lead to. Its own lock tells where the system keeps that apart from SQLite's.</param>
    /// <exception cref="StoreException">Somebody holds one already, or a file cannot be made.</exception>
    public static StoreLock Take(IReadOnlyList<string> lockFiles, string database)
    {
        var taken = new StoreLock();
        try
        {
            foreach (var path in lockFiles)
                taken.Add(path);
            if (OperatingSystem.IsLinux() && !IsOnNetwork(database))
                taken.AddDatabase(database);
            else
                MakeDatabase(database);
            return taken;
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var file in _held)
            file.Dispose();
    }

    private void Add(string path)
    {
        try
        {
            var file = PrivateFiles.Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            _held.Add(file);
            // FileShare.None may not reach other machines on a network file system; a byte-range lock does.
            if (!OperatingSystem.IsMacOS() && !OperatingSystem.IsFreeBSD())
                file.Lock(0, 1);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Explain(path, failure);
        }
    }

    // Two hard links are one file with two names, and SQLite would give each a log of its own, which destroys the data. FileShare.None is flock
    // here, which SQLite's locks do not see. It must be let go only after SQLite has closed the file: closing any handle ends SQLite's locks.
    private void AddDatabase(string path)
    {
        try
        {
            _held.Add(PrivateFiles.Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Explain(path, failure);
        }
    }

    // SQLite would make it readable for all. What SQLite makes beside it has the permissions of the database.
    private static void MakeDatabase(string path)
    {
        try
        {
            PrivateFiles.Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete).Dispose();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Explain(path, failure);
        }
    }

    // On NFS both kinds of lock are one, and SQLite would find its file locked.
    private static bool IsOnNetwork(string database) =>
        new DriveInfo(Path.GetDirectoryName(database)!).DriveFormat.StartsWith("nfs", StringComparison.OrdinalIgnoreCase);

    private static StoreException Explain(string path, Exception failure) => new(
        failure switch
        {
            UnauthorizedAccessException or IOException { HResult: ReadOnlyFileSystem } =>
                $"'{path}' cannot be written ({failure.Message}). Check the permissions of its directory, and that its file system is not "
                    + "mounted read-only.",
            IOException { HResult: Again or MacAgain or SharingViolation or LockViolation } =>
                $"Another Millrace process uses '{Path.GetDirectoryName(path)}' (it holds '{Path.GetFileName(path)}' there). Stop that "
                    + "one, or name another directory with --data and another file with DATABASE_PATH.",
            _ => $"'{path}' cannot be locked ({failure.Message}). Check the disk and its mount.",
        },
        rolledBack: true,
        failure);
}
