using System.Globalization;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

// Turns and items. Nothing is recorded of them but the events of their nodes: when the last node of one ends, what follows is a
// function of what is known, so that a fold finds it again.
public sealed partial class ExecutionState
{
    private readonly Dictionary<(int Block, string Iteration), Frame> _frames = [];

    internal Frame? FindFrame(GraphBlock block, string iteration) =>
        block.Index == 0 ? (iteration.Length == 0 ? Root : null) : _frames.GetValueOrDefault((block.Index, iteration));

    /// <summary>The frame of an event: where it is the first of its turn or item, that begins with it.</summary>
    private Frame FrameOf(GraphNode node, string iteration)
    {
        if (FindFrame(node.Block, iteration) is { } known)
            return known;
        if (node.Block.Kind == BlockKind.Compensation)
            return OpenCompensation(node, iteration);
        var dot = iteration.LastIndexOf('.');
        if (node.Block.Owner is not { } owner || !int.TryParse(iteration.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            throw new InvalidOperationException($"Node '{node.Id}' is not in an iteration '{iteration}'.");
        return OpenFrame(FrameOf(owner, dot < 0 ? "" : iteration[..dot]), owner, number);
    }

    /// <summary>Begins a turn of a loop or while, or an item of a forEach.</summary>
    internal Frame OpenFrame(Frame around, GraphNode owner, int number)
    {
        var run = RunOrNew(around, owner);
        var body = run.Body ??= owner.IsLoop ? new BodyRun() : throw new InvalidOperationException($"Node '{owner.Id}' does not run its body.");
        if (number != body.Started)
            throw new InvalidOperationException($"Iteration {number} of '{owner.Id}' does not follow {body.Started - 1}.");
        var path = around.Iteration.Length == 0 ? number.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{around.Iteration}.{number}");
        var frame = owner.IsLoop ? OpenTurn(around, run, body, path, number) : new Frame(owner.Body!, path, number, run) { Data = DataOfItem(around, run, body, number) };
        body.Started = number + 1;
        body.Frames.Add(frame);
        _frames.Add((owner.Body!.Index, path), frame);
        if (owner.IsLoop)
            run.Status = NodeStatus.Running;
        return frame;
    }

    private Frame OpenTurn(Frame around, NodeRun run, BodyRun body, string path, int number)
    {
        if (number == 0)
        {
            var arrivals = DataFlow.Arrivals(around, run.Node);
            return new Frame(run.Node.Body!, path, number, run)
            {
                Entry = arrivals,
                Data = DataFlow.DataOf(this, around, run.Node),
                IsDead = !run.Node.Incoming.IsEmpty && around.TakenCount(run.Node) == 0,
            };
        }
        var last = body.Frames[^1];
        var back = DataFlow.ArrivalsBack(last);
        body.Frames.Clear();
        Leave(last);
        return new Frame(run.Node.Body!, path, number, run) { Entry = back, Data = DataFlow.Combine(back) };
    }

    private Value DataOfItem(Frame around, NodeRun run, BodyRun body, int number) => run.Node.Logic switch
    {
        ForEachLogic => number < body.Items.Count ? body.Items[number] : throw new InvalidOperationException($"Node '{run.Node.Id}' has no item {number}."),
        _ => number == 0 ? DataFlow.DataOf(this, around, run.Node) : body.Result,
    };

    private static void BeginBody(NodeRun run)
    {
        if (run.Node.Logic is not BodyLogic logic)
            return;
        run.Body = new BodyRun();
        if (logic is not ForEachLogic)
            return;
        run.Body.Items = run.Input["items"].TryGetList(out var items) ? items : throw new InvalidOperationException($"Node '{run.Node.Id}' was started without items.");
        run.Body.Results = new Value[items.Count];
    }

    /// <summary>Says what it means that all nodes of a frame have ended.</summary>
    private void Close(Frame frame)
    {
        if (frame.Owner is not { Body: { } body } run)
            return;
        if (frame.Block.Kind == BlockKind.Loop)
        {
            if (!GoesOn(frame))
                EndLoop(frame, run);
            return;
        }
        var result = ExecutionResult.Of(frame);
        body.Finished++;
        body.Result = result;
        if (run.Node.Logic is ForEachLogic)
            body.Results[frame.Number] = result;
        body.Frames.Remove(frame);
        Leave(frame);
    }

    /// <summary>Whether another turn of a loop follows this one: it is over, a way back was taken, and no join has gone on without it.</summary>
    internal static bool GoesOn(Frame turn) => turn.LeadsBack && !turn.Owner!.Node.CancelledBy.Any(join => turn.Parent!.Run(join) is { IsActive: false });

    private void EndLoop(Frame last, NodeRun run)
    {
        run.Status = NodeStatus.Completed;
        var around = run.Frame;
        if (ReferenceEquals(around, Root))
            CompletedNodes += run.Node.Body!.Size;
        around.EndLoop(last);
        if (around.Open == 0)
            Close(around);
    }

    /// <summary>A node in a body failed for good: the item leaves its error, or the node around is about to fail too.</summary>
    private void FailBody(Frame inside, NodeFailed failed)
    {
        var frame = DataFlow.BodyAround(inside) ?? throw new InvalidOperationException($"Node '{failed.Node.Id}' is in no body.");
        var body = frame.Owner!.Body!;
        body.Finished++;
        body.Failed++;
        if (frame.Owner.Node.Logic is ForEachLogic)
            body.Results[frame.Number] = ErrorOutput(failed.Node, failed.Iteration, failed.Attempt, failed.Error);
        body.Frames.Remove(frame);
        Stop(frame, failed.Time);
    }

    // Whatever still runs in a body when its node ends is ended with it.
    private void EndBody(NodeRun run, DateTimeOffset time)
    {
        if (run.Body is not { } body)
            return;
        foreach (var frame in body.Frames)
            Stop(frame, time);
        if (!run.Node.IsLoop)
            run.Body = null;
    }

    private void Stop(Frame frame, DateTimeOffset time)
    {
        foreach (var inner in DataFlow.Within(frame))
        {
            foreach (var run in inner.Runs)
            {
                if (run is not null)
                    Cancel(run, time);
            }
        }
        Leave(frame);
    }

    /// <summary>A frame is over and nobody will look at it again.</summary>
    private void Leave(Frame frame)
    {
        foreach (var inner in DataFlow.Within(frame))
        {
            if (_frames.Remove((inner.Block.Index, inner.Iteration)))
                _log?.Leave(inner);
        }
    }

    private Frame OpenCompensation(GraphNode node, string iteration)
    {
        var undo = Undoable.FindLast(undo => ReferenceEquals(undo.Node, node.Undoes) && string.Equals(undo.Iteration, iteration, StringComparison.Ordinal))
            ?? throw new InvalidOperationException($"There is nothing for '{node.Id}' to undo in iteration '{iteration}'.");
        return OpenCompensation(undo);
    }

    internal Frame OpenCompensation(Undo undo)
    {
        var block = Graph.Compensations;
        if (_frames.TryGetValue((block.Index, undo.Iteration), out var known))
            return known;
        var frame = new Frame(block, undo.Iteration);
        _frames.Add((block.Index, undo.Iteration), frame);
        return frame;
    }

    private void BeginCompensation(WorkflowCompensating compensating)
    {
        Status = ExecutionStatus.Compensating;
        Error = compensating.Error;
        foreach (var run in Frames().SelectMany(frame => frame.Runs.ToArray()))
        {
            if (run is { Node.Definition.Compensation.InDoubt: true } && (run.IsEffectRunning || run.Status == NodeStatus.InDoubt))
                Undoable.Add(new Undo(run.Node, run.Iteration, run.Input, Value.Null, Value.Null));
        }
        Buffered.Clear();
        CancelAll(compensating.Time);
    }

    private void NoteUndo(NodeRun run)
    {
        if (run.Node.Compensation is not null)
            Undoable.Add(new Undo(run.Node, run.Iteration, run.Input, run.Output, run.Meta));
        else if (run.Node.Undoes is { } undone)
            Undoable.RemoveAt(Undoable.FindLastIndex(undo => ReferenceEquals(undo.Node, undone) && string.Equals(undo.Iteration, run.Iteration, StringComparison.Ordinal)));
    }
}
