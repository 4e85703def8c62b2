using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>
/// The heart: takes one input and decides what happens. Every decision is an event, applied to the state as it is made and
/// handed to the caller to be journaled; effects are handed over to be started once those events are durable.
/// Pure: the same state and input give the same events and effects.
/// </summary>
public sealed class Machine
{
    private readonly ExecutionState _state;
    private readonly Queue<GraphNode> _ready = new();
    private readonly List<ExecutionEvent> _events = [];
    private readonly List<EffectStart> _effects = [];
    private readonly NodeScope _scope;
    private readonly NodeContext _context;
    private DateTimeOffset _now;

    /// <summary>A machine for one execution.</summary>
    public Machine(ExecutionState state)
    {
        _state = state;
        _scope = new NodeScope(state);
        _context = new NodeContext(_scope);
    }

    /// <summary>The events decided since the last <see cref="Clear"/>, in order; already applied to the state.</summary>
    public IReadOnlyList<ExecutionEvent> Events => _events;

    /// <summary>The effects to start once those events are durable.</summary>
    public IReadOnlyList<EffectStart> Effects => _effects;

    /// <summary>Forgets what was decided, once it was taken over.</summary>
    public void Clear()
    {
        _events.Clear();
        _effects.Clear();
    }

    /// <summary>Handles one input.</summary>
    /// <param name="input">What happened.</param>
    /// <param name="now">The time to record for it.</param>
    public void Handle(MachineInput input, DateTimeOffset now)
    {
        if (_state.Status.IsTerminal())
            return;
        _now = now;
        _scope.Now = now;
        switch (input)
        {
            case StartInput start: Begin(start.Start); break;
            case EffectFinishedInput finished: FinishEffect(finished); break;
            case TimePassedInput: DoWhatIsDue(); break;
            case CancelInput cancel: Cancel(cancel.Reason); break;
            case CancelGraceOverInput: CancelNow(); break;
            case RecoveredInput: SettleEffectsInDoubt(); break;
            default: throw new InvalidOperationException($"Unknown input {input.GetType().Name}.");
        }
        Advance();
    }

    private void Begin(ExecutionStart start)
    {
        Emit(new WorkflowStarted(start));
        foreach (var root in _state.Graph.Roots)
        {
            if (root.Type.Role == NodeRole.Start && start.StartNode is { } fired && !string.Equals(fired, root.Id, StringComparison.Ordinal))
                Skip(root, SkipReason.NotReached);
            else
                _ready.Enqueue(root);
        }
    }

    /// <summary>Runs what is ready until nothing is, then says what that means for the whole execution.</summary>
    private void Advance()
    {
        while (!_state.Status.IsTerminal() && !_state.IsCancelling && _ready.TryDequeue(out var node))
            Enter(node);
        _ready.Clear();
        if (_state.Status.IsTerminal() || _state.RunningEffects > 0)
            return;
        if (_state.IsCancelling)
            Emit(new WorkflowCancelled(_state.CancelReason));
        else if (_state.Runs().Any(run => run.Status is NodeStatus.Waiting or NodeStatus.Retrying or NodeStatus.InDoubt))
            Wait();
        else
            Emit(new WorkflowCompleted(ExecutionResult.Of(_state)));
    }

    private void Wait()
    {
        if (_state.Status != ExecutionStatus.Waiting)
            Emit(new WorkflowWaiting(_state.NextDue()));
    }

    private void Enter(GraphNode node)
    {
        switch (_state.Root.ReadinessOf(node))
        {
            case Readiness.NotYet or Readiness.Decided: return;
            case Readiness.Unreachable: Skip(node, SkipReason.NotReached); return;
            case Readiness.TooFew: Fail(node, attempt: 1, TooFewBranches(node)); return;
        }
        var context = Context(node);
        if (node.Definition.Disabled)
            Bypass(node, SkipReason.Disabled, context.Data);
        else if (GateProblem(node, out var closed) is { } error)
            Fail(node, attempt: 1, error);
        else if (closed && node.Definition.BypassWhenGated)
            Bypass(node, SkipReason.BypassedByCondition, context.Data);
        else if (closed)
            Skip(node, SkipReason.Condition);
        else
            Run(node, attempt: 1, context);
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

    private void Run(GraphNode node, int attempt, NodeContext context)
    {
        switch (node.Logic)
        {
            case PureLogic pure:
                Emit(new NodeStarted(node, "", attempt, Value.Null));
                Settle(node, attempt, pure.Evaluate(context));
                break;
            case EffectLogic effect:
                StartEffect(node, attempt, effect, context);
                break;
            case WaitLogic wait:
                var (what, outcome) = wait.Begin(context);
                if (what is null)
                    Settle(node, attempt, outcome ?? throw new InvalidOperationException($"Node '{node.Id}' neither waits nor ends."));
                else
                    Emit(new NodeWaiting(node, "", what));
                break;
            default:
                throw new InvalidOperationException($"Node '{node.Id}' has no behaviour.");
        }
    }

    private void StartEffect(GraphNode node, int attempt, EffectLogic effect, NodeContext context)
    {
        var rendered = effect.Render(context);
        if (!rendered.Succeeded)
        {
            Fail(node, attempt, new NodeError("expression", $"The config of node '{node.Id}' at '{rendered.Pointer}' failed: {rendered.Error}"));
            return;
        }
        Emit(new NodeStarted(node, "", attempt, rendered.Value));
        _effects.Add(new EffectStart(node, "", attempt, _state.Root.Run(node)!.Generation, rendered.Value, context.Data));
    }

    private void FinishEffect(EffectFinishedInput finished)
    {
        var run = _state.FindRun(finished.Node, finished.Iteration);
        if (run is not { IsEffectRunning: true } || run.Attempt != finished.Attempt)
            return;
        _scope.Enter(finished.Node);
        Settle(finished.Node, finished.Attempt, finished.Outcome);
    }

    /// <summary>Takes the outcome of an attempt in.</summary>
    private void Settle(GraphNode node, int attempt, NodeOutcome outcome)
    {
        foreach (var line in outcome.Logs)
            Emit(new LogWritten(line, node.Id, ""));
        if ((outcome.Error ?? OutputProblem(node, outcome.Output)) is { } error)
        {
            FailAttempt(node, attempt, error, outcome.Ending);
            return;
        }
        if (outcome.Variables is { Count: > 0 } changes)
            Emit(new VariablesChanged(changes, node.Id));
        if (EdgeChoice.Of(_scope, node, NodeStatus.Completed, outcome.Output, outcome.Port, out var skipped) is { } problem)
        {
            Fail(node, attempt, problem);
            return;
        }
        Emit(new NodeCompleted(node, "", attempt, outcome.Output, outcome.Port, outcome.Meta, skipped, DurationOf(node)));
        if (outcome.Ending == Ending.Stop)
            Emit(new WorkflowCompleted(ExecutionResult.Of(_state)));
        else
            Follow(node);
    }

    private static NodeError? OutputProblem(GraphNode node, Value output)
    {
        if (node.OutputSchema?.Validate(output) is not { IsEmpty: false } problems)
            return null;
        var where = problems[0].Pointer is { Length: > 0 } pointer ? $" at '{pointer}'" : "";
        return new NodeError("output_schema", $"The output of node '{node.Id}' does not match its outputSchema{where}: {problems[0].Message}");
    }

    private void FailAttempt(GraphNode node, int attempt, NodeError error, Ending ending)
    {
        var again = ending == Ending.None && !_state.IsCancelling && RetrySchedule.Next(node.Retry, attempt, error, _state.Identity.Id, node.Id) is { } delay
            ? _now + delay
            : (DateTimeOffset?)null;
        if (again is { } dueAt)
            Emit(new NodeRetrying(node, "", attempt, error, dueAt));
        else
            Fail(node, attempt, error, ending);
    }

    private void Fail(GraphNode node, int attempt, NodeError error, Ending ending = Ending.None)
    {
        var handling = HandlingOf(node, ending);
        var skipped = ImmutableArray<int>.Empty;
        NodeError? problem = null;
        if (handling is FailureHandling.ErrorPort or FailureHandling.Continue)
        {
            var output = ExecutionState.ErrorOutput(node, "", attempt, error);
            problem = EdgeChoice.Of(_scope, node, NodeStatus.Failed, output, handling == FailureHandling.ErrorPort ? "error" : null, out skipped);
        }
        // With an edge that cannot be decided there is no going on.
        if (problem is not null)
            (handling, skipped) = (FailureHandling.Fail, []);
        Emit(new NodeFailed(node, "", attempt, error, handling, skipped, DurationOf(node)));
        var fatal = problem ?? error;
        if (handling == FailureHandling.Fail)
            Emit(new WorkflowFailed(new ExecutionError(fatal.Type, fatal.Message, node.Id, "", attempt, fatal.Details)));
        else if (handling != FailureHandling.Cancelled)
            Follow(node);
    }

    private FailureHandling HandlingOf(GraphNode node, Ending ending)
    {
        if (_state.IsCancelling)
            return FailureHandling.Cancelled;
        if (ending == Ending.Fail)
            return FailureHandling.Fail;
        if (node.HasErrorPort)
            return FailureHandling.ErrorPort;
        return node.Definition.OnError.Action == ErrorAction.Continue ? FailureHandling.Continue : FailureHandling.Fail;
    }

    private void Skip(GraphNode node, SkipReason reason)
    {
        Emit(new NodeSkipped(node, "", reason, [.. node.Outgoing.Select(edge => edge.Index)], Value.Null));
        Follow(node);
    }

    private void Bypass(GraphNode node, SkipReason reason, Value data)
    {
        if (EdgeChoice.Of(_scope, node, NodeStatus.Skipped, data, port: null, out var skipped) is { } problem)
        {
            Fail(node, attempt: 1, problem);
            return;
        }
        Emit(new NodeSkipped(node, "", reason, skipped, data));
        Follow(node);
    }

    private void Follow(GraphNode node)
    {
        foreach (var edge in node.Outgoing)
            _ready.Enqueue(edge.Target);
    }

    private void DoWhatIsDue()
    {
        if (_state.Deadline <= _now)
        {
            var limit = _state.Graph.Definition.Settings.Timeout!.Value;
            Emit(new WorkflowFailed(new ExecutionError("timeout", $"The execution took longer than its workflow's timeout of {Durations.ToIso(limit)}.")));
            return;
        }
        if (_state.IsCancelling)
            return;
        foreach (var run in _state.Runs().Where(run => run.DueAt <= _now).ToList())
        {
            if (_state.Status.IsTerminal())
                return;
            var context = Context(run.Node);
            if (run.Status == NodeStatus.Retrying)
                Run(run.Node, run.Attempt + 1, context);
            else if (run.Node.Logic is WaitLogic wait)
                Settle(run.Node, attempt: 1, wait.OnDue(context));
        }
    }

    private void Cancel(string? reason)
    {
        _state.IsCancelling = true;
        _state.CancelReason ??= reason;
    }

    private void CancelNow()
    {
        if (!_state.IsCancelling)
            return;
        foreach (var run in _state.Runs().Where(run => run.IsEffectRunning).ToList())
            Emit(new NodeInDoubt(run.Node, run.Iteration, InDoubtPolicy.Ask));
    }

    private void SettleEffectsInDoubt()
    {
        foreach (var run in _state.Runs().Where(run => run.IsEffectRunning).ToList())
        {
            if (_state.Status.IsTerminal())
                return;
            var policy = _state.IsCancelling ? InDoubtPolicy.Ask : run.Node.Definition.InDoubt ?? InDoubtPolicy.Retry;
            Emit(new NodeInDoubt(run.Node, run.Iteration, policy));
            if (policy == InDoubtPolicy.Retry)
                _effects.Add(new EffectStart(run.Node, run.Iteration, run.Attempt, run.Generation, run.Input, Context(run.Node).Data));
            else if (policy == InDoubtPolicy.Fail)
                Fail(run.Node, run.Attempt, new NodeError("inDoubt", $"Whether node '{run.Node.Id}' had its effect before a restart is unknown."));
        }
    }

    private NodeContext Context(GraphNode node)
    {
        _scope.Enter(node);
        _context.Data = _scope.Data;
        _context.Input = _state.Start.Input;
        _context.Arrivals = node.Type.Role == NodeRole.Join ? _scope.Arrivals(node) : [];
        _context.Given = _state.Start.Inputs.TryGet(node.Id, out var given) ? given : (Value?)null;
        _context.Variables = _state.Variables;
        _context.Now = _now;
        return _context;
    }

    private long DurationOf(GraphNode node) =>
        _state.Root.Run(node) is { StartedAt: var started } && started != default ? (long)(_now - started).TotalMilliseconds : 0;

    private NodeError TooFewBranches(GraphNode node) => new("join",
        $"The join '{node.Id}' needs {node.Join!.Required} branches, but only {_state.Root.TakenCount(node)} of {node.Incoming.Length} came.");

    private void Emit(ExecutionEvent e)
    {
        e.Seq = _state.Seq + 1;
        e.Time = _now;
        _state.Apply(e);
        _events.Add(e);
    }
}
