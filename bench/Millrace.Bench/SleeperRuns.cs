using System.Diagnostics;
using System.Globalization;

namespace Millrace.Bench;

/// <summary>Executions that wait: how fast they fall asleep, and what they cost while they do.</summary>
internal static class SleeperRuns
{
    private const int Sleepers = 10_000;
    private const int Rounds = 3;
    private const int Warmup = 500;
    private const string Document = """
        {"id":"sleeper","name":"Sleeper","nodes":[{"id":"start","type":"start"},{"id":"before","type":"BEFORE"},{"id":"sleep","type":"delay","config":{"duration":"PT1H"}},{"id":"after","type":"noop"}],
         "edges":[{"source":"start","target":"before"},{"source":"before","target":"sleep"},{"source":"sleep","target":"after"}]}
        """;

    public static void Run(Report report)
    {
        report.Heading($"sleepers: {Sleepers:N0} executions started over HTTP until all of them sleep for an hour");
        Run(
            report,
            "asleep at once",
            Document.Replace("BEFORE", "transform\",\"config\":{\"expression\":\"data\"},\"notes\":\"", StringComparison.Ordinal));
        Run(report, "asleep after an effect", Document.Replace("BEFORE", "noop", StringComparison.Ordinal));
    }

    private static void Run(Report report, string name, string document)
    {
        using var directory = new TemporaryDirectory();
        using (var first = Start(directory))
        {
            first.Post("/api/v1/workflows", document);
            Load(first).Run(64, 2_000);
        }
        var disk = DiskOf(directory);
        using (var server = Start(directory))
            Measure(report, name, server);
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture, $"  disk {(double)(DiskOf(directory) - disk) / (Rounds * Sleepers + Warmup):N0} bytes each"));
    }

    private static void Measure(Report report, string name, ServerTarget server)
    {
        var load = Load(server);
        load.Run(64, Warmup);
        var before = server.Memory();
        for (var round = 1; round <= Rounds; round++)
            Measure(report, $"{name}, round {round}", server, load, before);
    }

    private static void Measure(Report report, string name, ServerTarget server, HttpLoad load, long before)
    {
        var processor = server.ProcessorTime();
        var clock = Stopwatch.StartNew();
        var times = load.Run(64, Sleepers);
        while (!AllAsleep(server))
            Thread.Sleep(5);
        report.Add($"{name}, 64 at once", times, clock.Elapsed, server.ProcessorTime() - processor);
        var after = server.Memory();
        Thread.Sleep(TimeSpan.FromSeconds(10));
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"  memory before {before / 1e6:F0} MB, after {after / 1e6:F0} MB, 10 s later {server.Memory() / 1e6:F0} MB"));
    }

    private static ServerTarget Start(TemporaryDirectory directory) =>
        ServerTarget.Start(port => ["dotnet", ServerTarget.Path, "--urls", $"http://127.0.0.1:{port}", "--data", directory.Path]);

    private static HttpLoad Load(ServerTarget server) =>
        new(new Uri(server.Url, "/api/v1/workflows/sleeper/execute"), "{\"input\":{}}", "\"workflowId\":\"sleeper\"");

    private static bool AllAsleep(ServerTarget server)
    {
        using var client = new HttpClient();
        return client.GetStringAsync(
            new Uri(server.Url, "/api/v1/executions?status=running,pending&limit=1")).GetAwaiter().GetResult().Trim() is "[]";
    }

    private static long DiskOf(TemporaryDirectory directory) => SqliteFile.BytesOf(directory.At("millrace.db"));
}
