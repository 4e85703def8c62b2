using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

// Loops, forEach and while: turn after turn, item after item.
public sealed partial class Machine
{
    private void EnterLoop(Frame frame, GraphNode loop, Readiness readiness)
    {
        var turn = _state.OpenFrame(frame, loop, 0);
        var header = loop.Body!.Header!;
        if (readiness == Readiness.TooFew)
            Fail(turn, header, attempt: 1, TooFewBranches(frame, header, loop));
        else
            _ready.Enqueue((turn, header));
    }

    private void SkipLoop(Frame frame, GraphNode loop) =>
        Skip(_state.OpenFrame(frame, loop, 0), loop.Body!.Header!, SkipReason.NotReached);

    private void StartBody(Frame frame, GraphNode node, BodyLogic logic, NodeContext context)
    {
        var input = Value.Null;
        if (logic is ForEachLogic forEach)
        {
            var (items, error) = forEach.ItemsOf(context);
            if (items is null)
            {
                Fail(frame, node, attempt: 1, error!);
                return;
            }
            input = MapValue.Of("items", items);
        }
        Emit(new NodeStarted(node, frame.Iteration, 1, input));
        GoOnWithBody(frame.Run(node)!);
    }

    /// <summary>Begins what can begin of a body now, or ends its node.</summary>
    private void GoOnWithBody(NodeRun run)
    {
        switch (run.Node.Logic)
        {
            case ForEachLogic forEach: GoOnWithItems(run, forEach); break;
            case WhileLogic repeat: GoOnWithTurns(run, repeat); break;
            case OnceLogic once: GoOnOnce(run, once); break;
            default:
                if (run.Body is { Frames: [.., var last] } && ExecutionState.GoesOn(last))
                    NextTurn(last);
                break;
        }
    }

    private void GoOnWithItems(NodeRun run, ForEachLogic forEach)
    {
        var body = run.Body!;
        var count = body.Items.Count;
        while (body.Frames.Count < forEach.Concurrency && body.Started < count)
            Open(run);
        if (body.Finished < count)
            return;
        var meta = body.Failed == 0 ? MapValue.Of("count", (long)count) : MapValue.Of(("count", (long)count), ("failed", (long)body.Failed));
        Settle(run.Frame, run.Node, 1, new NodeOutcome { Output = ListValue.Own(body.Results), Meta = meta });
    }

    private void GoOnWithTurns(NodeRun run, WhileLogic repeat)
    {
        var body = run.Body!;
        if (body.Frames.Count > 0)
            return;
        _scope.EnterTurn(run);
        if (!EdgeChoice.TryEvaluate(repeat.Condition, _scope, out var holds, out var problem))
            Fail(run.Frame, run.Node, attempt: 1, new NodeError("expression", $"The condition '{repeat.Condition.Source}' of node '{run.Node.Id}' failed before iteration {body.Finished}: {problem}"));
        else if (!holds)
            Settle(run.Frame, run.Node, 1, new NodeOutcome { Output = _scope.Data, Meta = MapValue.Of("iterations", (long)body.Finished) });
        else if (body.Finished >= repeat.MaxIterations)
            Fail(run.Frame, run.Node, attempt: 1, TooManyTurns(run.Node, repeat.MaxIterations));
        else
            Open(run);
    }

    private void GoOnOnce(NodeRun run, OnceLogic once)
    {
        var body = run.Body!;
        if (body.Started == 0)
            Open(run);
        else if (body.Frames.Count == 0)
            Settle(run.Frame, run.Node, 1, once.Splits ? new NodeOutcome { Output = body.Result["output"], Meta = body.Result["meta"] } : NodeOutcome.Completed(body.Result));
    }

    private void Open(NodeRun run)
    {
        var frame = _state.OpenFrame(run.Frame, run.Node, run.Body!.Started);
        foreach (var root in frame.Block.Roots)
            _ready.Enqueue((frame, root));
    }

    private void NextTurn(Frame last)
    {
        var loop = last.Owner!;
        var header = last.Block.Header!;
        var turn = _state.OpenFrame(loop.Frame, loop.Node, last.Number + 1);
        if (turn.Number < last.Block.MaxIterations)
        {
            _ready.Enqueue((turn, header));
            return;
        }
        // No error port and no onError: whatever they lead to could be the loop again.
        var error = TooManyTurns(header, last.Block.MaxIterations);
        var handling = UnhandledIn(turn);
        StopBody(run: null, handling == FailureHandling.Body ? DataFlow.BodyAround(turn) : null);
        Emit(new NodeFailed(header, turn.Iteration, 1, error, handling, [], 0));
        AfterFailure(turn, header, 1, error, handling);
    }

    private static NodeError TooManyTurns(GraphNode node, int most) => new("max_iterations",
        $"The loop at node '{node.Id}' did not end within {most} iterations. If it needs more, raise 'maxIterations'.");

    /// <summary>All nodes of a frame have ended.</summary>
    private void AfterFrame(Frame frame)
    {
        // While it is held nothing new begins; who resumes it looks at everything.
        if (IsHeld || frame.Owner is not { } owner)
            return;
        if (owner.Node.IsLoop && !ExecutionState.GoesOn(frame))
            Follow(owner.Frame, owner.Node);
        else
            GoOnWithBody(owner);
    }

    /// <summary>A node in a body has failed: the list takes its error, or the node that runs the body fails too.</summary>
    private void FailBody(Frame inside, GraphNode node, int attempt, NodeError error)
    {
        var run = DataFlow.BodyAround(inside)!.Owner!;
        if (run.Node.Logic is ForEachLogic { Collects: true })
        {
            GoOnWithBody(run);
            return;
        }
        if (run.Node.Logic is OnceLogic { Splits: true })
        {
            Fail(run.Frame, run.Node, attempt: 1, error);
            return;
        }
        var details = new MapBuilder().Set("nodeId", node.Id).Set("iteration", inside.Iteration).Set("attempt", (long)attempt).SetIfPresent("details", error.Details).Build();
        var number = DataFlow.BodyAround(inside)!.Number;
        var what = run.Node.Logic switch
        {
            ForEachLogic => $"Item {number}",
            OnceLogic => "The body",
            _ => $"Iteration {number}",
        };
        Fail(run.Frame, run.Node, attempt: 1, new NodeError(error.Type, $"{what} of '{run.Node.Id}' failed at node '{node.Id}': {error.Message}", Details: details));
    }

    /// <summary>Says of everything under way in a node's body, or in an item around it, that it is to end.</summary>
    private void StopBody(NodeRun? run, Frame? around)
    {
        var frames = (run?.Body?.Frames ?? []).SelectMany(DataFlow.Within);
        if (around is not null)
            frames = frames.Concat(DataFlow.Within(around));
        foreach (var frame in frames)
        {
            foreach (var inner in frame.Runs)
            {
                if (inner is not null)
                    Stop(inner);
            }
        }
    }

    private void Stop(NodeRun run)
    {
        if (run.IsActive)
            _stopped.Add(run);
        if (run is { Status: NodeStatus.Waiting, Wait: { Kind: NodeWait.Child, Name: { } child } })
            _messages.Add(new OutgoingMessage(child, "cancel", MapValue.Of("reason", $"Its parent execution {_state.Identity.Id} no longer waits for it.")));
    }

    // A join that cancels others ends the branches that lead nowhere but to it.
    private void Supersede(Frame frame, GraphNode join)
    {
        foreach (var branch in join.Branches)
            Supersede(frame, branch, frame.Run(branch));
    }

    private void Supersede(Frame frame, GraphNode node, NodeRun? run)
    {
        if (node.IsLoop)
        {
            if (run is { Status: not NodeStatus.Running })
                return;
            var turn = run?.Body!.Frames[^1] ?? _state.OpenFrame(frame, node, 0);
            foreach (var inner in node.Body!.Nodes)
                Supersede(turn, inner, turn.Run(inner));
        }
        else if (run is null or { IsActive: true })
        {
            StopBody(run, around: null);
            if (run is not null)
                Stop(run);
            Emit(new NodeSkipped(node, frame.Iteration, SkipReason.Overtaken, [.. node.Outgoing.Select(edge => edge.Index)], Value.Null));
        }
    }
}
