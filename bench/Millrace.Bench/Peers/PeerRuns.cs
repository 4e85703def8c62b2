using System.Globalization;

namespace Millrace.Bench.Peers;

/// <summary>
/// The workloads that any durable workflow engine can be asked, on Millrace, on its limit and on its peers, one after the other in rounds;
/// prints medians.
/// </summary>
internal static class PeerRuns
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        if (!OperatingSystem.IsLinux())
        {
            await Console.Error.WriteLineAsync("The comparison reads memory, processor time and I/O from /proc: run it on Linux.");
            return 1;
        }
        if (PeerOptions.Parse(arguments) is not { } options)
        {
            await Console.Error.WriteLineAsync(PeerOptions.Usage);
            return 1;
        }
        await using var witness = await Witness.StartAsync();
        var comparison = new Comparison(Console.Out);
        var descriptions = new List<string>();
        for (var round = 1; round <= options.Rounds; round++)
        {
            Console.WriteLine($"round {round} of {options.Rounds}");
            foreach (var make in options.Systems)
            {
                using (var system = make(witness.Url))
                {
                    if (round == 1)
                        descriptions.Add($"- **{system.Name}**: {system.Describe()}");
                    system.Start();
                    foreach (var workload in Throughput.All.Where(workload => options.Workloads.Contains(workload.Id)))
                        workload.Run(comparison, system, options.Duration);
                }
                RunFresh(make, witness, "W3", options, system => Sleepers.Run(comparison, system));
                RunFresh(make, witness, "W4", options, system => Crash.Run(comparison, system, witness));
                RunFresh(make, witness, "W5", options, system => ColdStart.Run(comparison, system));
            }
        }
        Console.WriteLine();
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Medians of {options.Rounds}. \"At once\" is the client's connections; the client is the same program for all and "
                    + $"shares the cores."));
        Console.WriteLine();
        Console.WriteLine(string.Join('\n', descriptions));
        Console.WriteLine();
        Console.WriteLine(comparison.ToMarkdown());
        return 0;
    }

    // What one workload left behind is not to weigh on the next.
    private static void RunFresh(Func<Uri, Contender> make, Witness witness, string workload, PeerOptions options, Action<Contender> run)
    {
        if (!options.Workloads.Contains(workload))
            return;
        witness.Forget();
        using var system = make(witness.Url);
        system.Start();
        run(system);
    }
}

/// <summary>What is compared, and how thoroughly.</summary>
internal sealed record PeerOptions(
    IReadOnlySet<string> Workloads, IReadOnlyList<Func<Uri, Contender>> Systems, int Rounds, TimeSpan Duration)
{
    private static readonly string[] AllWorkloads = ["W1", "W2", "W3", "W4", "W5", "W6"];
    private static readonly Dictionary<string, Func<Uri, Contender>> AllSystems = new(StringComparer.OrdinalIgnoreCase)
    {
        ["bare"] = _ => new BareContender(),
        ["millrace"] = witness => new MillraceContender(witness),
        ["restate"] = witness => new RestateContender(witness),
        ["dbos"] = witness => new DbosContender(witness),
    };

    public static string Usage => $"bench/run.sh peers [{string.Join('|', AllWorkloads)} ...] [{string.Join('|', AllSystems.Keys)} ...] "
        + "[--build NAME=SERVER ...] [--rounds N] [--seconds N]";

    /// <summary>Reads the command line; null: it is wrong.</summary>
    public static PeerOptions? Parse(string[] arguments)
    {
        var workloads = new HashSet<string>(StringComparer.Ordinal);
        var systems = new List<Func<Uri, Contender>>();
        var (rounds, seconds) = (3, 6);
        for (var next = 0; next < arguments.Length; next++)
        {
            if (AllWorkloads.Contains(arguments[next].ToUpperInvariant(), StringComparer.Ordinal))
                workloads.Add(arguments[next].ToUpperInvariant());
            else if (AllSystems.TryGetValue(arguments[next], out var system))
                systems.Add(system);
            else if (arguments[next] is "--build" && next + 1 < arguments.Length && BuildOf(arguments[next + 1]) is { } build)
            {
                systems.Add(witness => new MillraceContender(witness, build));
                next++;
            }
            else if (arguments[next] is "--rounds"
                && next + 1 < arguments.Length
                && int.TryParse(arguments[next + 1], CultureInfo.InvariantCulture, out rounds)
                && rounds > 0)
                next++;
            else if (arguments[next] is "--seconds"
                && next + 1 < arguments.Length
                && int.TryParse(arguments[next + 1], CultureInfo.InvariantCulture, out seconds)
                && seconds > 0)
                next++;
            else
                return null;
        }
        return new PeerOptions(
            workloads.Count > 0 ? workloads : AllWorkloads.ToHashSet(StringComparer.Ordinal),
            systems.Count > 0 ? systems : [.. AllSystems.Values],
            rounds,
            TimeSpan.FromSeconds(seconds));
    }

    private static (string Name, string Program)? BuildOf(string text) =>
        text.Split('=', 2) is [{ Length: > 0 } name, { Length: > 0 } program] ? (name, Path.GetFullPath(program)) : null;
}
