using System.Globalization;
using Millrace.Simulation.Tests.Simulation;
using Millrace.Simulation.Tests.Workflows;
using Millrace.Tests;

namespace Millrace.Simulation.Tests;

/// <summary>Random workflows of all constructs, in random worlds, against the interpreter.</summary>
public sealed class ModelTests
{
    private const int UsualSeeds = 500;
    private static readonly int First = Setting("MILLRACE_SIMULATION_FIRST", 0);
    private static readonly int Seeds = Setting("MILLRACE_SIMULATION_SEEDS", UsualSeeds);

    [Fact]
    public void What_the_machine_does_is_what_the_interpreter_says()
    {
        var verdicts = new int[Enum.GetValues<Verdict>().Length];
        var failures = new SortedDictionary<int, Exception>();
        Parallel.For(First, First + Seeds, (seed, loop) =>
        {
            try
            {
                Interlocked.Increment(ref verdicts[(int)Run(seed, PlanGenerator.Generate(seed))]);
            }
            catch (Exception failure)
            {
                lock (failures)
                    failures.Add(seed, failure);
                if (failures.Count >= 3)
                    loop.Stop();
            }
        });
        if (failures.Count > 0)
            Assert.Fail(Explain(failures.First().Key, failures.First().Value));
        TestContext.Current.SendDiagnosticMessage($"{verdicts[0]} compared, {verdicts[1]} undetermined, {verdicts[2]} refused.");
        // A generator that makes little that can be compared would prove little.
        if (Seeds >= UsualSeeds)
            Assert.True(verdicts[(int)Verdict.Compared] > Seeds * 8 / 10, $"Of {Seeds} only {verdicts[0]} could be compared; {verdicts[1]} were undetermined, {verdicts[2]} refused.");
    }

    private static Verdict Run(int seed, Plan plan) => Simulate.Run(plan, PlanGenerator.InputOf(seed), seed, cancels: seed % 25 == 0);

    private static string Explain(int seed, Exception failure)
    {
        var plan = Shrinking.Smallest(PlanGenerator.Generate(seed), smaller => Fails(seed, smaller));
        var last = Failure(seed, plan) ?? failure;
        return $"""
            Seed {seed}: {last.Message}
            {(last is Xunit.Sdk.IAssertionException ? "" : last.StackTrace)}
            The smallest document that fails: {PlanDocument.Of(plan)}
            The input: {MachineInput(seed)}
            Again: MILLRACE_SIMULATION_FIRST={seed} MILLRACE_SIMULATION_SEEDS=1
            """;
    }

    private static string MachineInput(int seed) => Core.Values.ValueJson.ToJson(PlanGenerator.InputOf(seed));

    private static bool Fails(int seed, Plan plan) => Failure(seed, plan) is not null;

    private static Exception? Failure(int seed, Plan plan)
    {
        try
        {
            Run(seed, plan);
            return null;
        }
        catch (Exception failure)
        {
            return failure;
        }
    }

    private static int Setting(string name, int usual) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : usual;
}
