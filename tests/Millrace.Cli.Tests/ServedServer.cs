using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace Millrace.Cli.Tests;

/// <summary>`millrace serve` as a process, on a port that was free.</summary>
public sealed class ServedServer : IAsyncLifetime
{
    private readonly WorkFolder _folder = new();
    private readonly HttpClient _http = new();
    private Process? _process;

    public string Url { get; private set; } = "http://127.0.0.1:0";

    public async ValueTask InitializeAsync()
    {
        await StartAsync();
        foreach (var document in new[] { Documents.Route, Documents.Fails, Documents.Waits, Documents.WaitsBriefly })
        {
            using var content = new StringContent(document, Encoding.UTF8, "application/json");
            using var response = await _http.PostAsync(new Uri(Url + "/api/v1/workflows"), content);
            Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        }
    }

    /// <summary>Starts it; again on the same port, if it ran before.</summary>
    public async Task StartAsync()
    {
        _process = CommandProcess.Start(["serve", "--urls", Url, "--data", Path.Combine(_folder.FullName, "data")]);
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginErrorReadLine();
        var listening = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null)
                listening.TrySetException(new InvalidOperationException("The server ended before it listened."));
            else if (Regex.Match(line.Data, "listens on (?<url>http://[^ ]+)", RegexOptions.None, TimeSpan.FromSeconds(1)) is { Success: true } match)
                listening.TrySetResult(match.Groups["url"].Value);
        };
        _process.BeginOutputReadLine();
        Url = await listening.Task;
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process!.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _http.Dispose();
        _folder.Dispose();
    }
}
