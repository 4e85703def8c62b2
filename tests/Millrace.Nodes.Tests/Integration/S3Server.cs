using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Millrace.Nodes.Tests.Integration;

/// <summary>A server that speaks S3, from npm, as a process of its own on a free port. Its buckets are "docs" and "empty".</summary>
public sealed class S3Server : IAsyncLifetime
{
    /// <summary>The only key that it knows, by its own account.</summary>
    public const string Key = "S3RVER";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("millrace-s3-");
    private Process? _process;

    public Uri Url { get; private set; } = new("http://127.0.0.1");

    public async ValueTask InitializeAsync()
    {
        foreach (var file in (string[])["package.json", "package-lock.json"])
            File.Copy(Path.Combine(AppContext.BaseDirectory, "s3", file), Path.Combine(_folder.FullName, file));
        using (var install = Start(OperatingSystem.IsWindows() ? "npm.cmd" : "npm", "ci", "--no-audit", "--no-fund", "--silent"))
        {
            await install.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience);
            Assert.True(install.ExitCode == 0, await install.StandardError.ReadToEndAsync());
        }
        var port = FreePort();
        Url = new Uri($"http://127.0.0.1:{port}");
        _process = Start(
            "node",
            "node_modules/s3rver/bin/s3rver.js",
            "--directory",
            "data",
            "--address",
            "127.0.0.1",
            "--port",
            $"{port}",
            "--configure-bucket",
            "docs",
            "--configure-bucket",
            "empty");
        for (var patience = Stopwatch.StartNew(); !await AnswersAsync(); await Task.Delay(50))
            Assert.True(patience.Elapsed < Patience && !_process.HasExited, "The S3 server did not start.");
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
            _process.Dispose();
        }
        _folder.Delete(recursive: true);
    }

    private Process Start(string program, params string[] arguments)
    {
        var process = Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = _folder.FullName,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            })!;
        process.BeginOutputReadLine();
        return process;
    }

    private async Task<bool> AnswersAsync()
    {
        using var client = new HttpClient();
        try
        {
            using var response = await client.GetAsync(Url);
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
