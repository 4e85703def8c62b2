using System.Collections.Concurrent;
using System.Diagnostics;

namespace Millrace.Tests.Processes;

/// <summary>The sample orchestrator as a process of its own.</summary>
public sealed class OrchestratorProcess : IAsyncDisposable
{
    public const string Token = "orchestrator-token-for-tests";

    private const string Listening = "The orchestrator listens on ";

    private readonly ConcurrentQueue<string> _output = new();
    private readonly Process _process;

    private OrchestratorProcess(Process process) => _process = process;

    public string Url { get; private set; } = "";

    /// <summary>What it has said: a line for each call, with its key and its trace.</summary>
    public IReadOnlyList<string> Output => [.. _output];

    /// <summary>The settings by which a server finds it.</summary>
    public (string, string)[] Settings => [("ORCHESTRATOR_URL", Url), ("ORCHESTRATOR_TOKEN", Token), ("RAG_SERVICE_URL", Url + "/"), ("RAG_SERVICE_TOKEN", Token)];

    public static async Task<OrchestratorProcess> StartAsync()
    {
        var start = new ProcessStartInfo("node")
        {
            ArgumentList = { Path.Combine(Root(), "samples", "orchestrator", "orchestrator.mjs"), "127.0.0.1:0" },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            Environment = { ["ORCHESTRATOR_TOKEN"] = Token },
        };
        var orchestrator = new OrchestratorProcess(Process.Start(start)!);
        var listens = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        orchestrator._process.OutputDataReceived += (_, line) => orchestrator.Keep(line.Data, listens);
        orchestrator._process.ErrorDataReceived += (_, line) => orchestrator.Keep(line.Data, listens);
        orchestrator._process.BeginOutputReadLine();
        orchestrator._process.BeginErrorReadLine();
        orchestrator._process.Exited += (_, _) => listens.TrySetException(new InvalidOperationException($"The orchestrator does not start:\n{string.Join('\n', orchestrator._output)}"));
        orchestrator._process.EnableRaisingEvents = true;
        orchestrator.Url = await listens.Task.WaitAsync(ServerProcess.Patience, TestContext.Current.CancellationToken);
        return orchestrator;
    }

    /// <summary>Waits until it has said something.</summary>
    public async Task WhenSaidAsync(Predicate<string> isIt)
    {
        using var patience = new CancellationTokenSource(ServerProcess.Patience);
        while (!_output.Any(line => isIt(line)))
            await Task.Delay(TimeSpan.FromMilliseconds(20), patience.Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    private void Keep(string? line, TaskCompletionSource<string> listens)
    {
        if (line is null)
            return;
        _output.Enqueue(line);
        if (line.StartsWith(Listening, StringComparison.Ordinal))
            listens.TrySetResult(line[Listening.Length..]);
    }

    private static string Root()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root!.FullName, "Millrace.slnx")))
            root = root.Parent;
        return root.FullName;
    }
}
