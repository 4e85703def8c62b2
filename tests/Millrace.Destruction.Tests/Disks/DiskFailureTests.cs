using Millrace.Destruction.Tests.Kills;

namespace Millrace.Destruction.Tests.Disks;

/// <summary>The disk fails: at any call, in any way, again and again. Callers are told, and nothing that was promised is lost.</summary>
public sealed class DiskFailureTests
{
    private const int Every = 60;
    private static readonly int Lives = Amount.Of("MILLRACE_DISK_LIVES", 10);
    private static readonly int LeastPoints = Lives * 3;
    private static readonly TimeSpan Work = TimeSpan.FromSeconds(3);
    private static readonly string[] Kinds = ["eio", "enospc", "short", "read", "sync"];

    [Fact]
    public async Task Whatever_call_of_the_disk_fails_everything_ends_as_it_must()
    {
        FaultyDisk.Need();
        var random = new Random(Amount.Seed);
        var failed = Path.GetTempFileName();
        try
        {
            var deaths = await Deaths.OfAsync(directory => Enumerable.Range(0, Lives).Select(life => LifeOf(Kinds[life % Kinds.Length], directory, failed, random)), executions: 0, isTold: true);
            var points = new FileInfo(failed).Length;
            TestContext.Current.SendDiagnosticMessage($"{points} calls of the disk failed.");
            Assert.True(points >= LeastPoints, $"Only {points} calls of the disk failed.");
        }
        finally
        {
            File.Delete(failed);
        }
    }

    // Not while it starts: that it says so then, and ends, is another test's matter.
    private static Life LifeOf(string kind, string directory, string failed, Random random)
    {
        var at = (First: kind == "sync" ? random.Next(20, 60) : random.Next(200, 400), Every, Times: kind == "enospc" ? random.Next(1, 20) : 1);
        return new Life(kind == "sync" ? ServerProcess.Patience : Work, FaultyDisk.Failing(directory, kind, at, failed)) { MustEnd = kind == "sync", IsWork = true };
    }
}
