using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Millrace.Nodes.Code.Languages;

namespace Millrace.Nodes.Code.Sandboxing;

/// <summary>A command that starts an interpreter.</summary>
/// <param name="Words">The program and its arguments.</param>
/// <param name="Environment">The whole environment that it has, but for what the system itself needs.</param>
internal sealed record SandboxCommand(ImmutableArray<string> Words, ImmutableDictionary<string, string> Environment)
{
    // What programs need to start at all, on the one system or the other.
    private static readonly string[] Inherited = ["PATH", "SystemRoot", "windir", "TEMP", "TMP"];

    /// <summary>An empty environment.</summary>
    public static readonly ImmutableDictionary<string, string> NoEnvironment =
        ImmutableDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Whether a sandbox of the system stands around it.</summary>
    public bool HasWalls { get; init; }

    /// <summary>Whether it says when nothing of a call is left.</summary>
    public bool IsSwept { get; init; }

    /// <summary>How it is started.</summary>
    public ProcessStartInfo ToStart()
    {
        var start = new ProcessStartInfo(Words[0], Words.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        var kept = Inherited.Where(start.Environment.ContainsKey).Select(name => (name, start.Environment[name])).ToList();
        start.Environment.Clear();
        foreach (var (name, value) in kept)
            start.Environment[name] = value;
        foreach (var (name, value) in Environment)
            start.Environment[name] = value;
        return start;
    }
}

/// <summary>
/// What stands around an interpreter on Linux: no network, no files but the system's programs (which cannot be written), a small
/// empty /tmp of its own, an empty environment, namespaces of its own for users, processes, messages and names.
/// </summary>
internal static class Walls
{
    /// <summary>How much its own folder may hold, bytes.</summary>
    public const int DiskBytes = 16 * 1024 * 1024;

    private const string Nobody = "65534";

    private static readonly ImmutableArray<string> SystemFolders = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"];

    /// <summary>The words before an interpreter's command.</summary>
    /// <param name="tools">Where the tools are.</param>
    /// <param name="environment">What is in its environment.</param>
    /// <param name="bound">What else it can read: where that is, and where it is seen.</param>
    /// <param name="hasProcesses">Whether it sees its own processes in /proc.</param>
    public static ImmutableArray<string> Around(SandboxTools tools, IReadOnlyDictionary<string, string> environment,
        IEnumerable<(string From, string To)> bound, bool hasProcesses) =>
    [
        // Root has no limit on its processes, in a user namespace either: somebody else has.
        .. tools.SetPrivileges is { } setpriv
            ? (string[])[setpriv, "--reuid", Nobody, "--regid", Nobody, "--clear-groups", "--no-new-privs"] : [],
        tools.Bubblewrap, "--unshare-all", "--uid", "1000", "--gid", "1000", "--hostname", "sandbox", "--die-with-parent",
            "--new-session", "--cap-drop", "ALL",
        "--clearenv", "--setenv", "LANG", "C.UTF-8", "--setenv", "HOME", "/tmp",
        .. environment.SelectMany(one => (string[])["--setenv", one.Key, one.Value]),
        "--ro-bind", "/usr", "/usr", .. SystemFolders.SelectMany(Folder),
        .. bound.SelectMany(one => (string[])["--ro-bind", one.From, one.To]),
        .. hasProcesses ? (string[])["--proc", "/proc"] : [],
        "--dev", "/dev", "--remount-ro", "/dev", "--size", DiskBytes.ToString(CultureInfo.InvariantCulture), "--tmpfs", "/tmp",
        "--chdir", "/tmp", "--remount-ro", "/", "--",
    ];

    // On most systems these are links into /usr; on the others they are folders.
    private static string[] Folder(string name)
    {
        var info = new DirectoryInfo("/" + name);
        if (info.LinkTarget is { } target)
            return ["--symlink", target, "/" + name];
        return info.Exists ? ["--ro-bind", "/" + name, "/" + name] : [];
    }
}

/// <summary>The system's programs that make a sandbox.</summary>
/// <param name="Bubblewrap">bwrap.</param>
/// <param name="SetPrivileges">setpriv; null: not needed, since this is not root.</param>
internal sealed record SandboxTools(string Bubblewrap, string? SetPrivileges)
{
    /// <summary>Finds them; null with the reason where one is missing.</summary>
    public static SandboxTools? Find(out string? problem)
    {
        problem = null;
        if (!OperatingSystem.IsLinux())
            problem = "Python needs bubblewrap, which exists only on Linux; JavaScript runs on every system";
        else if (Programs.Find("bwrap") is not { } bubblewrap)
            problem = "bubblewrap is not installed (Debian and Ubuntu: apt-get install bubblewrap)";
        else if (!Environment.IsPrivilegedProcess)
            return new SandboxTools(bubblewrap, null);
        else if (Programs.Find("setpriv") is not { } setpriv)
            problem = "setpriv is not installed (Debian and Ubuntu: apt-get install util-linux), and as root the sandbox needs it";
        else
            return new SandboxTools(bubblewrap, setpriv);
        return null;
    }
}
