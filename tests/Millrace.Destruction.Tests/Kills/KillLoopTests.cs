using Millrace.Destruction.Tests.Checking;

namespace Millrace.Destruction.Tests.Kills;

/// <summary>kill -9 at random moments, again and again, while random workflows of all constructs run, call, wait and fail.</summary>
public sealed class KillLoopTests
{
    private const int Workflows = 150;
    private const int UnderWay = 150;
    private static readonly int Kills = Amount.Of("MILLRACE_KILLS", 60);
    private static readonly int Executions = Amount.Of("MILLRACE_KILL_EXECUTIONS", 2_000);
    private static readonly TimeSpan LongestLife = TimeSpan.FromMilliseconds(1_500);

    [Fact]
    public async Task After_any_number_of_kills_everything_is_as_it_must_be()
    {
        ServedLoad? load = null;
        await using var witness = await Witness.StartAsync(TimeSpan.FromMilliseconds(3), call => load!.AnswerTo(call));
        await using var server = await ServerProcess.StartAsync(("HTTP_ALLOWED_NETWORKS", "127.0.0.0/8"));
        load = await ServedLoad.PrepareAsync(server, new Uri(witness.Url), Enumerable.Range(Amount.Seed * Workflows, Workflows), UnderWay);
        var kills = 0;
        var working = load.RunAsync(() => kills >= Kills && load.Executions.Count >= Executions);
        var random = new Random(Amount.Seed);
        while (kills < Kills && !working.IsFaulted)
        {
            await server.StayAliveAsync(LongestLife * random.NextDouble());
            server.Kill();
            kills++;
            while (!await server.TryStartAgainAsync(LongestLife * random.NextDouble() * 4))
                kills++;
        }
        await working;
        var compared = await Aftermath.CheckAsync(server, load.Executions, witness.Calls);

        Assert.True(compared > load.Executions.Count / 2, $"Of {load.Executions.Count} executions only {compared} could be compared.");
        var repeated = witness.Calls.Count(call => call.Times > 1);
        Assert.True(repeated > kills / 4, $"{kills} kills made only {repeated} calls happen again.");
        TestContext.Current.SendDiagnosticMessage($"{kills} kills, {load.Executions.Count} executions, {compared} compared, {witness.Calls.Count} calls, {repeated} repeated.");
    }
}
