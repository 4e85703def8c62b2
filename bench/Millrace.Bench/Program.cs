using Millrace.Bench;
using Millrace.Bench.Peers;

var measurements = new Dictionary<string, Action<Report>>(StringComparer.Ordinal)
{
    ["raw"] = RawSqlite.Run,
    ["committer"] = CommitterRuns.Run,
    ["claims"] = ClaimRuns.Run,
    ["expressions"] = Expressions.Run,
    ["engine"] = EngineRuns.Run,
    ["http"] = HttpRuns.Run,
    ["calls"] = CallRuns.Run,
    ["code"] = CodeRuns.Run,
    ["streams"] = StreamRuns.Run,
    ["sweep"] = SweepRuns.Run,
    ["sleepers"] = SleeperRuns.Run,
    ["growth"] = GrowthRuns.Run,
};

if (args is ["bare-server", var url, var directory])
{
    await BareServer.RunAsync(url, directory);
    return 0;
}
if (args is ["peers", .. var choices])
    return await PeerRuns.RunAsync(choices);
if (args.Length == 0 || !args.All(measurements.ContainsKey))
{
    Console.Error.WriteLine(
        "Usage: dotnet run -c Release --project bench/Millrace.Bench -- "
            + $"{string.Join(' ', measurements.Keys.Select(name => $"[{name}]"))}");
    return 1;
}

var report = new Report(Console.Out);
foreach (var name in args)
    measurements[name](report);
return 0;
