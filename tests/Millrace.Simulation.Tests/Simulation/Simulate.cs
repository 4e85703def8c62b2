using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Simulation.Tests.Interpretation;
using Millrace.Simulation.Tests.Workflows;
using Millrace.Tests;

namespace Millrace.Simulation.Tests.Simulation;

/// <summary>How far a run could be compared.</summary>
internal enum Verdict
{
    /// <summary>With all that had to come of it.</summary>
    Compared,
    /// <summary>What came of it depended on the order of things; only what always holds was checked.</summary>
    Undetermined,
    /// <summary>The document is not valid.</summary>
    Refused,
}

/// <summary>Runs a workflow on the machine in a random world, and compares what came of it with what the interpreter says.</summary>
internal static class Simulate
{
    /// <exception cref="Exception">The machine did wrong.</exception>
    public static Verdict Run(Plan plan, Value input, int seed, bool cancels = false)
    {
        var document = PlanDocument.Of(plan);
        var errors = Errors(document);
        if (errors.Count > 0)
            return Refused(plan, input, seed, errors);
        var script = new SimulatedScript(seed, plan);
        var world = new World(plan, MachineRun.Of(document).Start(input.ToJson()), script, seed, cancels);
        world.Live();
        var fork = Fork(world, plan, script, seed);
        try
        {
            // Only now it is known which effects a crash left in doubt.
            var expected = Interpreter.Run(plan, input, script);
            Comparison.Check(world, [], expected);
            if (fork is { } other)
                Comparison.Check(other.World, other.Past, expected);
            return Verdict.Compared;
        }
        catch (UndeterminedException)
        {
            return Verdict.Undetermined;
        }
    }

    // A fork with nothing changed, from any event, comes to the same.
    private static (World World, List<ExecutionEvent> Past)? Fork(World world, Plan plan, Script script, int seed)
    {
        if (seed % 3 > 0 || world.WasCancelled || script.HasDoubts)
            return null;
        var seq = (int)MachineRun.ForkPoint(world.Run.Journal, new Random(seed).Next(1, world.Run.Journal.Count));
        // That it ended all else is no part of a stop's own past: who goes on from there goes on with the rest.
        if (world.Run.Journal[seq - 1] is NodeCompleted { Node.Type.Type: "stop" })
            return null;
        var own = new SimulatedScript(seed, plan);
        var fork = new World(plan, world.Run.Fork(seq), own, seed, cancels: false) { Past = [.. world.Run.Journal.Take(seq)] };
        fork.Live();
        return own.HasDoubts ? null : (fork, [.. world.Run.Journal.Take(seq)]);
    }

    /// <summary>Whether a plan makes a document that can run.</summary>
    public static bool IsValid(Plan plan) => Errors(PlanDocument.Of(plan)).Count == 0;

    private static List<Problem> Errors(string document) => MachineRun.Problems(document).FindAll(problem => problem.Severity == Severity.Error);

    // What is proven never to happen must not happen either where nobody looks at the proof. Nothing else about a plan is refused.
    private static Verdict Refused(Plan plan, Value input, int seed, List<Problem> errors)
    {
        Assert.All(errors, error => Assert.True(error.Code is "too_few_branches" or "reference_skipped", $"{error.Pointer} {error.Code}: {error.Message}"));
        try
        {
            var joins = plan.AllNodes().Where(node => errors.Exists(error => error.Message.StartsWith($"The join '{node.Id}' ", StringComparison.Ordinal))).Select(node => node.Id).ToHashSet();
            foreach (var pass in Interpreter.Run(plan, input, new SimulatedScript(seed, plan)).Passes.Where(pass => joins.Contains(pass.Node.Id)))
                Assert.True(pass.ErrorType == "join" || pass.SkipReason == nameof(SkipReason.NotReached), $"The join '{pass.Node.Id}' is said never to get enough branches, but does.");
        }
        catch (UndeterminedException)
        {
            // Then nothing is sure to happen.
        }
        return Verdict.Refused;
    }
}
