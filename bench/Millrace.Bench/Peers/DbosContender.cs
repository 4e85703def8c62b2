using System.Globalization;

namespace Millrace.Bench.Peers;

/// <summary>
/// DBOS workflows in a server in Node.js, over a PostgreSQL of their own. The database stays up when the workflows are killed.
/// </summary>
internal sealed class DbosContender : Contender
{
    private readonly Uri _witness;
    private readonly Uri _url = new($"http://127.0.0.1:{FreePort()}");
    private readonly PostgreSql _database;
    private int _asleepBefore;

    public DbosContender(Uri witness)
    {
        _witness = witness;
        _database = new PostgreSql(Data.Path, FreePort());
    }

    public override string Name => "DBOS";

    public override string Describe() =>
        $"SDK {Npm.VersionOf("@dbos-inc", "dbos-sdk")} on {Npm.NodeVersion}, 20 database connections; {_database.Describe()}. One process "
            + "and PostgreSQL's.";

    protected override Uri Ready => new(_url, "/asleep");

    protected override IEnumerable<int> Roots => [.. base.Roots, _database.ProcessId];

    protected override void Launch()
    {
        _asleepBefore = 0;
        Spawn(
            Npm.Environment,
            Npm.Node,
            Repository.Peer("dbos.js"),
            _url.Port.ToString(CultureInfo.InvariantCulture),
            _witness.ToString(),
            _database.Url);
    }

    public override WorkloadRequest? Request(Workload workload) => workload switch
    {
        Workload.Chain => new(new Uri(_url, "/chain"), "\"done\""),
        Workload.PureChain => new(new Uri(_url, "/pure"), "\"done\""),
        Workload.FanOut => new(new Uri(_url, "/fan"), "\"done\""),
        Workload.Sleeper => new(new Uri(_url, "/sleeper"), "\"id\":"),
        Workload.Flight => new(new Uri(_url, "/flight"), "\"id\":"),
        _ => null,
    };

    public override bool AreAsleep(int started)
    {
        var asleep = int.Parse(Get(new Uri(_url, "/asleep")), CultureInfo.InvariantCulture);
        if (asleep - _asleepBefore < started)
            return false;
        _asleepBefore = asleep;
        return true;
    }

    public override long Disk() => _database.Disk();

    public override void Dispose()
    {
        Kill();
        _database.Dispose();
        base.Dispose();
    }
}
