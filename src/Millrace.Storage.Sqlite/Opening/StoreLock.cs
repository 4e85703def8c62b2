using Millrace.Engine.Storage;

namespace Millrace.Storage.Sqlite.Opening;

/// <summary>
/// The operating system's locks that let only one process at a time own a store. They go with the process, however that
/// ends, so they are never stale.
/// </summary>
internal sealed class StoreLock : IDisposable
{
    private readonly List<FileStream> _held = [];

    private StoreLock()
    {
    }

    /// <exception cref="StoreException">Somebody holds one already, or a file cannot be made.</exception>
    public static StoreLock Take(IReadOnlyList<string> paths)
    {
        var taken = new StoreLock();
        try
        {
            foreach (var path in paths)
                taken.Add(path);
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
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            _held.Add(file);
            // FileShare.None may not reach other machines on a network file system; a byte-range lock does.
            if (!OperatingSystem.IsMacOS() && !OperatingSystem.IsFreeBSD())
                file.Lock(0, 1);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new StoreException($"'{path}' cannot be written. Check the permissions of its directory.", rolledBack: true, denied);
        }
        catch (IOException taken)
        {
            throw new StoreException(
                $"Another Millrace process uses '{Path.GetDirectoryName(path)}' (it holds '{Path.GetFileName(path)}' there). Stop that "
                    + "one, or name another directory with --data and another file with DATABASE_PATH.",
                rolledBack: true,
                taken);
        }
    }
}
