using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using Millrace.Nodes.Code.Sandboxing;
using Millrace.Sandbox.Confinement;

namespace Millrace.Nodes.Code.Languages;

/// <summary>
/// Python, by the machine's own interpreter: a process in a sandbox that has loaded the usual modules, and is forked for each
/// call.
/// </summary>
/// <param name="processor">What the machine has: not for each one there is a filter of system calls.</param>
internal sealed class PythonLanguage(Architecture processor) : CodeLanguage
{
    /// <summary>How many threads a call may have.</summary>
    public const int MaxThreads = 16;

    /// <summary>How many files it may have open.</summary>
    public const int MaxFiles = 64;

    private const string PackagesFolder = "/packages";
    private const string Unconfined = "unconfined";
    private static readonly ImmutableArray<string> Programs = ["python3", "python"];

    public override string Name => "python";

    public override bool IsBoundAtStart => false;

    public override string Nothing => "return None";

    public override ImmutableArray<SandboxCommand> Find(int mebibytes, CodeSettings settings, out string? problem)
    {
        if (OperatingSystem.IsWindows())
        {
            problem = "Python does not run on Windows: it needs bubblewrap, which exists only on Linux. JavaScript runs on every system.";
            return [];
        }
        if (Interpreter(settings, out problem) is not { } interpreter || !FindPackages(settings, out var packages, out problem))
            return [];
        if (settings.Sandbox == CodeSandbox.None)
            return [new SandboxCommand([interpreter, .. Arguments(packages, Unconfined)], SandboxCommand.NoEnvironment) { IsSwept = true }];
        // Limits, and that nothing of a call outlives it, stand on it.
        var filter = SystemCalls.Filter(processor, mayChooseProcessors: false);
        if (filter.Length == 0)
        {
            problem = "Python cannot run safely on this server: its sandbox knows x64 and arm64 processors only, "
                + $"and this one is {processor}. {WithoutSandbox}";
            return [];
        }
        if (SandboxTools.Find(out var missing) is not { } tools)
        {
            problem = $"Python cannot run safely on this server: {missing}. {WithoutSandbox}";
            return [];
        }
        (string, string)[] bound = [.. OwnFolder(interpreter), .. packages is null ? [] : ((string, string)[])[(packages, PackagesFolder)]];
        // A pool of memory for each thread would count as used.
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["MALLOC_ARENA_MAX"] = "1" };
        var words = Walls.Around(tools, environment, bound, hasProcesses: false);
        var arguments = Arguments(packages is null ? null : PackagesFolder, Convert.ToHexString(filter));
        return [new SandboxCommand([.. words, interpreter, .. arguments], SandboxCommand.NoEnvironment) { HasWalls = true,
            IsSwept = true }];
    }

    // Isolated from its environment and without what somebody installed: the standard library, and what a setting names.
    private static string[] Arguments(string? packages, string confinement) =>
    [
        "-I", "-S", "-B", "-c", Text("runner.py"), packages ?? "", confinement,
        .. new[] { MaxThreads, MaxFiles, Walls.DiskBytes }.Select(most => most.ToString(CultureInfo.InvariantCulture)),
    ];

    private static string? Interpreter(CodeSettings settings, out string? problem)
    {
        problem = null;
        if (settings.Python is { } path && File.Exists(path))
            return Sandboxing.Programs.Real(path);
        if (settings.Python is null && Programs.Select(Sandboxing.Programs.Find).FirstOrDefault(found => found is not null) is { } found)
            return found;
        var missing = settings.Python is null ? string.Join(" or ", Programs) + " was not found" : $"'{settings.Python}' is not there";
        problem = $"There is no program to run python: {missing}. "
            + "Install it (Debian and Ubuntu: apt-get install python3), or set CODE_PYTHON to its path.";
        return null;
    }

    // A virtual environment, or the folder of packages in it.
    private static bool FindPackages(CodeSettings settings, out string? packages, out string? problem)
    {
        (packages, problem) = (settings.PythonPackages, null);
        if (packages is null)
            return true;
        var library = Path.Combine(packages, "lib");
        var within = !Directory.Exists(library)
            ? null
            : Directory.EnumerateDirectories(library, "python3*")
                .Select(folder => Path.Combine(folder, "site-packages"))
                .FirstOrDefault(Directory.Exists);
        packages = Path.GetFullPath(within ?? packages);
        if (Directory.Exists(packages))
            return true;
        problem = $"CODE_PYTHON_PACKAGES is '{settings.PythonPackages}', where there is no folder. Use the path of a virtual environment.";
        return false;
    }

    // .../bin/python3 needs what lies beside bin.
    private static IEnumerable<(string, string)> OwnFolder(string interpreter)
    {
        if (interpreter.StartsWith("/usr/", StringComparison.Ordinal))
            return [];
        var prefix = Path.GetDirectoryName(Path.GetDirectoryName(interpreter)) is { Length: > 1 } folder
            ? folder
            : Path.GetDirectoryName(interpreter)!;
        return [(prefix, prefix)];
    }
}
