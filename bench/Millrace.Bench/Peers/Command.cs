using System.Diagnostics;

namespace Millrace.Bench.Peers;

/// <summary>Runs a program to its end.</summary>
internal static class Command
{
    /// <summary>What it prints.</summary>
    /// <exception cref="InvalidOperationException">It failed; with what it said.</exception>
    public static string OutputOf(params string[] command)
    {
        using var process = Process.Start(
            new ProcessStartInfo(command[0], command[1..])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output.Trim()
            : throw new InvalidOperationException($"{string.Join(' ', command)}: {error.GetAwaiter().GetResult()}{output}");
    }
}
