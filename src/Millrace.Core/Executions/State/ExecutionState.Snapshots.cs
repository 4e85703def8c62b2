using System.Collections.Immutable;
using System.Globalization;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

// The whole state as data, and back: for journals too long to be folded each time, for forks, and for moving to another version. Nodes and
// edges are named by their ids, so that it can be read with another graph.
public sealed partial class ExecutionState
{
    /// <summary>The state as data.</summary>
    public MapValue ToSnapshot() => new MapBuilder()
        .Set("seq", Seq)
        .Set("version", (long)Identity.WorkflowVersion)
        .Set("status", Status.Name())
        .Set("start", StartJson.Write(Start))
        .Set("variables", Variables)
        .SetIfPresent("startedAt", SnapshotJson.Write(StartedAt))
        .SetIfPresent("currentStep", CurrentStep is { } step ? step : Value.Null)
        .Set("completedNodes", (long)CompletedNodes)
        .SetIfPresent("runs", _runCount is { } count ? count : Value.Null)
        .SetIfPresent("spending", Spending.ToValue())
        .SetIfPresent("error", Error is { } error ? (Value)error.ToValue() : Value.Null)
        .Set("received", ListValue.Create(Received.Select(entry => (Value)SnapshotJson.Write(entry.Key, entry.Value))))
        .Set("undoable", ListValue.Create(Undoable.Select(undo => (Value)SnapshotJson.Write(undo))))
        .SetIfPresent("shared", _variables.Shared.Count == 0 ? Value.Null : MapValue.Create(_variables.Shared.Select(entry => KeyValuePair.Create(entry.Key, (Value)SnapshotJson.Write(entry.Value)))))
        .Set("frames", ListValue.Create(FramesInOrder().Select(frame => (Value)SnapshotJson.Write(frame))))
        .Build();

    /// <summary>The seq at which the state was last taken over from a snapshot; 0: it was not.</summary>
    public long SnapshotSeq { get; private set; }

    /// <summary>Takes over what a snapshot says, of this execution or of the one that it is forked from.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="seq">The seq that this execution is at now. Where it differs from the snapshot's, what waits keeps its order before all that follows.</param>
    /// <exception cref="InvalidOperationException">It does not fit this graph.</exception>
    public void Restore(Value snapshot, long? seq = null) => TakeOver(snapshot, seq, within: seq ?? 0);

    // Within: the event that holds the snapshot; 0: it is none of the journal.
    private void TakeOver(Value snapshot, long? seq, long within)
    {
        var taken = snapshot["seq"].AsInt();
        var shift = seq is null ? 0 : -taken - 1;
        Seq = seq ?? taken;
        SnapshotSeq = Seq;
        Status = StatusNames.ParseExecution(snapshot["status"].AsString()) ?? throw new InvalidOperationException("The snapshot has no status.");
        _variables.Reset(snapshot["variables"].AsMap());
        StartedAt = SnapshotJson.ReadTime(snapshot["startedAt"]);
        CurrentStep = SnapshotJson.ReadText(snapshot["currentStep"]);
        CompletedNodes = (int)snapshot["completedNodes"].AsInt();
        Spending = SnapshotJson.ReadSpending(snapshot["spending"]);
        Error = snapshot["error"].IsNull ? null : EventReader.ReadExecutionError(snapshot["error"]);
        if (seq is null)
            Start = StartJson.Read(snapshot["start"]);
        List<NodeRun> before = _log is null ? [] : [.. Runs()];
        RestoreRunCount(snapshot["runs"], isFork: seq is not null, within);
        _frames.Clear();
        _due = new DueTimes();
        _waits?.Clear();
        Buffered.Clear();
        _signalWaits.Clear();
        Undoable.Clear();
        RunningEffects = 0;
        Root = new Frame(Graph.Root, "");
        foreach (var frame in (IEnumerable<Value>)snapshot["frames"].AsList())
            RestoreFrame(frame, shift, within);
        _log?.Replace(before, [.. Runs()]);
        foreach (var received in (IEnumerable<Value>)snapshot["received"].AsList())
            Buffered.Add(received["seq"].AsInt() + shift, SnapshotJson.ReadDelivery(received));
        RestoreShared(snapshot["shared"]);
        foreach (var undo in (IEnumerable<Value>)snapshot["undoable"].AsList())
            Undoable.Add(new Undo(NodeOf(undo["nodeId"].AsString()), undo["iteration"].AsString(), undo["input"], undo["output"], undo["meta"]));
    }

    // A fork counts its runs anew, and so does what goes on after a version change that was recorded before runs were counted.
    private void RestoreRunCount(Value stored, bool isFork, long within)
    {
        if (isFork)
            _runCount = 0;
        else if (stored.TryGetInt(out var count))
            _runCount = (int)count;
        else if (within == 0)
            _runCount = null;
    }

    private void RestoreShared(Value snapshot)
    {
        if (!snapshot.TryGetMap(out var all))
            return;
        foreach (var entry in all.Entries)
        {
            var shared = new SharedVariable(entry.Value["initial"]);
            foreach (var write in (IEnumerable<Value>)entry.Value["writes"].AsList())
            {
                // A node that is gone can no longer be put in its order; what it wrote is in what the others see.
                if (Graph.Find(write["nodeId"].AsString()) is { } node)
                    shared.Add(new VariableWrite(node, write["iteration"].AsString(), Enum.Parse<VariableMerge>(write["merge"].AsString()), write["value"]));
            }
            _variables.Restore(entry.Key.AsString(), shared);
        }
    }

    private List<Frame> FramesInOrder() => [.. Frames().OrderBy(frame => frame.Block.Depth).ThenBy(frame => frame.Number)];

    private void RestoreFrame(Value snapshot, long shift, long within)
    {
        var block = BlockOf(snapshot["block"].AsString());
        var iteration = snapshot["iteration"].AsString();
        var frame = Root;
        if (block.Index != 0)
        {
            frame = new Frame(block, iteration, (int)snapshot["number"].AsInt(), OwnerOf(block, iteration))
            {
                Entry = [.. ((IEnumerable<Value>)snapshot["entry"].AsList()).Select(arrival => new Arrival(arrival["source"].AsString(), arrival["output"]))],
                Data = snapshot["data"],
                IsDead = snapshot["dead"].TryGetBool(out var dead) && dead,
            };
            _frames.Add((block.Index, iteration), frame);
            frame.Owner?.Body!.Frames.Add(frame);
        }
        foreach (var run in (IEnumerable<Value>)snapshot["runs"].AsList())
            RestoreRun(frame, run, shift, within);
        RestoreEdges(frame, snapshot["edges"].AsMap());
    }

    private NodeRun? OwnerOf(GraphBlock block, string iteration)
    {
        if (block.Owner is not { } owner)
            return null;
        var dot = iteration.LastIndexOf('.');
        return FindFrame(owner.Block, dot < 0 ? "" : iteration[..dot])?.Run(owner)
            ?? throw new InvalidOperationException($"Nothing runs iteration '{iteration}' of node '{owner.Id}'.");
    }

    private void RestoreRun(Frame frame, Value snapshot, long shift, long within)
    {
        var id = snapshot["nodeId"].AsString();
        var node = snapshot["loop"].TryGetBool(out _) ? LoopOf(id) : NodeOf(id);
        if (!ReferenceEquals(node.Block, frame.Block))
            throw new InvalidOperationException($"Node '{id}' is elsewhere in this graph.");
        var run = RestoredRun(frame, node, shift == 0 ? snapshot["places"] : Value.Null, within);
        SnapshotJson.Read(snapshot, run, shift);
        if (run.Error is null)
            run.Places = run.Places with { Error = 0 };
        if (frame.Run(node) is { Status: NodeStatus.Completed or NodeStatus.Skipped or NodeStatus.Cancelled } or { Status: NodeStatus.Failed, HasOutput: true })
            frame.Restored();
        Remember(run);
    }

    // Where a run keeps its number and places, it is the same run; else all that is known of it is in the event that holds the snapshot.
    private NodeRun RestoredRun(Frame frame, GraphNode node, Value places, long within)
    {
        if (!places.TryGetList(out var stored))
        {
            var fresh = RunOrNew(frame, node);
            fresh.Places = new RunPlaces(within, within, within, within, within, within);
            return fresh;
        }
        var run = new NodeRun(node, frame);
        frame.Add(run);
        (run.Number, run.Places) = SnapshotJson.ReadPlaces(stored);
        // The event of the new version says all of it, by the names that the version has.
        if (within > 0)
            run.Places = run.Places with { Last = within, Input = within, Output = within, Error = within, Wait = within };
        return run;
    }

    // An edge that the graph got since leaves a node that has ended is decided as it would have been, if that can be said.
    private static void RestoreEdges(Frame frame, MapValue edges)
    {
        foreach (var edge in frame.Block.Edges)
        {
            if (edges.TryGet(edge.Id, out var taken))
                frame.Decide(edge, taken.AsBool());
            else if (frame.Run(edge.Source) is { CompletedAt: not null, HasOutput: true } run)
                frame.Decide(edge, run.Status != NodeStatus.Failed && edge.When is null && (edge.Port is null || string.Equals(edge.Port, run.Port, StringComparison.Ordinal)));
            else if (frame.Run(edge.Source) is { CompletedAt: not null })
                frame.Decide(edge, taken: false);
        }
    }

    private GraphNode NodeOf(string id) => Graph.Find(id) ?? throw new InvalidOperationException($"This version of the workflow has no node '{id}'.");

    private GraphNode LoopOf(string header)
    {
        var block = NodeOf(header).Block;
        return ReferenceEquals(block.Header, NodeOf(header)) ? block.Owner! : throw new InvalidOperationException($"No loop begins at node '{header}' in this version of the workflow.");
    }

    private GraphBlock BlockOf(string name)
    {
        if (name.Length == 0)
            return Graph.Root;
        var colon = name.IndexOf(':', StringComparison.Ordinal);
        var id = name[(colon + 1)..];
        return name[..colon] switch
        {
            "undo" => Graph.Compensations,
            "loop" => LoopOf(id).Body!,
            _ => NodeOf(id).Body ?? throw new InvalidOperationException($"Node '{id}' has no body in this version of the workflow."),
        };
    }
}

/// <summary>The parts of a snapshot.</summary>
internal static class SnapshotJson
{
    public static MapValue Write(Frame frame)
    {
        var edges = new MapBuilder();
        foreach (var edge in frame.Block.Edges)
        {
            if (frame.IsDecided(edge))
                edges.Set(edge.Id, frame.IsTaken(edge));
        }
        var json = new MapBuilder()
            .Set("block", NameOf(frame.Block))
            .Set("iteration", frame.Iteration)
            .Set("number", (long)frame.Number)
            .Set("entry", ListValue.Create(frame.Entry.Select(arrival => (Value)MapValue.Of(("source", arrival.Source), ("output", arrival.Output)))))
            .SetIfPresent("data", frame.Data)
            .Set("edges", edges.Build())
            .Set("runs", ListValue.Create(frame.Runs.ToArray().OfType<NodeRun>().Select(run => (Value)Write(run))));
        return (frame.IsDead ? json.Set("dead", true) : json).Build();
    }

    private static string NameOf(GraphBlock block) => block.Kind switch
    {
        BlockKind.Graph => "",
        BlockKind.Loop => $"loop:{block.Header!.Id}",
        BlockKind.Body => $"body:{block.Owner!.Id}",
        _ => "undo:",
    };

    private static MapValue Write(NodeRun run)
    {
        var json = new MapBuilder().Set("nodeId", run.Node.Id).Set("status", run.Status.Name());
        if (run.Node.IsLoop)
            json.Set("loop", true);
        if (run.Attempt > 0)
            json.Set("attempt", (long)run.Attempt);
        if (run.Generation > 0)
            json.Set("generation", (long)run.Generation);
        json.SetIfPresent("input", run.Input);
        if (run.HasOutput)
            json.Set("output", run.Output);
        if (run.Port is { } port)
            json.Set("port", port);
        json.SetIfPresent("meta", run.Meta);
        if (run.Error is { } error)
            json.Set("error", EventJson.ErrorValue(error));
        if (run.StartedAt != default)
            json.Set("startedAt", Write(run.StartedAt));
        json.SetIfPresent("completedAt", Write(run.CompletedAt)).SetIfPresent("dueAt", Write(run.DueAt));
        if (run.WaitSeq != 0)
            json.Set("waitSeq", run.WaitSeq);
        if (run.Status == NodeStatus.Waiting && run.Wait is { } wait)
            json.Set("wait", Write(wait));
        if (run.IsDispatched)
            json.Set("dispatched", true);
        if (!run.Steps.IsEmpty)
            json.Set("steps", ListValue.Create(run.Steps.Select(step => (Value)StepJson.Write(step))));
        if (run.Number > 0)
            json.Set("places", WritePlaces(run.Number, run.Places));
        if (run.Body is { } body)
            json.Set("body", Write(body));
        return json.Build();
    }

    /// <summary>Reads a run into one that knows its node.</summary>
    public static void Read(Value json, NodeRun run, long shift)
    {
        run.Status = StatusNames.ParseNode(json["status"].AsString());
        run.Attempt = json["attempt"].TryGetInt(out var attempt) ? (int)attempt : 0;
        run.Generation = json["generation"].TryGetInt(out var generation) ? (int)generation : 0;
        run.Input = json["input"];
        run.HasOutput = json.AsMap().TryGet("output", out var output);
        run.Output = output;
        run.Port = ReadText(json["port"]);
        run.Meta = json["meta"];
        run.Error = json["error"].IsNull ? null : EventReader.ReadNodeError(json["error"]);
        run.StartedAt = ReadTime(json["startedAt"]) ?? default;
        run.CompletedAt = ReadTime(json["completedAt"]);
        run.DueAt = ReadTime(json["dueAt"]);
        run.WaitSeq = json["waitSeq"].TryGetInt(out var waitSeq) ? waitSeq + shift : 0;
        run.Wait = json["wait"].IsNull ? null : ReadWait(json["wait"]);
        run.IsDispatched = json["dispatched"].TryGetBool(out var dispatched) && dispatched;
        run.Steps = StepJson.ReadAll(json["steps"]);
        run.Body = json["body"].IsNull ? null : ReadBody(json["body"]);
    }

    private static ListValue WritePlaces(int number, RunPlaces places) =>
        ListValue.Own([number, places.First, places.Last, places.Input, places.Output, places.Error, places.Wait, .. places.Failures]);

    /// <summary>Reads a run's number and where its events are.</summary>
    public static (int Number, RunPlaces Places) ReadPlaces(ListValue json)
    {
        long At(int index) => json[index].AsInt();
        var places = new RunPlaces(At(1), At(2), At(3), At(4), At(5), At(6))
        {
            Failures = [.. Enumerable.Range(7, json.Count - 7).Select(At)],
        };
        return ((int)At(0), places);
    }

    private static MapValue Write(BodyRun body) => new MapBuilder()
        .Set("started", (long)body.Started)
        .Set("finished", (long)body.Finished)
        .Set("failed", (long)body.Failed)
        .Set("items", body.Items)
        .Set("results", ListValue.Create(body.Results))
        .SetIfPresent("result", body.Result)
        .Build();

    private static BodyRun ReadBody(Value json) => new()
    {
        Started = (int)json["started"].AsInt(),
        Finished = (int)json["finished"].AsInt(),
        Failed = (int)json["failed"].AsInt(),
        Items = json["items"].AsList(),
        Results = [.. json["results"].AsList()],
        Result = json["result"],
    };

    private static MapValue Write(NodeWait wait)
    {
        var json = new MapBuilder().Set("kind", wait.Kind).SetIfPresent("dueAt", Write(wait.DueAt));
        if (wait.Name is { } name)
            json.Set("name", name);
        return json.SetIfPresent("details", wait.Details).Build();
    }

    public static NodeWait ReadWait(Value json) =>
        new(json["kind"].AsString(), ReadTime(json["dueAt"]), ReadText(json["name"]), json["details"]);

    public static MapValue Write(Undo undo) =>
        new MapBuilder().Set("nodeId", undo.Node.Id).Set("iteration", undo.Iteration).Set("input", undo.Input).Set("output", undo.Output).SetIfPresent("meta", undo.Meta).Build();

    public static MapValue Write(long seq, Delivery delivery)
    {
        var json = new MapBuilder().Set("seq", seq).Set("kind", delivery.Kind).SetIfPresent("payload", delivery.Payload);
        if (delivery.Name is { } name)
            json.Set("name", name);
        if (delivery.NodeId is { } node)
            json.Set("nodeId", node);
        if (delivery.Iteration is { } iteration)
            json.Set("iteration", iteration);
        return json.Build();
    }

    public static Delivery ReadDelivery(Value json) =>
        new(json["kind"].AsString(), ReadText(json["name"]), json["payload"], ReadText(json["nodeId"]), ReadText(json["iteration"]));

    public static MapValue Write(SharedVariable shared) => MapValue.Of(
        ("initial", shared.Initial),
        ("writes", ListValue.Create(shared.Writes.Select(write => (Value)MapValue.Of(
            ("nodeId", write.Node.Id),
            ("iteration", write.Iteration),
            ("merge", write.Merge.ToString()),
            ("value", write.Value))))));

    public static Value Write(DateTimeOffset? time) => time is { } at ? at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture) : Value.Null;

    public static DateTimeOffset? ReadTime(Value value) => EventReader.Time(value);

    public static string? ReadText(Value value) => value.TryGetString(out var text) ? text : null;

    public static Spending ReadSpending(Value value) => value.IsNull ? default : new Spending((decimal)value["money"].AsDouble(), value["tokensIn"].AsInt(), value["tokensOut"].AsInt());
}
