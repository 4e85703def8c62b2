using System.Collections.Concurrent;
using System.Diagnostics;

namespace Millrace.Tests.Processes;

/// <summary>The sample worker in Python as a process of its own.</summary>
public sealed class PythonWorker : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _output = new();
    private readonly Process _process;

    private PythonWorker(Process process) => _process = process;

    public string Output => string.Join('\n', _output);

    /// <summary>Starts one, and waits until it has registered.</summary>
    public static async Task<PythonWorker> StartAsync(ServerProcess server, int leaseSeconds = 30)
    {
        var start = new ProcessStartInfo("python3")
        {
            ArgumentList = { "-u", PathOf("worker.py") },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            Environment = { ["MILLRACE_URL"] = server.BaseAddress.ToString(), ["WORKER_LEASE"] = leaseSeconds.ToString(), ["PYTHONDONTWRITEBYTECODE"] = "1" },
        };
        var worker = new PythonWorker(Process.Start(start)!);
        worker._process.OutputDataReceived += (_, line) => worker.Keep(line.Data);
        worker._process.ErrorDataReceived += (_, line) => worker.Keep(line.Data);
        worker._process.BeginOutputReadLine();
        worker._process.BeginErrorReadLine();
        await worker.WhenSaidAsync("registered");
        return worker;
    }

    /// <summary>Waits until it has said something.</summary>
    public async Task WhenSaidAsync(string text)
    {
        using var patience = new CancellationTokenSource(ServerProcess.Patience);
        while (!_output.Any(line => line.Contains(text, StringComparison.Ordinal)))
        {
            Assert.False(_process.HasExited, Output);
            await Task.Delay(TimeSpan.FromMilliseconds(20), patience.Token);
        }
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is not null)
            _output.Enqueue(line);
    }

    private static string PathOf(string file)
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root!.FullName, "Millrace.slnx")))
            root = root.Parent;
        return Path.Combine(root.FullName, "samples", "workers", "python", file);
    }
}
