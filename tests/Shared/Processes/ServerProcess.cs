using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Millrace.Tests.Processes;

/// <summary>The real server as a process of its own, over a data directory that outlives it: it can be killed and started again.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    // What must happen happens at once on an idle machine; this one may be busy with other tests.
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private const string Listening = " Millrace listens on ";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("millrace-e2e-");
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly ConcurrentQueue<string> _output = new();
    private Process? _process;
    private int? _openFiles;

    private ServerProcess(IReadOnlyDictionary<string, string> environment) => _environment = environment;

    public HttpClient Http { get; } = new() { Timeout = TimeSpan.FromSeconds(90) };

    public string DataDirectory => _directory.FullName;

    public string DatabasePath => Path.Combine(DataDirectory, "millrace.db");

    public string Output => string.Join('\n', _output);

    public string LastOutput => string.Join('\n', _output.TakeLast(30));

    public static async Task<ServerProcess> StartAsync(params (string Name, string Value)[] environment)
    {
        var server = new ServerProcess(environment.ToDictionary(setting => setting.Name, setting => setting.Value));
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Starts a server that may have only so many files open. Not on Windows, which knows no such limit.</summary>
    public static async Task<ServerProcess> StartAsync(int openFiles)
    {
        var server = new ServerProcess(new Dictionary<string, string>()) { _openFiles = openFiles };
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Starts the server over the data that is there, and waits until it answers.</summary>
    public async Task StartAgainAsync() => Assert.True(await TryStartAgainAsync(Patience), $"The server does not start:\n{Output}");

    /// <summary>The same, and kills it where that takes too long for the test's taste.</summary>
    /// <param name="longest">How long it may take.</param>
    /// <param name="environment">What this life's environment has besides.</param>
    /// <returns>False: it was killed, or it ended by itself, before it answered.</returns>
    public async Task<bool> TryStartAgainAsync(TimeSpan longest, (string Name, string Value)[]? environment = null)
    {
        Http.CancelPendingRequests();
        // It says which port it got: one that is free now may be somebody else's when the server asks for it.
        var listens = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        _process = Process.Start(StartInfo(environment ?? []))!;
        _process.OutputDataReceived += (_, line) => Keep(line.Data, listens);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data, listens);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        using var patience = new CancellationTokenSource(longest);
        await Task.WhenAny(listens.Task, WhenDeadAsync(patience.Token));
        if (!listens.Task.IsCompleted)
        {
            Kill();
            return false;
        }
        BaseAddress = await listens.Task;
        return await TryAsync(async () => await GetAsync("health/ready"));
    }

    /// <summary>Lets it live for a while, or until it ends by itself.</summary>
    public async Task StayAliveAsync(TimeSpan time)
    {
        if (_process is null)
            return;
        using var over = new CancellationTokenSource(time > TimeSpan.Zero ? time : TimeSpan.Zero);
        await WhenDeadAsync(over.Token);
    }

    private async Task WhenDeadAsync(CancellationToken over)
    {
        try
        {
            await _process!.WaitForExitAsync(over);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // It is alive.
        }
    }

    private ProcessStartInfo StartInfo((string Name, string Value)[] more)
    {
        string[] command = ["dotnet", ServerPath(), "--urls", "http://127.0.0.1:0", "--data", DataDirectory];
        if (_openFiles is { } files)
            command = ["/bin/sh", "-c", $"ulimit -n {files}; exec \"$@\"", "sh", .. command];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = DataDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in _environment)
            start.Environment[name] = value;
        foreach (var (name, value) in more)
            start.Environment[name] = value;
        return start;
    }

    public Uri BaseAddress { get; private set; } = null!;

    /// <summary>The system's number of it.</summary>
    public int Id => _process!.Id;

    /// <summary>Whether it has ended by itself.</summary>
    public bool HasEnded => _process?.HasExited != false;

    /// <summary>Whether it may say that its store is in trouble, or that it ends: that is then as if nobody had answered.</summary>
    public bool MayRefuse { get; set; }

    public Uri Url(string path) => new(BaseAddress, path);

    /// <summary>kill -9, where it is alive.</summary>
    public void Kill()
    {
        if (_process is null)
            return;
        _process!.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Asks something that a kill may interrupt.</summary>
    /// <returns>False: nobody answered, or not to the end; nothing is known then.</returns>
    public static async Task<bool> TryAsync(Func<Task> ask)
    {
        try
        {
            await ask();
            return true;
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or IOException or JsonException
            || (e is OperationCanceledException && !TestContext.Current.CancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    public async Task<JsonElement> GetAsync(string path)
    {
        using var response = await Http.GetAsync(Url(path), TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Refuse(response.StatusCode, text);
        Assert.True(response.IsSuccessStatusCode, $"GET {path}: {(int)response.StatusCode} {text}\n{LastOutput}");
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    public async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(string path, string body, string type = "application/json", string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Url(path)) { Content = new StringContent(body, System.Text.Encoding.UTF8, type) };
        if (idempotencyKey is not null)
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        using var response = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Refuse(response.StatusCode, text);
        Assert.True((int)response.StatusCode < 500 || response.StatusCode == HttpStatusCode.ServiceUnavailable, $"POST {path}: {(int)response.StatusCode} {text}\n{LastOutput}");
        return (response.StatusCode, JsonSerializer.Deserialize<JsonElement>(text));
    }

    private void Refuse(HttpStatusCode status, string text)
    {
        if (MayRefuse && status == HttpStatusCode.ServiceUnavailable && text.StartsWith('{'))
            throw new HttpRequestException(text);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            Kill();
        Http.Dispose();
        _directory.Delete(recursive: true);
        await ValueTask.CompletedTask;
    }

    private void Keep(string? line, TaskCompletionSource<Uri> listens)
    {
        if (line is null)
            return;
        _output.Enqueue(line);
        if (line.Split(Listening) is [_, var address])
            listens.TrySetResult(new Uri(address.Split(' ')[0] + "/"));
    }

    private static string ServerPath()
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root!.FullName, "Millrace.slnx")))
            root = root.Parent;
        return Path.Combine(root.FullName, "src", "Millrace.Server", "bin", configuration, "net10.0", "Millrace.Server.dll");
    }
}
