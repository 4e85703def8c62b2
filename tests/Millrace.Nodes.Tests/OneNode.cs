using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Tests;

namespace Millrace.Nodes.Tests;

/// <summary>A workflow of one node, called "n".</summary>
internal static class OneNode
{
    public static string Document(string type, string config, string more = "") =>
        $$"""{"name":"t","nodes":[{"id":"n","type":"{{type}}","config":{{config}}{{more}}}],"edges":[]}""";

    /// <summary>Runs it with an input, which is also what arrives.</summary>
    public static MachineRun Run(string type, string config, string input = "null") => MachineRun.Of(Document(type, config)).Start(input);

    /// <summary>Its output.</summary>
    public static string Output(string type, string config, string input = "null") => Run(type, config, input).OutputJson("n");

    /// <summary>The error that it fails with.</summary>
    public static ExecutionError Error(string type, string config, string input = "null")
    {
        var run = Run(type, config, input);
        Assert.Equal(ExecutionStatus.Failed, run.State.Status);
        return run.State.Error!;
    }

    /// <summary>The one error that saving it gives.</summary>
    public static Problem Problem(string type, string config, NodeRegistry? types = null) =>
        Assert.Single(MachineRun.Problems(Document(type, config), types), problem => problem.Severity == Severity.Error);

    /// <summary>What refuses a start.</summary>
    public static Problem[] StartProblems(string type, string config, string input = "null", string inputs = "{}") =>
        [.. StartCheckOf(MachineRun.Of(Document(type, config)), input, inputs)];

    private static IEnumerable<Problem> StartCheckOf(MachineRun run, string input, string inputs)
    {
        var given = ValueJson.Parse(inputs).AsMap();
        return run.Graph.Nodes.SelectMany(
            node => node.Logic.CheckStart(ValueJson.Parse(input), given.TryGet(node.Id, out var value) ? value : null as Value?));
    }
}
