using System.Diagnostics;
using Millrace.Cli.Output;

namespace Millrace.Cli.Tests;

/// <summary>What a command line came to.</summary>
public sealed record CommandResult(int ExitCode, string Out, string Error)
{
    /// <summary>Runs a command line in this process.</summary>
    public static async Task<CommandResult> RunHereAsync(params string[] arguments)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var exitCode = await MillraceCommand.RunAsync(arguments, new Terminal(output, error, hasRichOut: false, hasRichError: false));
        return new CommandResult(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>Runs the built command as a process of its own.</summary>
    public static async Task<CommandResult> RunAsync(string[] arguments, string? input = null)
    {
        using var process = CommandProcess.Start(arguments);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new CommandResult(process.ExitCode, await output, await error);
    }
}

/// <summary>The built command as a process.</summary>
public static class CommandProcess
{
    public static Process Start(string[] arguments, string? temporaryDirectory = null)
    {
        var start = new ProcessStartInfo("dotnet", [CommandPath(), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (temporaryDirectory is not null)
            start.Environment[OperatingSystem.IsWindows() ? "TMP" : "TMPDIR"] = temporaryDirectory;
        return Process.Start(start)!;
    }

    /// <summary>
    /// Asks a process to end, as Ctrl-C does. Not by that signal itself: a process started in the background ignores it, and so does
    /// whatever it starts.
    /// </summary>
    public static async Task TerminateAsync(Process process)
    {
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString()]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The folder with the built command.</summary>
    public static string Folder
    {
        get
        {
            var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
            var root = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(root!.FullName, "Millrace.slnx")))
                root = root.Parent;
            return Path.Combine(root.FullName, "src", "Millrace.Cli", "bin", configuration, "net10.0");
        }
    }

    private static string CommandPath() => Path.Combine(Folder, "millrace.dll");
}

/// <summary>A directory of files for one test.</summary>
public sealed class WorkFolder : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("millrace-cli-tests-");

    public string FullName => _directory.FullName;

    public string Write(string name, string content)
    {
        var path = Path.Combine(FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
