using System.Collections.Immutable;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>Whether an execution can go on with another version of its workflow.</summary>
public enum MigrationVerdict
{
    /// <summary>The execution can be moved.</summary>
    Safe,
    /// <summary>It is at nodes that the version does not have; it can, once somebody says which ones they are now.</summary>
    NeedsMapping,
    /// <summary>The execution cannot be moved.</summary>
    Blocked,
}

/// <summary>Moving an execution to another version of its workflow.</summary>
/// <param name="Verdict">Whether it can be moved.</param>
/// <param name="Reasons">Why not; empty where it can.</param>
/// <param name="State">The state as that version has it; null where it cannot be moved.</param>
public sealed record Migration(MigrationVerdict Verdict, ImmutableArray<string> Reasons, Value State)
{
    /// <summary>Looks at where an execution stands, and changes nothing.</summary>
    /// <param name="state">The execution.</param>
    /// <param name="graph">The version to move to.</param>
    /// <param name="mapping">The new id of each renamed node, by its old id.</param>
    public static Migration Plan(ExecutionState state, CompiledGraph graph, MapValue mapping)
    {
        var missing = new List<string>();
        var blocked = new List<string>();
        foreach (var run in state.Frames().SelectMany(frame => frame.Runs.ToArray()).OfType<NodeRun>())
            Check(run, graph, mapping, missing, blocked);
        if (state.Status == ExecutionStatus.Compensating)
            blocked.Add("It is being undone.");
        if (blocked.Count > 0)
            return new(MigrationVerdict.Blocked, [.. blocked, .. missing], Value.Null);
        if (missing.Count > 0)
            return new(MigrationVerdict.NeedsMapping, [.. missing], Value.Null);
        var snapshot = SnapshotMapping.Apply(state.ToSnapshot(), mapping, id => graph.Find(id) is not null);
        return Try(state, graph, snapshot);
    }

    private static void Check(NodeRun run, CompiledGraph graph, MapValue mapping, List<string> missing, List<string> blocked)
    {
        var id = run.Node.Id;
        var isRenamed = mapping.TryGet(id, out var renamed) && renamed.AsString() is var other && !string.Equals(other, id, StringComparison.Ordinal);
        var target = graph.Find(isRenamed ? renamed.AsString() : id);
        // What is over may be gone: nothing in the new version asks for it.
        if (!run.IsActive && run.Body is null)
            return;
        if (target is null)
            missing.Add($"It is at node '{id}', which the new version does not have; map '{id}' to a node that it has.");
        else if (!run.Node.IsLoop && !string.Equals(target.Type.Type, run.Node.Type.Type, StringComparison.Ordinal))
            blocked.Add($"It is at node '{id}', which is of another type in the new version: '{target.Type.Type}' instead of '{run.Node.Type.Type}'.");
        else if (isRenamed && run.IsEffectRunning)
            blocked.Add($"The effect of node '{id}', which would be renamed, is running; try again when it has ended.");
    }

    private static Migration Try(ExecutionState state, CompiledGraph graph, Value snapshot)
    {
        var moved = new ExecutionState(state.Identity, graph);
        try
        {
            moved.Restore(snapshot);
        }
        catch (InvalidOperationException e)
        {
            return new(MigrationVerdict.Blocked, [e.Message], Value.Null);
        }
        var overtaken = moved.Frames().SelectMany(frame => Overtaken(frame)).Take(10).ToImmutableArray();
        return overtaken.IsEmpty ? new(MigrationVerdict.Safe, [], snapshot) : new(MigrationVerdict.Blocked, overtaken, Value.Null);
    }

    // A node that has begun although a way to it is open, and that is no join that may: the way is new.
    private static IEnumerable<string> Overtaken(Frame frame)
    {
        foreach (var node in frame.Block.Nodes)
        {
            if (frame.Run(node) is null or { Status: NodeStatus.Pending } || node.Join?.Required is not null)
                continue;
            foreach (var edge in node.Incoming.Where(edge => !frame.IsDecided(edge)))
                yield return $"Node '{node.Id}' has already started, but in the new version it comes after '{edge.Origin.Id}', which has not ended.";
        }
    }
}

/// <summary>Gives the nodes of a snapshot other names.</summary>
internal static class SnapshotMapping
{
    /// <summary>The snapshot with new names, and without the ended runs of nodes that are no longer there.</summary>
    public static Value Apply(MapValue snapshot, MapValue mapping, Func<string, bool> exists)
    {
        string Rename(string id) => mapping.TryGet(id, out var renamed) ? renamed.AsString() : id;
        var builder = new MapBuilder(snapshot);
        Value source = snapshot;
        builder.Set("frames", Map(source["frames"], frame => RenameFrame(frame.AsMap(), Rename, exists)));
        builder.Set(
            "undoable",
            ListValue.Create(
                ((IEnumerable<Value>)source["undoable"].AsList())
                    .Where(undo => exists(Rename(undo["nodeId"].AsString())))
                    .Select(undo => WithId(undo.AsMap(), "nodeId", Rename))));
        builder.Set("received", Map(source["received"], received => received["nodeId"].IsNull ? received : WithId(received.AsMap(), "nodeId", Rename)));
        return builder.Build();
    }

    private static Value RenameFrame(MapValue frame, Func<string, string> rename, Func<string, bool> exists)
    {
        Value source = frame;
        var builder = new MapBuilder(frame);
        var block = source["block"].AsString();
        var colon = block.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0)
            builder.Set("block", block[..(colon + 1)] + rename(block[(colon + 1)..]));
        builder.Set("entry", Map(source["entry"], arrival => WithId(arrival.AsMap(), "source", rename)));
        builder.Set(
            "runs",
            ListValue.Create(
                ((IEnumerable<Value>)source["runs"].AsList())
                    .Where(run => exists(rename(run["nodeId"].AsString())))
                    .Select(run => WithId(run.AsMap(), "nodeId", rename))));
        return builder.Build();
    }

    private static Value WithId(MapValue map, string field, Func<string, string> rename) =>
        new MapBuilder(map).Set(field, rename(((Value)map)[field].AsString())).Build();

    private static ListValue Map(Value list, Func<Value, Value> change) => ListValue.Create(((IEnumerable<Value>)list.AsList()).Select(change));
}
