using System.Diagnostics;

namespace Millrace.Storage.Tests.Sqlite;

/// <summary>A directory that is removed with everything in it.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("millrace-").FullName;

    public string At(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);

    /// <summary>Copies the files of a store as a crash would leave them, while it is open.</summary>
    public string CopyOfOpen(string from, string to)
    {
        var copy = Directory.CreateDirectory(At(to)).FullName;
        foreach (var name in new[] { "millrace.db", "millrace.db-wal" })
        {
            var (source, target) = (System.IO.Path.Combine(At(from), name), System.IO.Path.Combine(copy, name));
            // .NET asks for a lock on what it reads, which the store has.
            if (OperatingSystem.IsWindows())
                File.Copy(source, target);
            else
                Process.Start("cp", [source, target])!.WaitForExit();
        }
        return copy;
    }
}
