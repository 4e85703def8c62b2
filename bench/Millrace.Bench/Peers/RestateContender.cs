using System.Globalization;

namespace Millrace.Bench.Peers;

/// <summary>Restate's server, and a service in Node.js that it calls.</summary>
internal sealed class RestateContender(Uri witness) : Contender
{
    private static readonly string Server =
        Repository.Peer("node_modules", "@restatedev", "restate-server-linux-x64", "bin", "restate-server");
    private readonly int _service = FreePort();
    private readonly Uri _ingress = new($"http://127.0.0.1:{FreePort()}");
    private readonly Uri _admin = new($"http://127.0.0.1:{FreePort()}");
    private readonly int _fabric = FreePort();
    private int _asleepBefore;

    public override string Name => "Restate";

    public override string Describe()
    {
        var log = Command
            .OutputOf(Server, "--dump-config")
            .Split('\n')
            .SkipWhile(line => line is not "[log-server]")
            .First(line => line.StartsWith("rocksdb-disable-wal-fsync", StringComparison.Ordinal));
        return $"{Command.OutputOf(Server, "--version")}, one node, concurrent-invocations-limit = 20000, else default settings (log "
            + $"server: {log}); SDK {Npm.VersionOf("@restatedev", "restate-sdk")} on {Npm.NodeVersion}. Two processes.";
    }

    protected override Uri Ready => new(_admin, "/health");

    protected override void Launch()
    {
        _asleepBefore = 0;
        Spawn(
            Npm.Environment, Npm.Node, Repository.Peer("restate.js"), _service.ToString(CultureInfo.InvariantCulture), witness.ToString());
        Spawn(
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["RESTATE_DISABLE_TELEMETRY"] = "true",
                // Of the default, 1,000, sleepers would be held back a minute each thousand.
                ["RESTATE_WORKER__INVOKER__CONCURRENT_INVOCATIONS_LIMIT"] = "20000",
                ["RESTATE_LISTEN_MODE"] = "tcp",
                ["RESTATE_BIND_ADDRESS"] = $"127.0.0.1:{_fabric}",
                ["RESTATE_INGRESS__BIND_ADDRESS"] = _ingress.Authority,
                ["RESTATE_ADMIN__BIND_ADDRESS"] = _admin.Authority,
            },
            Server,
            "--no-logo",
            "--base-dir",
            Data.Path);
    }

    protected override void Deploy() => Post(new Uri(_admin, "/deployments"), $$"""{"uri":"http://127.0.0.1:{{_service}}"}""");

    public override WorkloadRequest? Request(Workload workload) => workload switch
    {
        Workload.Chain => new(new Uri(_ingress, "/bench/chain"), "\"done\""),
        Workload.PureChain => new(new Uri(_ingress, "/bench/pure"), "\"done\""),
        Workload.FanOut => new(new Uri(_ingress, "/bench/fan"), "\"done\""),
        Workload.Sleeper => new(new Uri(_ingress, "/bench/sleeper/send"), "\"Accepted\""),
        Workload.Flight => new(new Uri(_ingress, "/bench/flight/send"), "\"Accepted\""),
        _ => null,
    };

    public override bool AreAsleep(int started)
    {
        var asleep = int.Parse(Post(new Uri(_ingress, "/bench/asleep"), "{}"), CultureInfo.InvariantCulture);
        if (asleep - _asleepBefore < started)
            return false;
        _asleepBefore = asleep;
        return true;
    }
}
