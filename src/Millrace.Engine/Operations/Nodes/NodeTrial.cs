using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Runtime;
using Millrace.Engine.Workflows;

namespace Millrace.Engine.Operations.Nodes;

/// <summary>Runs one node alone, on the machine and the effects that executions run on. Nothing is stored.</summary>
public sealed class NodeTrial(WorkflowLibrary library, WorkflowEngine engine, IdSource ids, TimeProvider time)
{
    private const string TestedNode = "node";
    private const string NodeBefore = "before";

    /// <summary>Runs a node; or says what is wrong with its config and input, by pointers into the request.</summary>
    internal async Task<Outcome<Trial>> RunAsync(
        string tenant, NodeTypeDescription type, TrialRequest request, CancellationToken cancellation)
    {
        // A place where executions begin has nothing before it: its data is the input.
        var isFed = request.Data is not null && type.Role is not (NodeRole.Start or NodeRole.Input or NodeRole.ManualInput);
        var analysis = await library.AnalyzeAsync(
            tenant, ((Value)Document(type, request.Config, isFed)).ToUtf8(), DocumentFormat.Json, cancellation);
        if (analysis.Graph is not { } graph)
            return new Refusal.Invalid([.. analysis.Problems.Where(problem => problem.Severity == Severity.Error).Select(Located)]);
        if (graph.Find(TestedNode) is not { } node)
            return new Refusal.Invalid("", "not_runnable", $"A node of type '{type.Type}' never runs, so there is nothing to test.");
        var start = new ExecutionStart { Input = request.Input, Inputs = Given(request, isFed), Trigger = MapValue.Of("type", "test") };
        var given = start.Inputs.TryGet(TestedNode, out var value) ? value : (Value?)null;
        if (node.Logic.CheckStart(request.Input, given).ToImmutableArray() is { IsEmpty: false } problems)
            return new Refusal.Invalid(problems);
        var begunAt = time.GetTimestamp();
        var identity = new ExecutionIdentity(tenant, ids.Next(time.GetUtcNow()), "node-test", 1);
        var state = new ExecutionState(identity, graph);
        var events = await RunAsync(state, start, cancellation);
        return new Trial(state.FindRun(node, "")!, events, time.GetElapsedTime(begunAt));
    }

    private async Task<IReadOnlyList<ExecutionEvent>> RunAsync(ExecutionState state, ExecutionStart start, CancellationToken cancellation)
    {
        var machine = new Machine(state);
        machine.Handle(new StartInput(start), time.GetUtcNow());
        foreach (var effect in machine.Effects.ToArray())
        {
            var outcome = await engine.RunAloneAsync(state.Identity, effect, cancellation);
            machine.Handle(new EffectFinishedInput(effect.Node, effect.Iteration, effect.Attempt, outcome), time.GetUtcNow());
        }
        return machine.Events;
    }

    private static MapValue Document(NodeTypeDescription type, MapValue config, bool isFed)
    {
        Value node = MapValue.Of(("id", TestedNode), ("type", type.Type), ("config", config));
        Value before = MapValue.Of(("id", NodeBefore), ("type", "manualInput"));
        Value edge = MapValue.Of(("source", NodeBefore), ("target", TestedNode));
        return MapValue.Of(
            ("name", "Node test"),
            ("nodes", isFed ? Value.List(node, before) : Value.List(node)),
            ("edges", isFed ? Value.List(edge) : Value.List()));
    }

    private static MapValue Given(TrialRequest request, bool isFed)
    {
        if (isFed)
            return MapValue.Of(NodeBefore, request.Data!.Value);
        return (request.Data ?? request.Input) is { IsNull: false } given ? MapValue.Of(TestedNode, given) : MapValue.Empty;
    }

    // The caller sent the node's config and nothing around it.
    private static Problem Located(Problem problem)
    {
        const string Node = "/nodes/0";
        var pointer = problem.Pointer.StartsWith(Node + "/config", StringComparison.Ordinal) ? problem.Pointer[Node.Length..] : "/config";
        return problem with { Pointer = pointer, Line = null, Column = null };
    }
}

/// <summary>The config and data to run a node with.</summary>
/// <param name="Config">Its config.</param>
/// <param name="Input">The value of `input` in expressions.</param>
/// <param name="Data">What they see as `data`; null: the input.</param>
public sealed record TrialRequest(MapValue Config, Value Input, Value? Data);

/// <summary>A node that ran, or waits.</summary>
/// <param name="Run">The node run.</param>
/// <param name="Events">The events of the run, in order.</param>
/// <param name="Duration">How long that took.</param>
public sealed record Trial(NodeRun Run, IReadOnlyList<ExecutionEvent> Events, TimeSpan Duration);
