using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

// One node: entered, run, settled, failed or skipped.
public sealed partial class Machine
{
    private void Enter(Frame frame, GraphNode node)
    {
        var readiness = frame.ReadinessOf(node);
        if (readiness is Readiness.NotYet or Readiness.Decided)
            return;
        // What became ready in an item may be overtaken by another item's failure, with which the body has ended.
        if (!ReferenceEquals(_state.FindFrame(frame.Block, frame.Iteration), frame))
            return;
        if (node.IsLoop)
            EnterLoop(frame, node, readiness);
        else if (readiness == Readiness.Unreachable)
            Skip(frame, node, SkipReason.NotReached);
        else if (readiness == Readiness.TooFew)
            Fail(frame, node, attempt: 1, TooFewBranches(frame, node, node));
        else
            EnterNode(frame, node);
    }

    private void EnterNode(Frame frame, GraphNode node)
    {
        var context = Context(frame, node);
        if (node.Definition.Disabled)
            Bypass(frame, node, SkipReason.Disabled, context.Data);
        else if (GateProblem(node, out var closed) is { } error)
            Fail(frame, node, attempt: 1, error);
        else if (closed && node.Definition.BypassWhenGated)
            Bypass(frame, node, SkipReason.BypassedByCondition, context.Data);
        else if (closed)
            Skip(frame, node, SkipReason.Condition);
        else
            Run(frame, node, attempt: 1, context);
    }

    private NodeError? GateProblem(GraphNode node, out bool closed)
    {
        closed = false;
        foreach (var gate in node.Gates)
        {
            if (!EdgeChoice.TryEvaluate(gate, _scope, out var holds, out var problem))
                return new NodeError("expression", $"The condition '{gate.Source}' of node '{node.Id}' failed: {problem}");
            if (!holds)
            {
                closed = true;
                return null;
            }
        }
        return null;
    }

    private void Run(Frame frame, GraphNode node, int attempt, NodeContext context)
    {
        switch (node.Logic)
        {
            case PureLogic pure:
                Emit(new NodeStarted(node, frame.Iteration, attempt, Value.Null));
                Settle(frame, node, attempt, pure.Evaluate(context));
                break;
            case EffectLogic effect:
                StartEffect(frame, node, attempt, effect, context);
                break;
            case WaitLogic wait:
                var (what, outcome) = wait.Begin(context);
                Settle(frame, node, attempt, what is null
                    ? outcome ?? throw new InvalidOperationException($"Node '{node.Id}' neither waits nor ends.")
                    : new NodeOutcome { Wait = what });
                break;
            case BodyLogic body:
                StartBody(frame, node, body, context);
                break;
            default:
                throw new InvalidOperationException($"Node '{node.Id}' has no behaviour.");
        }
    }

    private void StartEffect(Frame frame, GraphNode node, int attempt, EffectLogic effect, NodeContext context)
    {
        var rendered = effect.Render(context);
        if (!rendered.Succeeded)
        {
            Fail(frame, node, attempt, new NodeError("expression", $"The config of node '{node.Id}' at '{rendered.Pointer}' failed: {rendered.Error}"));
            return;
        }
        Emit(new NodeStarted(node, frame.Iteration, attempt, rendered.Value));
        StartEffect(frame.Run(node)!, context.Data);
    }

    /// <summary>Takes the outcome of an attempt in.</summary>
    private void Settle(Frame frame, GraphNode node, int attempt, NodeOutcome outcome)
    {
        _scope.Enter(frame, node);
        foreach (var line in outcome.Logs)
            Emit(new LogWritten(line, node.Id, frame.Iteration));
        if (outcome.Wait is { } wait)
        {
            // What an effect has begun elsewhere is bounded by the node's timeout, as the effect is; by what the effect says only where there is none.
            if (node.Logic is EffectLogic && node.Definition.Timeout is { } limit)
                wait = wait with { DueAt = frame.Run(node)!.StartedAt + limit };
            Emit(new NodeWaiting(node, frame.Iteration, wait));
            DeliverReceived(frame.Run(node)!);
            return;
        }
        if ((outcome.Error ?? Timeout(node, outcome) ?? OutputProblem(node, outcome)) is { } error)
        {
            FailAttempt(frame, node, attempt, error, outcome.Ending);
            return;
        }
        if (outcome.Variables is { Count: > 0 } changes && SetVariables(frame, node, changes, outcome.Merge) is { } conflict)
        {
            FailAttempt(frame, node, attempt, conflict, Ending.None);
            return;
        }
        var port = outcome.TimedOut ? GraphEdge.Timeout : outcome.Port;
        if (EdgeChoice.Of(_scope, node, NodeStatus.Completed, outcome.Output, port, out var skipped, isExclusive: outcome.TimedOut) is { } problem)
        {
            Fail(frame, node, attempt, problem);
            return;
        }
        Emit(new NodeCompleted(node, frame.Iteration, attempt, outcome.Output, port, outcome.Meta, skipped, DurationOf(frame, node)));
        if (outcome.Ending == Ending.Stop)
            Complete();
        else
            Follow(frame, node);
    }

    /// <summary>Sets variables. Not null: why it cannot.</summary>
    private NodeError? SetVariables(Frame frame, GraphNode node, MapValue changes, VariableMerge merge)
    {
        var (values, parts, added) = (new MapBuilder(), new MapBuilder(), new MapBuilder());
        foreach (var change in changes.Entries)
        {
            var name = change.Key.AsString();
            var isShared = _state.Graph.SharedVariables.Contains(name);
            if ((isShared ? ProblemOfPart(frame, node, name, merge, change.Value) : ProblemOfValue(node, name, merge, change.Value)) is { } problem)
                return problem;
            if (isShared)
                parts.Set(name, change.Value);
            // What was there before is not said again: a list that grows would be journaled whole each time.
            if (merge == VariableMerge.Replace)
                values.Set(name, change.Value);
            else if (!isShared)
                added.Set(name, change.Value);
        }
        Emit(new VariablesChanged(values.Build(), node.Id, frame.Iteration) { Parts = parts.Build(), Added = added.Build(), Merge = merge });
        return null;
    }

    private NodeError? ProblemOfValue(GraphNode node, string name, VariableMerge merge, Value value) =>
        Shapes.After(_state.VariableSet.ShapeOf(name), merge, Shapes.Of(value)) is null ? CannotBeSet(node, name) : null;

    private NodeError? ProblemOfPart(Frame frame, GraphNode node, string name, VariableMerge merge, Value value)
    {
        var write = new VariableWrite(node, frame.Iteration, merge, value);
        var variable = _state.VariableSet.SharedOf(name);
        if (variable.Contradicted(write) is { } other)
            return new NodeError(
                "conflict",
                $"The variable '{name}' is set by '{node.Id}' and by '{other.Node.Id}', neither of which comes before the other, and "
                    + "their values cannot both stand. Give both the same 'merge', append or deep, or let one come after the other.");
        return variable.Takes(write) ? null : CannotBeSet(node, name);
    }

    private static NodeError CannotBeSet(GraphNode node, string name) =>
        new("data", $"The variable '{name}' cannot be set by '{node.Id}': {Shapes.Problem}.");

    private static NodeError? Timeout(GraphNode node, NodeOutcome outcome) => outcome.TimedOut && !node.Outgoing.Any(edge => edge.IsTimeout)
        ? new NodeError("timeout", $"Node '{node.Id}' timed out, and it has no 'timeout' edge.")
        : null;

    private static NodeError? OutputProblem(GraphNode node, NodeOutcome outcome)
    {
        if (outcome.TimedOut || node.OutputSchema?.Validate(outcome.Output) is not { IsEmpty: false } problems)
            return null;
        var where = problems[0].Pointer is { Length: > 0 } pointer ? $" at '{pointer}'" : "";
        return new NodeError("output_schema", $"The output of node '{node.Id}' does not match its outputSchema{where}: {problems[0].Message}");
    }

    private void FailAttempt(Frame frame, GraphNode node, int attempt, NodeError error, Ending ending)
    {
        var again = ending == Ending.None && !_state.IsCancelling && RetrySchedule.Next(node.Retry, attempt, error, _state.Identity.Id, node.Id) is { } delay
            ? _now + delay
            : (DateTimeOffset?)null;
        if (again is { } dueAt)
            Emit(new NodeRetrying(node, frame.Iteration, attempt, error, dueAt));
        else
            Fail(frame, node, attempt, error, ending);
    }

    private void Fail(Frame frame, GraphNode node, int attempt, NodeError error, Ending ending = Ending.None)
    {
        var handling = HandlingOf(frame, node, ending);
        var skipped = ImmutableArray<int>.Empty;
        NodeError? problem = null;
        if (handling is FailureHandling.ErrorPort or FailureHandling.Continue)
        {
            _scope.Enter(frame, node);
            var output = ExecutionState.ErrorOutput(node, frame.Iteration, attempt, error);
            problem = EdgeChoice.Of(
                _scope,
                node,
                NodeStatus.Failed,
                output,
                handling == FailureHandling.ErrorPort ? GraphEdge.Error : null,
                out skipped,
                isExclusive: handling == FailureHandling.ErrorPort);
        }
        // With an edge that cannot be decided there is no going on.
        if (problem is not null)
            (handling, skipped) = (UnhandledIn(frame), []);
        StopBody(frame.Run(node), handling == FailureHandling.Body ? DataFlow.BodyAround(frame) : null);
        Emit(new NodeFailed(node, frame.Iteration, attempt, error, handling, skipped, DurationOf(frame, node)));
        AfterFailure(frame, node, attempt, problem ?? error, handling);
    }

    private void AfterFailure(Frame frame, GraphNode node, int attempt, NodeError error, FailureHandling handling)
    {
        switch (handling)
        {
            case FailureHandling.Cancelled:
                break;
            case FailureHandling.ErrorPort or FailureHandling.Continue:
                Follow(frame, node);
                break;
            case FailureHandling.Body:
                FailBody(frame, node, attempt, error);
                break;
            case FailureHandling.Compensate:
                Emit(new WorkflowCompensating(ErrorOf(frame, node, attempt, error)));
                Undo();
                break;
            default:
                Emit(new WorkflowFailed(node.Undoes is null ? ErrorOf(frame, node, attempt, error) : NotUndone(node, error)));
                break;
        }
    }

    private static ExecutionError ErrorOf(Frame frame, GraphNode node, int attempt, NodeError error) =>
        new(error.Type, error.Message, node.Id, frame.Iteration, attempt, error.Details);

    private FailureHandling HandlingOf(Frame frame, GraphNode node, Ending ending)
    {
        if (_state.IsCancelling)
            return FailureHandling.Cancelled;
        if (node.Undoes is not null)
            return FailureHandling.Fail;
        if (ending == Ending.Fail)
            return node.Definition.OnError.Action == ErrorAction.Compensate ? FailureHandling.Compensate : FailureHandling.Fail;
        if (node.HasErrorPort)
            return FailureHandling.ErrorPort;
        return node.Definition.OnError.Action switch
        {
            ErrorAction.Continue => FailureHandling.Continue,
            ErrorAction.Compensate => FailureHandling.Compensate,
            _ => UnhandledIn(frame),
        };
    }

    private static FailureHandling UnhandledIn(Frame frame) => DataFlow.BodyAround(frame) is null ? FailureHandling.Fail : FailureHandling.Body;

    private void Skip(Frame frame, GraphNode node, SkipReason reason)
    {
        if (node.IsLoop)
        {
            SkipLoop(frame, node);
            return;
        }
        Emit(new NodeSkipped(node, frame.Iteration, reason, [.. node.Outgoing.Select(edge => edge.Index)], Value.Null));
        Follow(frame, node);
    }

    private void Bypass(Frame frame, GraphNode node, SkipReason reason, Value data)
    {
        if (EdgeChoice.Of(_scope, node, NodeStatus.Skipped, data, port: null, out var skipped) is { } problem)
        {
            Fail(frame, node, attempt: 1, problem);
            return;
        }
        Emit(new NodeSkipped(node, frame.Iteration, reason, skipped, data));
        Follow(frame, node);
    }

    /// <summary>A node has ended: what it leads to may be ready now, and its frame may be over.</summary>
    private void Follow(Frame frame, GraphNode node)
    {
        if (node.Undoes is not null)
        {
            Undo();
            return;
        }
        if (!node.Branches.IsEmpty && !_state.Status.IsTerminal())
            Supersede(frame, node);
        foreach (var edge in node.Outgoing)
        {
            if (edge is { Target: { } target, IsBack: false })
                _ready.Enqueue((frame, target));
        }
        if (frame.Open == 0)
            AfterFrame(frame);
    }

    private long DurationOf(Frame frame, GraphNode node) =>
        frame.Run(node) is { StartedAt: var started } && started != default ? (long)(_now - started).TotalMilliseconds : 0;

    private static NodeError TooFewBranches(Frame frame, GraphNode node, GraphNode reached) => new("join",
        $"The join '{node.Id}' needs {node.Join!.Required} branches, but only {frame.TakenCount(reached)} of {reached.Incoming.Length} came.");
}
