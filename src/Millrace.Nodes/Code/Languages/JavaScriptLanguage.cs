using System.Collections.Immutable;
using System.Globalization;
using Millrace.Nodes.Code.Sandboxing;
using Millrace.Sandbox;

namespace Millrace.Nodes.Code.Languages;

/// <summary>
/// JavaScript, by an interpreter of our own in a process of its own: it has a hard limit of memory and knows no files, network or
/// programs. Where there is bubblewrap it stands around it as well.
/// </summary>
/// <param name="tools">What makes a sandbox; null: there is nothing on this machine.</param>
internal sealed class JavaScriptLanguage(SandboxTools? tools) : CodeLanguage
{
    private const string OwnFolder = "/app";
    private const string ModulesFolder = "/modules";
    private static readonly ImmutableArray<string> Files =
        ["Millrace.Sandbox.dll", "Millrace.Sandbox.runtimeconfig.json", "Jint.dll", "Acornima.dll"];

    public override string Name => "javascript";

    public override bool IsBoundAtStart => true;

    public override string Nothing => "return null;";

    public override ImmutableArray<SandboxCommand> Find(int mebibytes, CodeSettings settings, out string? problem)
    {
        problem = null;
        var folder = AppContext.BaseDirectory;
        if (Files.FirstOrDefault(file => !File.Exists(Path.Combine(folder, file))) is { } missing)
            problem = $"JavaScript cannot run on this server: '{missing}', which is part of Millrace, is not in {folder}.";
        else if (Runtime() is null)
            problem = "JavaScript cannot run on this server: the 'dotnet' program of the .NET that this server runs on is not there.";
        else if (settings.NodeModules is { } modules && !Directory.Exists(modules))
            problem = $"CODE_NODE_MODULES is '{modules}', where there is no folder.";
        if (problem is not null)
            return [];
        var environment = Environment(mebibytes);
        var plain = new SandboxCommand([Runtime()!, .. Arguments(folder, mebibytes, settings.NodeModules)], environment);
        return settings.Sandbox == CodeSandbox.Bubblewrap && tools is not null
            ? [Walled(tools, mebibytes, settings, environment), plain]
            : [plain];
    }

    private static SandboxCommand Walled(
        SandboxTools tools, int mebibytes, CodeSettings settings, ImmutableDictionary<string, string> environment)
    {
        var root = Path.GetDirectoryName(Runtime()!)!;
        (string, string)[] bound =
        [
            .. Files.Select(file => (Path.Combine(AppContext.BaseDirectory, file), $"{OwnFolder}/{file}")),
            .. root.StartsWith("/usr/", StringComparison.Ordinal) ? [] : ((string, string)[])[(root, root)],
            .. settings.NodeModules is { } modules ? ((string, string)[])[(Path.GetFullPath(modules), ModulesFolder)] : [],
        ];
        var words = Walls.Around(tools, environment, bound, hasProcesses: true);
        var arguments = Arguments(OwnFolder, mebibytes, settings.NodeModules is null ? null : ModulesFolder);
        return new SandboxCommand([.. words, Runtime()!, .. arguments], SandboxCommand.NoEnvironment) { HasWalls = true };
    }

    private static string[] Arguments(string folder, int mebibytes, string? modules) =>
    [
        "exec", "--runtimeconfig", Path.Combine(folder, "Millrace.Sandbox.runtimeconfig.json"),
        Path.Combine(folder, "Millrace.Sandbox.dll"),
        mebibytes.ToString(CultureInfo.InvariantCulture), modules ?? "",
    ];

    private static ImmutableDictionary<string, string> Environment(int mebibytes) =>
        SandboxCommand.NoEnvironment.AddRange(new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["DOTNET_GCHeapHardLimit"] = HeapBytes(mebibytes).ToString("X", CultureInfo.InvariantCulture),
        ["DOTNET_EnableDiagnostics"] = "0",
        ["DOTNET_EnableWriteXorExecute"] = "0",
        ["DOTNET_TieredPGO"] = "0",
        ["DOTNET_gcServer"] = "0",
        ["DOTNET_gcConcurrent"] = "0",
        ["DOTNET_NOLOGO"] = "1",
    });

    private static long HeapBytes(int mebibytes) => (SandboxProgram.OwnMebibytes + (long)mebibytes) * 1024 * 1024;

    // The program that runs this one's runtime; null: this one has brought its own.
    private static string? Runtime()
    {
        var libraries = Path.GetDirectoryName(typeof(object).Assembly.Location);
        var root = string.IsNullOrEmpty(libraries) ? null : Path.GetDirectoryName(Path.GetDirectoryName(Path.GetDirectoryName(libraries)));
        var program = root is null ? null : Path.Combine(root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
        return File.Exists(program) ? program : Sandboxing.Programs.Find("dotnet");
    }
}
