using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace Millrace.Bench;

/// <summary>A server as a process of its own, to be measured from outside.</summary>
internal sealed class ServerTarget(Process process, Uri url) : IDisposable
{
    public Uri Url { get; } = url;

    /// <summary>The server's program, as the build left it.</summary>
    public static string Path =>
        System.IO.Path.Combine(Repository.Root, "src", "Millrace.Server", "bin", "Release", "net10.0", "Millrace.Server.dll");

    /// <summary>Starts a command that listens on a free port, and waits until it does.</summary>
    public static ServerTarget Start(Func<int, string[]> command)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var arguments = command(port);
        var process =
            Process.Start(new ProcessStartInfo(arguments[0], arguments[1..]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        for (var deadline = Stopwatch.StartNew(); ;)
        {
            try
            {
                using var probe = new TcpClient("127.0.0.1", port);
                return new ServerTarget(process, new Uri($"http://127.0.0.1:{port}"));
            }
            catch (SocketException) when (deadline.Elapsed < TimeSpan.FromSeconds(20) && !process.HasExited)
            {
                Thread.Sleep(20);
            }
        }
    }

    public void Post(string path, string body)
    {
        using var client = new HttpClient();
        using var content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        using var response = client.PostAsync(new Uri(Url, path), content).GetAwaiter().GetResult();
        if (!response.IsSuccessStatusCode)
            throw new InvalidOperationException(response.Content.ReadAsStringAsync().GetAwaiter().GetResult());
    }

    public TimeSpan ProcessorTime()
    {
        process.Refresh();
        return process.TotalProcessorTime;
    }

    /// <summary>The memory that it holds, bytes.</summary>
    public long Memory()
    {
        process.Refresh();
        return process.WorkingSet64;
    }

    public void Dispose()
    {
        process.Kill();
        process.WaitForExit();
        process.Dispose();
    }
}
