using Millrace.Core.Definitions;
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
        if (MachineRun.Problems(document).Exists(problem => problem.Severity == Severity.Error))
            return Verdict.Refused;
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
}
