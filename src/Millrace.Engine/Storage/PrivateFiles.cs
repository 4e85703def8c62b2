namespace Millrace.Engine.Storage;

/// <summary>
/// Makes files and directories that only the user of this process may read, since they hold keys and what workflows work on. What is
/// there already keeps its permissions: they may be somebody's decision. On Windows the directory above decides.
/// </summary>
public static class PrivateFiles
{
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerDirectory = OwnerFile | UnixFileMode.UserExecute;

    /// <summary>Makes a directory, and those above it, where they are missing.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory above does not allow it.</exception>
    public static DirectoryInfo MakeDirectory(string path)
    {
        if (OperatingSystem.IsWindows() || Directory.Exists(path))
            return Directory.CreateDirectory(path);
        // The system's own call would make those above readable for all.
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } above)
            MakeDirectory(above);
        return Directory.CreateDirectory(path, OwnerDirectory);
    }

    /// <summary>Opens a file without a buffer, making it where the mode says so.</summary>
    /// <exception cref="IOException">It cannot be opened or made.</exception>
    /// <exception cref="UnauthorizedAccessException">Its permissions, or its directory's, do not allow it.</exception>
    public static FileStream Open(string path, FileMode mode, FileAccess access, FileShare share, FileOptions options = FileOptions.None)
    {
        var settings = new FileStreamOptions { Mode = mode, Access = access, Share = share, BufferSize = 0, Options = options };
        // Not even a moment may pass in which somebody else could open it.
        if (!OperatingSystem.IsWindows() && mode != FileMode.Open)
            settings.UnixCreateMode = OwnerFile;
        return new FileStream(path, settings);
    }

    /// <summary>Makes a file private that something else has just made.</summary>
    public static void Restrict(string path)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, OwnerFile);
    }
}
