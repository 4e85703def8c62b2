namespace Millrace.Nodes.Code.Sandboxing;

/// <summary>Finds programs: in the system's own folders first, since a sandbox sees nothing of a user's.</summary>
internal static class Programs
{
    private static readonly string[] OwnFolders = ["/usr/bin", "/usr/local/bin", "/bin", "/usr/sbin", "/sbin"];

    /// <summary>The program's path with links resolved; null: there is none.</summary>
    public static string? Find(string name)
    {
        var folders = (OperatingSystem.IsWindows() ? [] : OwnFolders).Concat(
            (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries));
        foreach (var folder in folders)
        {
            var path = Path.Combine(folder, OperatingSystem.IsWindows() ? name + ".exe" : name);
            if (Path.IsPathFullyQualified(path) && File.Exists(path))
                return Real(path);
        }
        return null;
    }

    /// <summary>Where a path leads.</summary>
    public static string Real(string path) => new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;
}
