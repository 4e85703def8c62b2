using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Simulation.Tests.Workflows;
using Millrace.Tests;

namespace Millrace.Simulation.Tests.Simulation;

/// <summary>An attempt of an effect.</summary>
internal readonly record struct AttemptKey(string NodeId, string Iteration, int Attempt);

/// <summary>
/// All that is around a machine: effects that end in any order, time, signals, children, people who hold and cancel it, and crashes.
/// What happens is fixed by the script; when it happens is drawn from the seed.
/// </summary>
internal sealed class World
{
    private const int MaxSteps = 2_000;
    private const int MaxStepsOfAnEffect = 3;
    private static readonly TimeSpan Soon = TimeSpan.FromDays(1);

    private readonly Script _script;
    private readonly Random _random;
    private readonly bool _cancels;
    private readonly PlanNode[] _signalled;
    private readonly ItemLimits _limits;
    private readonly HashSet<AttemptKey> _live = [];
    private readonly HashSet<AttemptKey> _mayBeginAgain = [];
    private readonly HashSet<AttemptKey> _answered = [];
    private readonly HashSet<string> _cancelledChildren = [];
    private int _completedNodes;

    /// <param name="plan">What runs.</param>
    /// <param name="run">Its machine, just started.</param>
    /// <param name="script">How effects go.</param>
    /// <param name="seed">What decides when things happen.</param>
    /// <param name="cancels">Whether somebody may cancel it.</param>
    public World(Plan plan, MachineRun run, Script script, int seed, bool cancels)
    {
        (Plan, Run, _script, _cancels) = (plan, run, script, cancels);
        _random = new Random(seed);
        _signalled = [.. plan.AllNodes().Where(node => node is { Type: "waitForEvent", SignalComes: true })];
        _limits = new ItemLimits(plan);
    }

    public Plan Plan { get; }

    public MachineRun Run { get; private set; }

    /// <summary>Every attempt that began, with its config and data.</summary>
    public Dictionary<AttemptKey, (Value Input, Value Data)> Begun { get; } = [];

    public bool WasCancelled { get; private set; }

    /// <summary>Of a fork: the events that it goes on from.</summary>
    public IReadOnlyList<ExecutionEvent> Past { get; init; } = [];

    /// <summary>Lives until the execution has ended.</summary>
    public void Live()
    {
        Look();
        for (var step = 0; !Run.State.Status.IsTerminal(); step++)
        {
            Assert.True(step < MaxSteps, "It does not end.");
            Step();
            Look();
        }
        Run.AssertReplays();
        LookAtChildren();
    }

    private void Step()
    {
        var dice = _random.Next(100);
        if (dice < 4)
            Crash();
        else if (dice < 6)
            Run.Handle(new PauseInput("chance"));
        else if (dice < 9 && _signalled.Length > 0)
            Signal(_signalled[_random.Next(_signalled.Length)]);
        else if (dice < 12)
            Run.AssertReplays();
        else if (dice < 13)
            Migrate();
        else if (dice < 14 && _cancels)
            Cancel();
        else if (Run.State.Status == ExecutionStatus.Paused && (dice < 40 || Run.Effects.Count == 0))
            Run.Handle(ResumeInput.Instance);
        else
            GoOn();
    }

    private void GoOn()
    {
        var waits = Run.State.Waits.ToList();
        var children = waits.FindAll(run => run is { Status: NodeStatus.Waiting, Wait.Kind: NodeWait.Child });
        var doubts = waits.FindAll(run => run.Status == NodeStatus.InDoubt);
        var isDue = Run.State.NextDue() is { } due && due < Run.Now + Soon;
        var choice = _random.Next(Run.Effects.Count + children.Count + doubts.Count + (isDue ? 1 : 0) + 1);
        if (choice < Run.Effects.Count)
            EndEffect(Run.Effects[choice]);
        else if ((choice -= Run.Effects.Count) < children.Count)
            Answer(children[choice].Node.Id, children[choice].Iteration, children[choice].Attempt);
        else if ((choice -= children.Count) < doubts.Count)
            Resolve(doubts[choice]);
        else if (isDue)
            Run.Advance(Later(Run.State.NextDue()!.Value));
        else if (Run.Effects.Count + children.Count + doubts.Count == 0)
            Wake(waits);
    }

    private TimeSpan Later(DateTimeOffset due) => due > Run.Now ? due - Run.Now : TimeSpan.Zero;

    // Nothing else would ever happen: somebody must be waiting for a signal or an answer.
    private void Wake(List<NodeRun> waits)
    {
        var waiting = waits.FindAll(run => run is { Status: NodeStatus.Waiting, Wait.Kind: not NodeWait.Child });
        Assert.True(waiting.Count > 0, "Nothing runs and nothing is waited for, yet it has not ended.");
        var run = waiting[_random.Next(waiting.Count)];
        var node = _script.Find(run.Node.Id);
        if (!node.IsAnswered)
            Signal(node);
        else if (node.Type == "manualInput")
            Run.Answer(node.Id, $$"""{"data":{{node.Given.ToJson()}} }""", run.Iteration);
        else
            Run.Answer(node.Id, node.Given.ToJson(), run.Iteration, node.Type == "callback" ? Delivery.Callback : Delivery.Answer);
    }

    private void Signal(PlanNode node)
    {
        // A filter leaves this one for others, and there are none.
        if (node.Filter is not null && _random.Next(3) == 0)
            Run.Signal(node.Signal, "\"another\"");
        Run.Signal(node.Signal, node.Payload.ToJson());
    }

    private void EndEffect(EffectStart effect)
    {
        if (TakesStep(effect))
            return;
        var key = new AttemptKey(effect.Node.Id, effect.Iteration, effect.Attempt);
        var outcome = _script.OutcomeOf(key.NodeId, key.Iteration, key.Attempt);
        if (_script.Find(key.NodeId).Type == "subworkflow" && !key.NodeId.EndsWith(Script.CompensationSuffix, StringComparison.Ordinal) && (outcome.Error is null || _random.Next(2) == 0))
        {
            // A child may be done before its parent knows that it waits.
            if (!_answered.Contains(key) && _random.Next(4) == 0)
                Answer(key.NodeId, key.Iteration, key.Attempt);
            outcome = new NodeOutcome { Wait = new NodeWait(NodeWait.Child, null, ChildOf(key)) };
        }
        else if (_answered.Contains(key))
        {
            return;
        }
        if (Run.Effects.Contains(effect))
            Run.Finish(key.NodeId, outcome, key.Iteration);
    }

    // Before it ends, an effect may take steps, side by side as well. The first word about one counts.
    private bool TakesStep(EffectStart effect)
    {
        var known = StepsOf(effect);
        if (known.Count >= MaxStepsOfAnEffect || _random.Next(3) > 0)
            return false;
        var number = _random.Next(1, MaxStepsOfAnEffect + 1);
        var error = _random.Next(5) == 0 ? new NodeError("refused", "No.") : null;
        var step = new StepRecord(number, $"s{number}", error is null ? (long)_random.Next(10) : Value.Null, error);
        // What the turn that began it went on to stop is still among the effects here: nobody waits for it, and its steps are dropped.
        var isNew = IsUnderWay(effect) && !known.Exists(one => one.Number == number);
        Run.Handle(new StepCompletedInput(effect.Node, effect.Iteration, effect.Attempt, step, 1, default));
        var expected = isNew ? [.. known, step] : known;
        Assert.True(StepsOf(effect).SequenceEqual(expected), $"Recorded are {string.Join(", ", StepsOf(effect))}, but should be {string.Join(", ", expected)}.");
        return true;
    }

    private bool IsUnderWay(EffectStart effect) => Run.Run(effect.Node.Id, effect.Iteration) is { IsEffectRunning: true } run && run.Attempt == effect.Attempt;

    // By the journal alone.
    private List<StepRecord> StepsOf(EffectStart effect) => [.. Past.Concat(Run.Journal).OfType<StepCompleted>()
        .Where(e => e.Node.Id == effect.Node.Id && e.Iteration == effect.Iteration).Select(e => e.Step)];

    // A fork starts children of its own: what the others' said is not for it.
    private string ChildOf(AttemptKey key) => $"{(Run.State.Start.Origin is null ? "" : "fork's ")}child of {key.NodeId} {key.Iteration} {key.Attempt}";

    private void Answer(string nodeId, string iteration, int attempt)
    {
        var key = new AttemptKey(nodeId, iteration, attempt);
        if (!_answered.Add(key))
            return;
        var outcome = _script.OutcomeOf(nodeId, iteration, attempt);
        var payload = outcome.Error is { } error
            ? MapValue.Of("error", MapValue.Of(("type", error.Type), ("message", error.Message), ("retryable", error.Retryable)))
            : MapValue.Of(("output", outcome.Output), ("meta", MapValue.Of("executionId", ChildOf(key))));
        Run.Handle(new DeliveryInput(new Delivery(NodeWait.Child, ChildOf(key), payload, nodeId, iteration)));
    }

    private void Resolve(NodeRun run)
    {
        if (_random.Next(2) == 0)
        {
            _mayBeginAgain.Add(new AttemptKey(run.Node.Id, run.Iteration, run.Attempt));
            Run.Handle(new ResolveInput(run.Node.Id, run.Iteration, null));
            return;
        }
        Run.Handle(new ResolveInput(run.Node.Id, run.Iteration, _script.OutcomeOf(run.Node.Id, run.Iteration, run.Attempt)));
    }

    private void Cancel()
    {
        WasCancelled = true;
        Run.Handle(new CancelInput("chance"));
    }

    // To a version that is the same: nothing may come of it.
    private void Migrate()
    {
        Run.Handle(new MigrateInput(Run.Graph, 2, MapValue.Empty));
        Assert.True(Run.State.Status == ExecutionStatus.Compensating || Run.Journal.Any(e => e is WorkflowMigrated), Run.Journal.OfType<LogWritten>().LastOrDefault()?.Line.Message ?? "It was not migrated.");
    }

    private void Crash()
    {
        foreach (var effect in Run.Effects)
        {
            var key = new AttemptKey(effect.Node.Id, effect.Iteration, effect.Attempt);
            _mayBeginAgain.Add(key);
            if (!WasCancelled && _script.Find(key.NodeId).InDoubt == "fail" && !key.NodeId.EndsWith(Script.CompensationSuffix, StringComparison.Ordinal))
                _script.Doubt(key.NodeId, key.Iteration, key.Attempt);
        }
        _live.Clear();
        NoteMessages();
        Run = Run.Recover(_random.Next(2) * _random.Next(Run.Journal.Count + 1));
        Run.Handle(RecoveredInput.Instance);
        // The wish to cancel stays in the inbox until it is done.
        if (WasCancelled)
            Run.Handle(new CancelInput("chance"));
    }

    // What must hold whatever happens.
    private void Look()
    {
        Assert.True(Run.State.CompletedNodes >= _completedNodes, "Progress fell.");
        _completedNodes = Run.State.CompletedNodes;
        Assert.True(_completedNodes <= Run.Graph.Size, "There is more progress than there are nodes.");
        var live = new HashSet<AttemptKey>();
        foreach (var effect in Run.Effects)
        {
            var key = new AttemptKey(effect.Node.Id, effect.Iteration, effect.Attempt);
            Assert.True(live.Add(key), $"{key} runs twice at once.");
            if (_live.Contains(key))
                continue;
            var isNew = Begun.TryAdd(key, (effect.Input, effect.Data));
            Assert.True(isNew || _mayBeginAgain.Remove(key), $"{key} began twice, and nothing had happened to it.");
            Assert.True(Begun[key] == (effect.Input, effect.Data), $"{key} began again with something else.");
            Assert.True(effect.Steps.SequenceEqual(StepsOf(effect)), $"{key} began with the steps {string.Join(", ", effect.Steps)}, but recorded are {string.Join(", ", StepsOf(effect))}.");
        }
        _live.Clear();
        _live.UnionWith(live);
        _limits.Check(Run.State);
    }

    private void NoteMessages() => _cancelledChildren.UnionWith(Run.Messages.Where(message => message.Kind == "cancel").Select(message => message.ExecutionId));

    private void LookAtChildren()
    {
        NoteMessages();
        var left = Run.Journal.OfType<NodeWaiting>()
            .Where(e => e.Wait is { Kind: NodeWait.Child, Name: { } child } && !_cancelledChildren.Contains(child))
            .Select(e => e.Wait.Name)
            .Except(_answered.Select(ChildOf))
            .ToList();
        Assert.True(left.Count == 0, $"Nobody told {string.Join(", ", left)} to end.");
    }
}
