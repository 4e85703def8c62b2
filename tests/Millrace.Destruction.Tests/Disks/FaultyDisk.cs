using System.Diagnostics;

namespace Millrace.Destruction.Tests.Disks;

/// <summary>disk.c, compiled: what a server has to be started with to get a disk that loses or fails.</summary>
internal static class FaultyDisk
{
    private static readonly Lazy<string> Library = new(Compile);

    /// <summary>Skips the test where there can be no such disk.</summary>
    public static void Need()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Calls are intercepted as Linux's loader does it.");
        Assert.SkipUnless(Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(directory => File.Exists(Path.Combine(directory, "gcc"))), "gcc is not installed (Debian and Ubuntu: apt-get install build-essential).");
    }

    /// <summary>The environment of a server whose disk notes what it does.</summary>
    public static (string Name, string Value)[] Noting(string directory, string log) =>
        [("LD_PRELOAD", Library.Value), ("DISK_DIRECTORY", directory), ("DISK_LOG", log)];

    /// <summary>The environment of a server whose disk fails.</summary>
    /// <param name="directory">Which files.</param>
    /// <param name="kind">How: eio, enospc, short, sync, read.</param>
    /// <param name="at">At which call of that kind, again after how many, and how many each time.</param>
    /// <param name="failed">A file that gets a byte for each failure.</param>
    public static (string Name, string Value)[] Failing(string directory, string kind, (int First, int Every, int Times) at, string failed) =>
        [("LD_PRELOAD", Library.Value), ("DISK_DIRECTORY", directory), ("DISK_FAIL", $"{kind}:{at.First}:{at.Every}:{at.Times}"), ("DISK_FAILED", failed)];

    private static string Compile()
    {
        var library = Path.Combine(AppContext.BaseDirectory, $"disk-{Environment.ProcessId}.so");
        using var gcc = Process.Start(new ProcessStartInfo("gcc")
        {
            ArgumentList = { "-shared", "-fPIC", "-O2", "-o", library, Path.Combine(AppContext.BaseDirectory, "disk.c"), "-ldl", "-lpthread" },
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        var errors = gcc.StandardError.ReadToEnd();
        gcc.WaitForExit();
        Assert.True(gcc.ExitCode == 0, $"disk.c does not compile:\n{errors}");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => File.Delete(library);
        return library;
    }
}
