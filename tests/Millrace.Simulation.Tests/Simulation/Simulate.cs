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
        var errors = MachineRun.Problems(document).FindAll(problem => problem.Severity == Severity.Error);
        if (errors.Count > 0)
            return Refused(plan, input, seed, errors);
        var script = new Script(seed, plan);
        var world = new World(plan, MachineRun.Of(document), script, seed, cancels);
        world.Live(input);
        try
        {
            // Only now it is known which effects a crash left in doubt.
            Comparison.Check(world, Interpreter.Run(plan, input, script));
            return Verdict.Compared;
        }
        catch (UndeterminedException)
        {
            return Verdict.Undetermined;
        }
    }

    // What is proven never to happen must not happen either where nobody looks at the proof.
    private static Verdict Refused(Plan plan, Value input, int seed, List<Problem> errors)
    {
        Assert.All(errors, error => Assert.True(error.Code == "too_few_branches", $"{error.Pointer} {error.Code}: {error.Message}"));
        try
        {
            var joins = plan.AllNodes().Where(node => errors.Exists(error => error.Message.StartsWith($"The join '{node.Id}' ", StringComparison.Ordinal))).Select(node => node.Id).ToHashSet();
            foreach (var pass in Interpreter.Run(plan, input, new Script(seed, plan)).Passes.Where(pass => joins.Contains(pass.Node.Id)))
                Assert.True(pass.ErrorType == "join" || pass.SkipReason == nameof(SkipReason.NotReached), $"The join '{pass.Node.Id}' is said never to get enough branches, but does.");
        }
        catch (UndeterminedException)
        {
            // Then nothing is sure to happen.
        }
        return Verdict.Refused;
    }
}
