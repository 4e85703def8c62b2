using Millrace.Bench.Peers;

namespace Millrace.Bench;

/// <summary>
/// The whole way, client included on the same cores: executions a second through HTTP, beside a bare committer behind Kestrel.
/// </summary>
internal static class HttpRuns
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Warmup = TimeSpan.FromSeconds(4);

    public static void Run(Report report)
    {
        report.Heading("HTTP: requests, client on the same cores");
        using (var rows = new TemporaryDirectory())
        using (var bare = ServerTarget.Start(port => ["dotnet", Environment.GetCommandLineArgs()[0], "bare-server", $"http://127.0.0.1:{port}", rows.Path]))
        {
            Measure(report, bare, "bare committer, chain of 5", "/chain");
            Measure(report, bare, "bare committer, one commit", "/one");
        }
        using var directory = new TemporaryDirectory();
        using var server =
            ServerTarget.Start(port => ["dotnet", ServerTarget.Path, "--urls", $"http://127.0.0.1:{port}", "--data", directory.Path]);
        server.Post("/api/v1/workflows", MillraceWorkflows.Chain("durable", "noop", "{}"));
        server.Post("/api/v1/workflows", MillraceWorkflows.Chain("pure", "transform", """{"expression":"data"}"""));
        Measure(report, server, "Millrace, chain of 5 durable effects", "/api/v1/workflows/durable/execute?wait=30");
        Measure(report, server, "Millrace, chain of 5 pure nodes", "/api/v1/workflows/pure/execute?wait=30");
    }

    private static void Measure(Report report, ServerTarget target, string name, string path)
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
}
