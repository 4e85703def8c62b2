using System.Globalization;
using System.Runtime.InteropServices;

namespace Millrace.Server.Hosting;

/// <summary>
/// How many connections the server takes at once: as many as there are open files and memory for, so that clients cannot take what the store and the
/// effects need. Further ones are closed as they come.
/// </summary>
/// <param name="Connections">How many connections.</param>
/// <param name="OpenFiles">How many files and sockets the process may have open; null: the system sets no limit.</param>
internal sealed partial record ConnectionLimit(int Connections, long? OpenFiles)
{
    /// <summary>Open files that connections never take: for the database, large values, outgoing calls and code nodes.</summary>
    public const int ReservedFiles = 512;

    /// <summary>What a connection may hold in memory, in bytes: a request that is read, or events that its reader has not taken.</summary>
    public const int ConnectionBytes = 256 * 1024;

    /// <summary>With fewer connections than this a server is of no use.</summary>
    public const int LeastConnections = 16;

    // RLIMIT_NOFILE
    private const int LinuxOpenFiles = 7;
    private const int BsdOpenFiles = 8;

    /// <summary>Why the server cannot start with this; null: it can.</summary>
    public string? Problem => Connections >= LeastConnections
        ? null
        : string.Create(
            CultureInfo.InvariantCulture, $"This process may have only {OpenFiles} files open, and needs {ReservedFiles + LeastConnections}.")
            + " Raise the limit, for example with 'ulimit -n 4096'.";

    /// <summary>The limit on this machine, under the limits of this process.</summary>
    public static ConnectionLimit Find() => Of(ReadOpenFiles(), GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    /// <summary>The limit with so many open files (null: any number) and so much memory.</summary>
    internal static ConnectionLimit Of(long? openFiles, long memoryBytes)
    {
        var byMemory = Math.Max(memoryBytes / ConnectionBytes, LeastConnections);
        var connections = openFiles is { } files ? Math.Min(files - ReservedFiles, byMemory) : byMemory;
        return new((int)Math.Clamp(connections, 0, int.MaxValue), openFiles);
    }

    private static long? ReadOpenFiles()
    {
        if (OperatingSystem.IsWindows())
            return null;
        var resource = OperatingSystem.IsLinux() ? LinuxOpenFiles : BsdOpenFiles;
        return ReadLimit(resource, out var limit) == 0 && limit.Current <= int.MaxValue ? (long)limit.Current : null;
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int ReadLimit(int resource, out ResourceLimit limit);

    [StructLayout(LayoutKind.Sequential)]
    private struct ResourceLimit
    {
        public nuint Current;
        public nuint Most;
    }
}
