using System.Collections.Immutable;
using Millrace.Core.Executions;
using Millrace.Core.Values;

namespace Millrace.Testing.Workflows.Results;

/// <summary>
/// What came of a run: values to look at, and assertions that say what was expected, what came, and the way that was taken.
/// </summary>
public sealed partial class WorkflowTestResult
{
    internal WorkflowTestResult(ExecutionState state, IReadOnlyList<ExecutionEvent> events, ImmutableArray<NodeResult> runs)
    {
        _state = state;
        Events = [.. events];
        Runs = runs;
        Path = [.. runs.Where(run => run.Status != NodeStatus.Skipped).Select(run => run.Step)];
        Logs = [.. events.OfType<LogWritten>()];
    }

    private readonly ExecutionState _state;

    /// <summary>Where the execution stands: completed, failed, or waiting for what the test did not give.</summary>
    public ExecutionStatus Status => _state.Status;

    /// <summary>The id of the workflow that ran.</summary>
    public string WorkflowId => _state.Identity.WorkflowId;

    /// <summary>Its result; null until it has completed.</summary>
    public Value Result => _state.Result;

    /// <summary>The variables at the end.</summary>
    public MapValue Variables => _state.Variables;

    /// <summary>Why it failed; null: it did not.</summary>
    public ExecutionError? Error => _state.Error;

    /// <summary>
    /// The nodes in the order in which they began: "charge", or "charge[0]" in an iteration. Those that were skipped are not among them.
    /// </summary>
    public ImmutableArray<string> Path { get; }

    /// <summary>Every run of every node, in the order in which they began; those that were skipped last.</summary>
    public ImmutableArray<NodeResult> Runs { get; }

    /// <summary>Every attempt of an effect, in order, those of children included.</summary>
    public ImmutableArray<EffectCall> Effects { get; internal init; } = [];

    /// <summary>The lines of the log.</summary>
    public ImmutableArray<LogWritten> Logs { get; }

    /// <summary>What model calls cost.</summary>
    public Spending Cost => _state.Spending;

    /// <summary>All events of the journal, in order.</summary>
    public ImmutableArray<ExecutionEvent> Events { get; }

    /// <summary>How long it took, in virtual time: to its end, or to its last event.</summary>
    public TimeSpan Elapsed => _state.StartedAt is { } start && Events is [.., var last] ? last.Time - start : TimeSpan.Zero;

    /// <summary>The nodes that wait.</summary>
    public IEnumerable<NodeResult> Waiting => Runs.Where(run => run.Status == NodeStatus.Waiting);

    /// <summary>The executions that it started, in their order.</summary>
    public ImmutableArray<WorkflowTestResult> Children { get; internal set; } = [];

    /// <summary>The last run of a node.</summary>
    /// <exception cref="WorkflowTestException">There is no such node, or nothing has led to it yet.</exception>
    public NodeResult Node(string nodeId) =>
        RunsOf(nodeId) is [.., var last] ? last : throw Failed($"node '{nodeId}' has not run{Hint(nodeId)}");

    /// <summary>The runs of a node, in their order.</summary>
    public ImmutableArray<NodeResult> RunsOf(string nodeId) =>
        [.. Runs.Where(run => string.Equals(run.NodeId, nodeId, StringComparison.Ordinal))];

    /// <summary>The attempts of a node's effect, in their order.</summary>
    public ImmutableArray<EffectCall> EffectsOf(string nodeId) =>
        [.. Effects.Where(effect => string.Equals(effect.NodeId, nodeId, StringComparison.Ordinal))];

    /// <summary>
    /// All of it as data, which is what the expressions of <see cref="Assert"/> see: status, result, variables, error, path, nodes (the
    /// last run of each by
    /// id), effects, logs, cost, elapsed in milliseconds.
    /// </summary>
    public MapValue ToValue()
    {
        var nodes = new MapBuilder();
        foreach (var run in Runs)
            nodes.Set(run.NodeId, run.ToValue());
        return MapValue.Of(
            ("status", Status.Name()),
            ("result", Result),
            ("variables", Variables),
            ("error", Error is { } error ? error.ToValue() : Value.Null),
            ("path", Texts(Path)),
            ("nodes", nodes.Build()),
            ("effects", ListValue.Create(Effects.Select(effect => (Value)MapValue.Of(
                ("node", effect.NodeId), ("type", effect.Type), ("iteration", effect.Iteration), ("attempt", (long)effect.Attempt), ("config", effect.Config), ("key", effect.IdempotencyKey))))),
            (
                "logs",
                ListValue.Create(
                    Logs.Select(log =>
                        (Value)MapValue.Of(
                            ("level", log.Line.Level), ("message", log.Line.Message), ("node", log.NodeId), ("data", log.Line.Data))))),
            ("cost", MapValue.Of(("money", (double)Cost.Money), ("tokensIn", Cost.TokensIn), ("tokensOut", Cost.TokensOut))),
            ("elapsed", (long)Elapsed.TotalMilliseconds));
    }

    private string Hint(string nodeId)
    {
        var hint = _state.Graph.Find(nodeId) is null ? ClosestName.Hint(nodeId, _state.Graph.Nodes.Select(node => node.Id)) : "";
        return _state.Graph.Find(nodeId) is null ? $"; there is none of this id{hint}" : "";
    }

    private static ListValue Texts(IEnumerable<string> texts) => ListValue.Create(texts.Select(text => (Value)text));
}
