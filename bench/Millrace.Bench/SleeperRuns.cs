using System.Diagnostics;
using System.Globalization;

namespace Millrace.Bench;

/// <summary>Executions that wait: how fast they fall asleep, and what they cost while they do.</summary>
internal static class SleeperRuns
{
    private const int Sleepers = 10_000;
    private const string Document = """
        {"id":"sleeper","name":"Sleeper","nodes":[{"id":"start","type":"start"},{"id":"before","type":"BEFORE"},{"id":"sleep","type":"delay","config":{"duration":"PT1H"}},{"id":"after","type":"noop"}],
         "edges":[{"source":"start","target":"before"},{"source":"before","target":"sleep"},{"source":"sleep","target":"after"}]}
        """;

    public static void Run(Report report)
    {
        report.Heading($"sleepers: {Sleepers:N0} executions started over HTTP until all of them sleep for an hour");
        Run(report, "asleep at once", Document.Replace("BEFORE", "transform\",\"config\":{\"expression\":\"data\"},\"notes\":\"", StringComparison.Ordinal));
        Run(report, "asleep after an effect", Document.Replace("BEFORE", "noop", StringComparison.Ordinal));
    }

    private static void Run(Report report, string name, string document)
    {
        using var directory = new TemporaryDirectory();
        using var server = ServerTarget.Start(port => ["dotnet", ServerTarget.Path, "--urls", $"http://127.0.0.1:{port}", "--data", directory.Path]);
        server.Post("/api/v1/workflows", document);
        var load = new HttpLoad(new Uri(server.Url, "/api/v1/workflows/sleeper/execute"), "{\"input\":{}}", "\"workflowId\":\"sleeper\"");
        load.Run(64, 2_000);
        var (memoryBefore, diskBefore) = (server.Memory(), DiskOf(directory.Path));
        var processor = server.ProcessorTime();
        var clock = Stopwatch.StartNew();
        var times = load.Run(64, Sleepers);
        while (!AllAsleep(server))
            Thread.Sleep(5);
        var duration = clock.Elapsed;
        report.Add($"{name}, 64 at once", times, duration, server.ProcessorTime() - processor);
        var memoryAfter = server.Memory();
        Thread.Sleep(TimeSpan.FromSeconds(10));
        var disk = DiskOf(directory.Path) - diskBefore;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  memory before {memoryBefore / 1e6:F0} MB, after {memoryAfter / 1e6:F0} MB, 10 s later {server.Memory() / 1e6:F0} MB; disk {(double)disk / Sleepers:N0} bytes each"));
    }

    private static bool AllAsleep(ServerTarget server)
    {
        using var client = new HttpClient();
        var running = client.GetStringAsync(new Uri(server.Url, "/api/v1/executions?status=running,pending&limit=1")).GetAwaiter().GetResult();
        return running.Trim() is "[]";
    }

    // The write-ahead log is counted as what of it is not in the database yet: its file is reused.
    private static long DiskOf(string directory)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(directory, "millrace.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "select (select page_count from pragma_page_count()) * (select page_size from pragma_page_size())";
        return (long)command.ExecuteScalar()!;
    }
}
