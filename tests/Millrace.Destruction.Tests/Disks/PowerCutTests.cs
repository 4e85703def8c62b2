using System.Collections.Concurrent;

namespace Millrace.Destruction.Tests.Disks;

/// <summary>The power is cut at any moment of one server's life: what was promised by then is on the disk.</summary>
public sealed class PowerCutTests
{
    private const int Executions = 150;
    private const int UnderWay = 40;
    private static readonly int Cuts = Amount.Of("MILLRACE_POWER_CUTS", 200);

    [Fact]
    public async Task Whenever_the_power_is_cut_what_was_promised_by_then_is_on_the_disk()
    {
        FaultyDisk.Need();
        var work = Directory.CreateTempSubdirectory("millrace-cuts-");
        var log = Path.Combine(work.FullName, "log");
        try
        {
            var (directory, promises) = await LiveAsync(log, work);
            var records = DiskLog.Read(log);
            Assert.True(records.Exists(one => one.Record.Kind == 'S'));
            var random = new Random(Amount.Seed);
            // A store that does not wait for its disk would be found out.
            var unsynced = records.Where((one, index) => one.Record.Kind != 'S' || index < records.Count / 2).ToList();
            Assert.Contains("not on the disk", Assert.ThrowsAny<Exception>(() => Check(unsynced, directory, Path.Combine(work.FullName, "unsynced"), promises, random, losesAll: true)).Message, StringComparison.Ordinal);
            var end = records.Count;
            foreach (var cut in Enumerable.Range(0, Cuts).Select(_ => random.Next(records.Count / 10, records.Count)).OrderDescending())
            {
                // Later ones first, so that the files only ever go back in time.
                PowerCut.Rewind(records[cut..end].Select(one => one.Record), name => Moved(name, directory));
                end = cut;
                Check(records[..cut], directory, Path.Combine(work.FullName, "cut"), promises, random);
            }
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    // Each promise with how long the log was when it was given: an execution's id, or a call's key.
    private static async Task<(string Directory, List<(long At, string Id, string? Node)> Promises)> LiveAsync(string log, DirectoryInfo work)
    {
        var promises = new ConcurrentQueue<(long At, string Id, string? Node)>();
        ServedLoad? load = null;
        await using var witness = await Witness.StartAsync(TimeSpan.FromMilliseconds(3), call =>
        {
            promises.Enqueue((new FileInfo(log).Length, call.Key.Split(':')[0], call.Key.Split(':')[1]));
            return load!.AnswerTo(call);
        });
        await using var server = await ServerProcess.StartAsync(("HTTP_ALLOWED_NETWORKS", "127.0.0.0/8"));
        server.Kill();
        foreach (var file in new DirectoryInfo(server.DataDirectory).GetFiles())
            file.Delete();
        Assert.True(await server.TryStartAgainAsync(ServerProcess.Patience, FaultyDisk.Noting(server.DataDirectory, log)), server.Output);
        load = await ServedLoad.PrepareAsync(server, new Uri(witness.Url), Enumerable.Range(0, 60), UnderWay);
        load.Clock = () => new FileInfo(log).Length;
        await load.RunAsync(() => load.Executions.Count >= Executions);
        server.Kill();
        foreach (var execution in load.Executions)
            promises.Enqueue((execution.AcknowledgedAt, execution.Id, null));
        var copy = work.CreateSubdirectory("data").FullName;
        Copy(server.DataDirectory, copy);
        return (copy, [.. promises]);
    }

    private static void Check(List<(DiskRecord Record, long End)> records, string directory, string copy, List<(long At, string Id, string? Node)> promises, Random random, bool losesAll = false)
    {
        Copy(directory, copy);
        PowerCut.Strike([.. records.Select(one => one.Record)], random, losesAll, place: name => Moved(name, copy));
        var database = Path.Combine(copy, "millrace.db");
        Assert.Equal(["ok"], Journals.Query(database, "pragma integrity_check", row => row.GetString(0)));
        var stored = Journals.Query(database, "SELECT id FROM workflow_executions", row => row.GetString(0)).ToHashSet();
        var started = Journals.Query(database, "SELECT execution_id, node_id FROM journal_events WHERE type = 'node_started'", row => (row.GetString(0), row.GetString(1))).ToHashSet();
        foreach (var (_, id, node) in promises.Where(promise => promise.At <= records[^1].End))
        {
            Assert.True(stored.Contains(id), $"After {records.Count} changes, execution {id} is not on the disk, but somebody was told of it.");
            Assert.True(node is null || started.Contains((id, node)), $"After {records.Count} changes, the start of '{node}' of {id} is not on the disk, but its effect had left.");
        }
        var gaps = Journals.Query(database, "SELECT execution_id FROM journal_events GROUP BY execution_id HAVING count(*) <> max(seq) OR min(seq) <> 1", row => row.GetString(0));
        Assert.Empty(gaps);
        Directory.Delete(copy, recursive: true);
    }

    private static string Moved(string name, string directory) => Path.Combine(directory, Path.GetFileName(name));

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from).Where(file => !file.EndsWith("-shm", StringComparison.Ordinal)))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
    }
}
