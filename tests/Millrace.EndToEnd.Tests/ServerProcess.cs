using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

namespace Millrace.EndToEnd.Tests;

/// <summary>The real server as a process of its own, over a data directory that outlives it: it can be killed and started again.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("millrace-e2e-");
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly ConcurrentQueue<string> _output = new();
    private Process? _process;

    private ServerProcess(IReadOnlyDictionary<string, string> environment) => _environment = environment;

    public HttpClient Http { get; } = new() { Timeout = TimeSpan.FromSeconds(90) };

    public string DataDirectory => _directory.FullName;

    public string DatabasePath => Path.Combine(DataDirectory, "millrace.db");

    public string Output => string.Join('\n', _output);

    public static async Task<ServerProcess> StartAsync(params (string Name, string Value)[] environment)
    {
        var server = new ServerProcess(environment.ToDictionary(setting => setting.Name, setting => setting.Value));
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Starts the server over the data that is there, and waits until it answers.</summary>
    public async Task StartAgainAsync()
    {
        var port = FreePort();
        Http.CancelPendingRequests();
        BaseAddress = new Uri($"http://127.0.0.1:{port}/");
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { ServerPath(), "--urls", BaseAddress.ToString().TrimEnd('/'), "--data", DataDirectory },
            WorkingDirectory = DataDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in _environment)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await UntilItAnswersAsync();
    }

    public Uri BaseAddress { get; private set; } = null!;

    public Uri Url(string path) => new(BaseAddress, path);

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        _process!.Kill(entireProcessTree: true);
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
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException || (e is OperationCanceledException && !TestContext.Current.CancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    public async Task<JsonElement> GetAsync(string path)
    {
        using var response = await Http.GetAsync(Url(path), TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, $"GET {path}: {(int)response.StatusCode} {text}");
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    public async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(string path, string body, string type = "application/json", string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Url(path)) { Content = new StringContent(body, System.Text.Encoding.UTF8, type) };
        if (idempotencyKey is not null)
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        using var response = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            Kill();
        Http.Dispose();
        _directory.Delete(recursive: true);
        await ValueTask.CompletedTask;
    }

    private void Keep(string? line)
    {
        if (line is not null)
            _output.Enqueue(line);
    }

    private async Task UntilItAnswersAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            Assert.False(_process!.HasExited, $"The server ended:\n{Output}");
            try
            {
                using var response = await Http.GetAsync(Url("health/ready"), patience.Token);
                if (response.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet; there is no signal to wait on but the answer itself.
            }
            await Task.Delay(TimeSpan.FromMilliseconds(20), patience.Token);
        }
    }

    private static string ServerPath()
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root!.FullName, "Millrace.slnx")))
            root = root.Parent;
        return Path.Combine(root.FullName, "src", "Millrace.Server", "bin", configuration, "net10.0", "Millrace.Server.dll");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
