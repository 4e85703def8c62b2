using System.Text;
using Millrace.Core.Executions;
using Millrace.Core.Graphs;
using Millrace.Core.Values;
using Millrace.Simulation.Tests.Simulation;
using Millrace.Simulation.Tests.Workflows;
using Millrace.Tests;

namespace Millrace.Simulation.Tests.Golden;

/// <summary>What one execution left in a store, as the version wrote it that ran it, and what came of it: {name, definition, journal, snapshot, state}.</summary>
internal static class GoldenRecord
{
    /// <summary>Runs a construct in a random world, crashes included, and records it.</summary>
    public static Value Make(string name, Plan plan, int seed)
    {
        var document = PlanDocument.Of(plan);
        var world = new World(plan, MachineRun.Of(document).Start(PlanGenerator.InputOf(seed).ToJson()), new SimulatedScript(seed, plan), seed, cancels: false);
        world.Live();
        var journal = world.Run.Journal;
        var middle = New(world.Run.Graph);
        foreach (var e in journal.Take(journal.Count / 2))
            middle.Apply(e);
        return MapValue.Of(
            ("name", name),
            ("definition", ValueJson.Parse(document)),
            ("journal", ValueJson.Parse(Encoding.UTF8.GetString(world.Run.Write(journal)))),
            ("snapshot", middle.ToSnapshot()),
            ("state", StateOf(world.Run.State)));
    }

    /// <summary>What this version makes of a recorded journal: from its first event, or from the snapshot on.</summary>
    public static Value Replay(Value record, bool fromSnapshot)
    {
        var graph = MachineRun.Of(record["definition"].ToJson()).Graph;
        var state = New(graph);
        if (fromSnapshot)
            state.Restore(record["snapshot"]);
        foreach (var e in EventReader.ReadAll(Encoding.UTF8.GetBytes(record["journal"].ToJson()), graph, StoredValues.Inline).Where(e => e.Seq > state.Seq))
            state.Apply(e);
        return StateOf(state);
    }

    private static ExecutionState New(CompiledGraph graph) => new(new ExecutionIdentity("t", "x1", "w1", 1), graph);

    private static MapValue StateOf(ExecutionState state) => MapValue.Of(
        ("status", state.Status.Name()),
        ("seq", state.Seq),
        ("completedNodes", (long)state.CompletedNodes),
        ("variables", state.Variables),
        ("result", state.Result),
        ("error", state.Error?.ToValue() ?? Value.Null),
        ("runs", ListValue.Create(state.Runs().Where(run => run.Iteration.Length == 0).OrderBy(run => run.Node.Id, StringComparer.Ordinal).Select(run => (Value)RunOf(run)))));

    private static MapValue RunOf(NodeRun run) => MapValue.Of(
        ("nodeId", run.Node.Id),
        ("status", run.Status.Name()),
        ("attempt", (long)run.Attempt),
        ("output", run.HasOutput ? run.Output : Value.Null),
        ("port", run.Port ?? Value.Null));
}
