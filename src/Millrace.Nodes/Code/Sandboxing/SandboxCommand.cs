using System.Collections.Immutable;
using Millrace.Nodes.Code.Languages;

namespace Millrace.Nodes.Code.Sandboxing;

/// <summary>
/// The command that starts an interpreter in a sandbox: no network, no files but the system's programs (which cannot be written), a small
/// empty
/// /tmp of its own, an empty environment, namespaces of its own for users, processes, messages and names, and limits on what it may use.
/// </summary>
internal static class SandboxCommand
{
    private const int MaxFiles = 64;
    private const int DiskBytes = 16 * 1024 * 1024;
    private const string Nobody = "65534";

    private static readonly ImmutableArray<string> SystemFolders = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"];

    /// <summary>The command; its first word is the program.</summary>
    /// <param name="tools">Where the tools are.</param>
    /// <param name="interpreter">The interpreter.</param>
    /// <param name="language">The language of the code.</param>
    /// <param name="mebibytes">How much memory the code may use.</param>
    /// <param name="seconds">How much processor time it may use.</param>
    public static ImmutableArray<string> For(SandboxTools tools, string interpreter, CodeLanguage language, int mebibytes, int seconds) =>
    [
        // Root has no limit on its processes, in a user namespace either: somebody else has.
        .. tools.SetPrivileges is { } setpriv
            ? (string[])[setpriv, "--reuid", Nobody, "--regid", Nobody, "--clear-groups", "--no-new-privs"]
            : [],
        tools.Bubblewrap, "--unshare-all", "--uid", "1000", "--gid", "1000", "--hostname", "sandbox", "--die-with-parent", "--new-session", "--cap-drop", "ALL",
        "--clearenv", "--setenv", "LANG", "C.UTF-8", "--setenv", "HOME", "/tmp", "--ro-bind", "/usr", "/usr",
        .. SystemFolders.SelectMany(Folder),
        .. interpreter.StartsWith("/usr/", StringComparison.Ordinal)
            ? (string[])[]
            : ["--ro-bind", Prefix(interpreter), Prefix(interpreter)],
        "--dev", "/dev", "--remount-ro", "/dev", "--size", $"{DiskBytes}", "--tmpfs", "/tmp", "--chdir", "/tmp", "--remount-ro", "/", "--",
        // Inside, where only this sandbox's own processes are counted.
        tools.Limits, $"--nproc={language.MaxProcesses}", $"--data={(language.OwnMebibytes + (long)mebibytes) * 1024 * 1024}",
        $"--nofile={MaxFiles}", $"--fsize={DiskBytes}", "--core=0", $"--cpu={seconds}", "--",
        interpreter, .. language.Arguments(language.RunnerText, mebibytes),
    ];

    // On most systems these are links into /usr; on the others they are folders.
    private static string[] Folder(string name)
    {
        var info = new DirectoryInfo("/" + name);
        if (info.LinkTarget is { } target)
            return ["--symlink", target, "/" + name];
        return info.Exists ? ["--ro-bind", "/" + name, "/" + name] : [];
    }

    // .../bin/python3 needs what lies beside bin.
    private static string Prefix(string interpreter) =>
        Path.GetDirectoryName(Path.GetDirectoryName(interpreter)) is { Length: > 1 } prefix ? prefix : Path.GetDirectoryName(interpreter)!;
}

/// <summary>The system's programs that make a sandbox.</summary>
/// <param name="Bubblewrap">bwrap.</param>
/// <param name="Limits">prlimit.</param>
/// <param name="SetPrivileges">setpriv; null: not needed, since this is not root.</param>
internal sealed record SandboxTools(string Bubblewrap, string Limits, string? SetPrivileges)
{
    /// <summary>Finds them; null with the reason where one is missing.</summary>
    public static SandboxTools? Find(out string? problem)
    {
        problem = null;
        if (!OperatingSystem.IsLinux())
            problem = "code nodes need bubblewrap, which exists only on Linux";
        else if (Programs.Find("bwrap") is not { } bubblewrap)
            problem = "bubblewrap is not installed (Debian and Ubuntu: apt-get install bubblewrap)";
        else if (Programs.Find("prlimit") is not { } limits)
            problem = "prlimit is not installed (Debian and Ubuntu: apt-get install util-linux)";
        else if (!Environment.IsPrivilegedProcess)
            return new SandboxTools(bubblewrap, limits, null);
        else if (Programs.Find("setpriv") is not { } setpriv)
            problem = "setpriv is not installed (Debian and Ubuntu: apt-get install util-linux), and as root the sandbox needs it";
        else
            return new SandboxTools(bubblewrap, limits, setpriv);
        return null;
    }
}
