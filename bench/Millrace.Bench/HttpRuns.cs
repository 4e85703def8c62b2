using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace Millrace.Bench;

/// <summary>The whole way, client included on the same cores: executions a second through HTTP, beside a bare committer behind Kestrel.</summary>
internal static class HttpRuns
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Warmup = TimeSpan.FromSeconds(4);

    public static void Run(Report report)
    {
        report.Heading("HTTP: requests, client on the same cores");
        using (var bare = Start(port => ["dotnet", Environment.GetCommandLineArgs()[0], "bare-server", $"http://127.0.0.1:{port}"]))
        {
            Measure(report, bare, "bare committer, chain of 5", "/chain");
            Measure(report, bare, "bare committer, one commit", "/one");
        }
        using var directory = new TemporaryDirectory();
        using var server = Start(port => ["dotnet", ServerPath(), "--urls", $"http://127.0.0.1:{port}", "--data", directory.Path]);
        Post(server.Url, "/api/v1/workflows", Chain("durable", "noop", "{}"));
        Post(server.Url, "/api/v1/workflows", Chain("pure", "transform", """{"expression":"data"}"""));
        Measure(report, server, "Millrace, chain of 5 durable effects", "/api/v1/workflows/durable/execute?wait=30");
        Measure(report, server, "Millrace, chain of 5 pure nodes", "/api/v1/workflows/pure/execute?wait=30");
    }

    private static void Measure(Report report, Target target, string name, string path)
    {
        foreach (var connections in new[] { 64, 1 })
        {
            var load = new HttpLoad(new Uri(target.Url, path), "{\"input\":{}}", "\"status\":\"completed\"");
            load.Run(connections, Warmup);
            var processor = target.ProcessorTime();
            var times = load.Run(connections, Duration);
            report.Add($"{name}, {connections} at once", times, Duration, target.ProcessorTime() - processor);
        }
    }

    private static string Chain(string id, string type, string config)
    {
        var nodes = string.Join(',', "abcde".Select(node => $$"""{"id":"{{node}}","type":"{{type}}","config":{{config}}}"""));
        var edges = string.Join(',', "abcd".Select(node => $$"""{"source":"{{node}}","target":"{{(char)(node + 1)}}"}"""));
        return $$"""{"id":"{{id}}","name":"{{id}}","nodes":[{"id":"start","type":"start"},{{nodes}}],"edges":[{"source":"start","target":"a"},{{edges}}]}""";
    }

    private static void Post(Uri url, string path, string body)
    {
        using var client = new HttpClient();
        using var content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        using var response = client.PostAsync(new Uri(url, path), content).GetAwaiter().GetResult();
        if (!response.IsSuccessStatusCode)
            throw new InvalidOperationException(response.Content.ReadAsStringAsync().GetAwaiter().GetResult());
    }

    private static Target Start(Func<int, string[]> command)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var arguments = command(port);
        var process = Process.Start(new ProcessStartInfo(arguments[0], arguments[1..]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        for (var deadline = Stopwatch.StartNew(); ;)
        {
            try
            {
                using var probe = new TcpClient("127.0.0.1", port);
                return new Target(process, new Uri($"http://127.0.0.1:{port}"));
            }
            catch (SocketException) when (deadline.Elapsed < TimeSpan.FromSeconds(20) && !process.HasExited)
            {
                Thread.Sleep(20);
            }
        }
    }

    private static string ServerPath()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root!.FullName, "Millrace.slnx")))
            root = root.Parent;
        return Path.Combine(root.FullName, "src", "Millrace.Server", "bin", "Release", "net10.0", "Millrace.Server.dll");
    }

    private sealed class Target(Process process, Uri url) : IDisposable
    {
        public Uri Url { get; } = url;

        public TimeSpan ProcessorTime()
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }

        public void Dispose()
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
    }
}
