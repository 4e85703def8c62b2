using System.Diagnostics;
using System.Globalization;

namespace Millrace.Fuzz.Running;

/// <summary>Runs every target on a thread of its own, says how it goes, and watches that none hangs.</summary>
internal sealed class Session(FuzzOptions options)
{
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(10);

    // Of processor time, which the targets share.
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(30);

    // What the smallest usual thread pool thread has.
    private const int StackBytes = 1024 * 1024;

    public int Run()
    {
        var finds = new FindFolder(options.Finds);
        var campaigns = options.Targets.Select(target => new Campaign(target, finds)).ToList();
        foreach (var seed in options.Seeds)
            Run(campaigns, seed, options.Time / options.Seeds.Count);
        campaigns.ForEach(campaign => campaign.Dispose());
        var failed = campaigns.Count(campaign => campaign.Finds > 0);
        Console.WriteLine($"  Runs: {campaigns.Sum(campaign => campaign.Runs):N0}, Finds: {campaigns.Sum(campaign => campaign.Finds)}");
        Console.WriteLine($"  Total: {campaigns.Count}, Errors: 0, Failed: {failed}, Skipped: 0");
        if (failed > 0)
            Console.WriteLine($"What was found is in {Path.GetFullPath(options.Finds)}");
        return failed > 0 ? 1 : 0;
    }

    private static void Run(List<Campaign> campaigns, int seed, TimeSpan time)
    {
        Console.WriteLine(
            $"seed {seed}, {time.TotalMinutes.ToString("0.##", CultureInfo.InvariantCulture)} min: "
                + $"{string.Join(", ", campaigns.Select(campaign => campaign.Name))}");
        var clock = Stopwatch.StartNew();
        var threads = campaigns.Select(campaign =>
            new Thread(() => campaign.Run(seed, () => clock.Elapsed < time), StackBytes) { IsBackground = true, Name = campaign.Name })
            .ToList();
        threads.ForEach(thread => thread.Start());
        while (threads.Exists(thread => thread.IsAlive))
        {
            var left = time - clock.Elapsed;
            Wait(threads, left > TimeSpan.Zero && left < ReportEvery ? left + TimeSpan.FromMilliseconds(50) : ReportEvery);
            foreach (var campaign in campaigns.Where(campaign => campaign.RunningFor > Hang * campaigns.Count))
                campaign.GiveUp(seed);
            Console.WriteLine($"{clock.Elapsed:hh\\:mm\\:ss} {string.Join(" | ", campaigns.Select(campaign => campaign.ToString()))}");
        }
    }

    private static void Wait(List<Thread> threads, TimeSpan longest)
    {
        var clock = Stopwatch.StartNew();
        foreach (var thread in threads)
        {
            if (longest > clock.Elapsed)
                thread.Join(longest - clock.Elapsed);
        }
    }
}
