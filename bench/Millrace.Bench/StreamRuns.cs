using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Millrace.Bench.Peers;

namespace Millrace.Bench;

/// <summary>
/// What streams of events cost: the chain of five durable effects through HTTP while a thousand executions that wait are followed, and the
/// memory of
/// readers that do not read. Other builds may be measured beside this one: MILLRACE_BENCH_SERVERS has their Millrace.Server.dll, separated
/// by ';'.
/// </summary>
internal static class StreamRuns
{
    private const int Readers = 1_000;
    private const int Rounds = 3;
    private const int Connections = 64;
    private const long Unbounded = 3L * 1024 * 1024 * 1024;

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Warmup = TimeSpan.FromSeconds(8);

    public static void Run(Report report)
    {
        var servers = (Environment.GetEnvironmentVariable("MILLRACE_BENCH_SERVERS") ?? "")
            .Split(';', StringSplitOptions.RemoveEmptyEntries)
            .Prepend(ServerTarget.Path)
            .ToList();
        for (var i = 0; i < servers.Count; i++)
            Console.WriteLine($"build {i}: {servers[i]}");
        report.Heading($"Streams: chain of 5 durable effects, {Connections} at once");
        for (var i = 0; i < servers.Count; i++)
            MeasureFollowed(report, servers[i], i);
        Console.WriteLine();
        Console.WriteLine($"{"Streams: readers that do not read",-54} {"before MiB",12} {"peak MiB",12} {"50 s MiB",12} {"closed MiB",12}");
        for (var i = 0; i < servers.Count; i++)
            MeasureIdle(servers[i], i);
    }

    private static void MeasureFollowed(Report report, string program, int build)
    {
        using var directory = new TemporaryDirectory();
        using var server = Start(program, directory);
        var load = new HttpLoad(
            new Uri(server.Url, "/api/v1/workflows/durable/execute?wait=30"), "{\"input\":{}}", "\"status\":\"completed\"");
        load.Run(Connections, Warmup);
        var followed = Enumerable.Range(0, Readers).Select(_ => StartWaiting(server)).ToList();
        // By turns in one process, so that neither is measured colder than the other.
        for (var round = 0; round < Rounds; round++)
        {
            Measure(report, server, load, $"build {build}, nobody follows");
            var sockets = followed.ConvertAll(id => Follow(server.Url, $"/api/v1/executions/{id}/events"));
            Measure(report, server, load, $"build {build}, {Readers:N0} follow {Readers:N0} others");
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    private static void Measure(Report report, ServerTarget server, HttpLoad load, string name)
    {
        var processor = server.ProcessorTime();
        var times = load.Run(Connections, Duration);
        report.Add(name, times, Duration, server.ProcessorTime() - processor);
    }

    // Of the journal of a few seconds' work everybody asks for everything, and takes nothing.
    private static void MeasureIdle(string program, int build)
    {
        using var directory = new TemporaryDirectory();
        using var server = Start(program, directory);
        new HttpLoad(
            new Uri(server.Url, "/api/v1/workflows/durable/execute?wait=30"),
            "{\"input\":{}}",
            "\"status\":\"completed\"").Run(Connections, Duration);
        var before = server.Memory();
        var peak = before;
        var sockets = Enumerable.Range(0, Readers).Select(_ => Follow(server.Url, "/api/v1/events/stream?after=0", reads: false)).ToList();
        // Long enough for whoever cuts off such readers.
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(50) && peak < Unbounded; Thread.Sleep(100))
            peak = Math.Max(peak, server.Memory());
        var held = server.Memory();
        sockets.ForEach(socket => socket.Dispose());
        Thread.Sleep(TimeSpan.FromSeconds(15));
        Console.WriteLine(
            $"{$"build {build}, {Readers:N0} readers",-54} {before >> 20,12:N0} {(peak >= Unbounded ? ">" : "") + (peak >> 20),12} "
                + $"{held >> 20,12:N0} {server.Memory() >> 20,12:N0}");
    }

    private static ServerTarget Start(string program, TemporaryDirectory directory)
    {
        var server = ServerTarget.Start(port => ["dotnet", program, "--urls", $"http://127.0.0.1:{port}", "--data", directory.Path]);
        server.Post("/api/v1/workflows", MillraceWorkflows.Chain("durable", "noop", "{}"));
        server.Post("/api/v1/workflows", """{"id":"waits","name":"waits","nodes":[{"id":"wait","type":"delay","config":{"duration":"PT2H"}}],"edges":[]}""");
        return server;
    }

    private static string StartWaiting(ServerTarget server)
    {
        using var client = new HttpClient();
        using var content = new StringContent("{\"input\":{}}", Encoding.UTF8, "application/json");
        using var response = client.PostAsync(new Uri(server.Url, "/api/v1/workflows/waits/execute"), content).GetAwaiter().GetResult();
        using var answer = JsonDocument.Parse(response.Content.ReadAsStringAsync().GetAwaiter().GetResult());
        return answer.RootElement.GetProperty("id").GetString()!;
    }

    private static Socket Follow(Uri url, string path, bool reads = true)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(new IPEndPoint(IPAddress.Loopback, url.Port));
        socket.Send(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {url.Authority}\r\n\r\n"));
        if (reads)
            socket.Receive(new byte[16 * 1024]);
        return socket;
    }
}
