using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Executions;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Engine.Nodes;

/// <summary>Runs one node of a type alone, without an engine or a store: for tests of node types.</summary>
public static class SingleNode
{
    private const string Id = "node";

    /// <summary>Checks a config as a workflow's is checked when it is saved, and runs the node once.</summary>
    /// <param name="type">The node type.</param>
    /// <param name="config">The node's config, as JSON; templates see the data as `data` and `input`.</param>
    /// <param name="data">What arrives at the node, as JSON.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Tells an effect to end.</param>
    public static async ValueTask<SingleNodeResult> RunAsync(NodeType type, string config, string data, TimeProvider time, CancellationToken cancellation = default)
    {
        var types = new NodeRegistry([type]);
        Value document = MapValue.Of(
            ("name", "Single node"),
            ("nodes", Value.List(MapValue.Of(("id", Id), ("type", type.Description.Type), ("config", ValueJson.Parse(config))))),
            ("edges", Value.List()));
        var read = DefinitionReader.Read(document.ToUtf8(), DocumentFormat.Json, types);
        var problems = read.Problems.ToList();
        if (read.Definition is { } definition)
            problems.AddRange(DefinitionValidator.Validate(definition, read.Document, types));
        // There is nothing but the node.
        problems.RemoveAll(problem => problem.Code is "no_start");
        if (read.Definition is null || problems.Exists(IsError) || GraphCompiler.Compile(read.Definition, types, problems) is not { } graph)
            return new SingleNodeResult([.. problems], null);
        var machine = new Machine(new ExecutionState(new ExecutionIdentity("single", "single", "single", 1), graph));
        machine.Handle(new StartInput(new ExecutionStart { Input = ValueJson.Parse(data) }), time.GetUtcNow());
        var outcome = machine.Effects is [var effect, ..] ? await RunAsync(effect, time, cancellation) : OutcomeOf(machine.Events);
        return new SingleNodeResult([.. problems], outcome);
    }

    private static async ValueTask<NodeOutcome> RunAsync(EffectStart effect, TimeProvider time, CancellationToken cancellation)
    {
        var context = new EffectContext { Tenant = "single", ExecutionId = "single", WorkflowId = "single", NodeId = effect.Node.Id, Attempt = effect.Attempt, Data = effect.Data, Time = time };
        var outcome = await ((ExecutableEffect)effect.Node.Logic).RunAsync(effect.Input, context, cancellation);
        return outcome with { Logs = [.. context.Logs, .. outcome.Logs] };
    }

    private static NodeOutcome OutcomeOf(IReadOnlyList<ExecutionEvent> events)
    {
        var logs = events.OfType<LogWritten>().Select(log => log.Line).ToImmutableArray();
        return events.OfType<NodeEvent>().LastOrDefault(e => string.Equals(e.Node.Id, Id, StringComparison.Ordinal)) switch
        {
            NodeCompleted completed => NodeOutcome.Completed(completed.Output, completed.Port) with { Meta = completed.Meta, Logs = logs },
            NodeFailed failed => NodeOutcome.Failed(failed.Error) with { Logs = logs },
            NodeWaiting waiting => new NodeOutcome { Wait = waiting.Wait, Logs = logs },
            var other => throw new InvalidOperationException($"The node came to {other?.GetType().Name ?? "nothing"}."),
        };
    }

    private static bool IsError(Problem problem) => problem.Severity == Severity.Error;
}

/// <summary>What came of a node that ran alone.</summary>
/// <param name="Problems">What saving it finds; with an error among them, it did not run.</param>
/// <param name="Outcome">How its attempt ended; null: it did not run.</param>
public sealed record SingleNodeResult(ImmutableArray<Problem> Problems, NodeOutcome? Outcome);
