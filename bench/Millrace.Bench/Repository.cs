namespace Millrace.Bench;

/// <summary>The checkout that this program was built in.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>A file of the peers' scripts, or of what npm installed beside them.</summary>
    public static string Peer(params string[] path) => Path.Combine([Root, "bench", "peers", .. path]);

    private static string Find()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root!.FullName, "Millrace.slnx")))
            root = root.Parent;
        return root.FullName;
    }
}
