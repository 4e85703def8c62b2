using Millrace.Destruction.Tests.Kills;

namespace Millrace.Destruction.Tests.Disks;

/// <summary>The power is cut: whatever was not synced may be lost, block by block.</summary>
public sealed class PowerLossTests
{
    private static readonly int Restarts = Amount.Of("MILLRACE_POWER_RESTARTS", 15);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task After_any_number_of_power_cuts_everything_is_as_it_must_be()
    {
        FaultyDisk.Need();
        var random = new Random(Amount.Seed);
        var log = Path.GetTempFileName();
        try
        {
            var deaths = await Deaths.OfAsync(directory => Enumerable.Range(0, Restarts).Select(_ => LifeOf(directory, log, random)), executions: 0);
            Assert.Equal(Restarts, deaths.Count);
        }
        finally
        {
            File.Delete(log);
        }
    }

    [Fact]
    public async Task What_was_signed_with_a_key_is_good_after_a_power_cut()
    {
        FaultyDisk.Need();
        await using var server = await ServerProcess.StartAsync();
        server.Kill();
        foreach (var file in Directory.GetFiles(server.DataDirectory))
            File.Delete(file);
        var log = Path.Combine(server.DataDirectory, "..", Path.GetFileName(server.DataDirectory) + ".disk");
        try
        {
            Assert.True(await server.TryStartAgainAsync(ServerProcess.Patience, FaultyDisk.Noting(server.DataDirectory, log)), server.Output);
            var key = await File.ReadAllTextAsync(Path.Combine(server.DataDirectory, "links.key"), TestContext.Current.CancellationToken);
            server.Kill();
            PowerCut.Strike(RecordsIn(log), new Random(Amount.Seed), losesAll: true);
            Assert.Equal(key, await File.ReadAllTextAsync(Path.Combine(server.DataDirectory, "links.key"), TestContext.Current.CancellationToken));
        }
        finally
        {
            File.Delete(log);
        }
    }

    private static Life LifeOf(string directory, string log, Random random)
    {
        File.Delete(log);
        return new Life(Longest * random.NextDouble(), FaultyDisk.Noting(directory, log), _ => PowerCut.Strike(RecordsIn(log), random)) { IsWork = random.Next(3) > 0 };
    }

    // A life may be over before the library was loaded.
    private static List<DiskRecord> RecordsIn(string log) => File.Exists(log) ? [.. DiskLog.Read(log).Select(one => one.Record)] : [];
}
