using Millrace.Destruction.Tests.Checking;

namespace Millrace.Destruction.Tests.Kills;

/// <summary>One life of the server.</summary>
/// <param name="Longest">After how long it is killed, starting included.</param>
/// <param name="Environment">What its environment has besides the usual; null: nothing.</param>
/// <param name="Afterwards">What happens to its data directory while nobody has it; null: nothing.</param>
internal sealed record Life(TimeSpan Longest, (string Name, string Value)[]? Environment = null, Action<string>? Afterwards = null)
{
    /// <summary>Whether the server has to end by itself before that.</summary>
    public bool MustEnd { get; init; }

    /// <summary>Whether it begins only when the server answers.</summary>
    public bool IsWork { get; init; }
}

/// <summary>A server that dies again and again while random workflows of all constructs run, call, wait and fail.</summary>
internal sealed class Deaths
{
    private const int Workflows = 150;
    private const int UnderWay = 60;

    /// <summary>How often it died.</summary>
    public int Count { get; private set; }

    /// <summary>How many executions there were.</summary>
    public int Executions { get; private set; }

    /// <summary>How many of them could be compared with the interpreter.</summary>
    public int Compared { get; private set; }

    /// <summary>How many calls were made again.</summary>
    public int Repeated { get; private set; }

    public override string ToString() => $"{Count} deaths, {Executions} executions, {Compared} of them compared, {Repeated} calls repeated";

    /// <summary>Lives all lives one after the other, then one more in which all ends; and checks everything.</summary>
    /// <param name="livesIn">The lives, by the data directory that they share.</param>
    /// <param name="executions">The least number of executions.</param>
    /// <param name="isTold">Whether the server may also say that it cannot do something now.</param>
    public static async Task<Deaths> OfAsync(Func<string, IEnumerable<Life>> livesIn, int executions, bool isTold = false)
    {
        var deaths = new Deaths();
        ServedLoad? load = null;
        await using var witness = await Witness.StartAsync(TimeSpan.FromMilliseconds(3), call => load!.AnswerTo(call));
        await using var server = await ServerProcess.StartAsync(("HTTP_ALLOWED_NETWORKS", "127.0.0.0/8"));
        load = await ServedLoad.PrepareAsync(server, new Uri(witness.Url), Enumerable.Range(Amount.Seed * Workflows, Workflows), UnderWay);
        server.Kill();
        server.MayRefuse = isTold;
        var isOver = false;
        var working = load.RunAsync(() => Volatile.Read(ref isOver) && load.Executions.Count >= executions);
        foreach (var life in livesIn(server.DataDirectory).TakeWhile(_ => !working.IsCompleted))
        {
            var begin = DateTime.UtcNow;
            if (await server.TryStartAgainAsync(life.IsWork ? ServerProcess.Patience : life.Longest, life.Environment) || life.MustEnd)
                await server.StayAliveAsync((life.IsWork ? DateTime.UtcNow : begin) + life.Longest - DateTime.UtcNow);
            Assert.True(!life.MustEnd || server.HasEnded, $"The server goes on:\n{server.LastOutput}");
            server.Kill();
            life.Afterwards?.Invoke(server.DataDirectory);
            deaths.Count++;
        }
        await server.StartAgainAsync();
        server.MayRefuse = false;
        Volatile.Write(ref isOver, true);
        await working;
        deaths.Compared = await Aftermath.CheckAsync(server, load.Executions, witness.Calls);
        (deaths.Executions, deaths.Repeated) = (load.Executions.Count, witness.Calls.Count(call => call.Times > 1));
        Assert.Equal(["ok"], Journals.Query(server.DatabasePath, "pragma integrity_check", row => row.GetString(0)));
        Assert.True(deaths.Compared > deaths.Executions / 2, $"Too few could be compared: {deaths}.");
        TestContext.Current.SendDiagnosticMessage($"{deaths}.");
        return deaths;
    }
}
