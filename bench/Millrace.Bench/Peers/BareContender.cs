namespace Millrace.Bench.Peers;

/// <summary>The limit: Kestrel in front of Millrace's committer, with no engine between.</summary>
internal sealed class BareContender : Contender
{
    private static readonly Dictionary<string, string> NoEnvironment = new(StringComparer.Ordinal);
    private readonly Uri _url = new($"http://127.0.0.1:{FreePort()}");

    public override string Name => "bare";

    public override string Describe() =>
        "Kestrel in front of the committer that Millrace uses: it writes the rows that the workload needs at the least, and runs nothing";

    protected override Uri Ready => _url;

    protected override void Launch() =>
        Spawn(
            NoEnvironment,
            "dotnet",
            Path.Combine(AppContext.BaseDirectory, "Millrace.Bench.dll"),
            "bare-server",
            _url.ToString(),
            Data.Path);

    public override WorkloadRequest? Request(Workload workload) => workload switch
    {
        Workload.Chain => Of("/chain"),
        Workload.PureChain => Of("/one"),
        Workload.FanOut => Of("/fan"),
        Workload.Sleeper => Of("/sleeper"),
        _ => null,
    };

    // A row that is stored sleeps.
    public override bool AreAsleep(int started) => true;

    private WorkloadRequest Of(string path) => new(new Uri(_url, path), "\"status\":");
}
