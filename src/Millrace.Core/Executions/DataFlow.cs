using System.Collections.Immutable;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>Where values come from: over edges, out of loops, and from the frames around.</summary>
internal static class DataFlow
{
    /// <summary>What arrived at a node: the output of the one node whose edge was taken, several by their ids; at the beginning of a frame, what came in.</summary>
    public static Value DataOf(ExecutionState state, Frame frame, GraphNode node)
    {
        GraphEdge? only = null;
        foreach (var edge in node.Incoming)
        {
            if (!frame.IsTaken(edge))
                continue;
            if (only is not null && !ReferenceEquals(only.Origin, edge.Origin))
                return Combine(Arrivals(frame, node));
            only = edge;
        }
        if (only is not null)
            return OutputOf(frame, only.Origin);
        return frame.Block.Kind == BlockKind.Graph ? state.Start.Input : frame.Data;
    }

    /// <summary>What came over each taken edge, in edge order.</summary>
    public static ImmutableArray<Arrival> Arrivals(Frame frame, GraphNode node) => node.Incoming.IsEmpty
        ? frame.Entry
        : [.. node.Incoming.Where(frame.IsTaken).Select(edge => new Arrival(edge.Origin.Id, OutputOf(frame, edge.Origin)))];

    /// <summary>What came over each way back that a turn of a loop took.</summary>
    public static ImmutableArray<Arrival> ArrivalsBack(Frame turn) =>
        [.. turn.Block.Edges.Where(edge => edge.IsBack && turn.IsTaken(edge)).Select(edge => new Arrival(edge.Origin.Id, OutputOf(turn, edge.Origin)))];

    /// <summary>One arrival as it is, several by the ids of their nodes.</summary>
    public static Value Combine(ImmutableArray<Arrival> arrivals) => arrivals.Select(arrival => arrival.Source).Distinct(StringComparer.Ordinal).Count() switch
    {
        0 => Value.Null,
        1 => arrivals[0].Output,
        _ => MapValue.Create(arrivals.Select(arrival => KeyValuePair.Create(arrival.Source, arrival.Output))),
    };

    /// <summary>A node's output, seen from the frame of its block or of one around.</summary>
    public static Value OutputOf(Frame frame, GraphNode node) => RunIn(frame, node) is { HasOutput: true } run ? run.Output : Value.Null;

    /// <summary>The run that a name means, seen from a frame: in this turn, in those around, and, for loops that are over, in their last.</summary>
    public static NodeRun? FindRun(Frame? from, GraphNode node)
    {
        for (var frame = from; frame is not null; frame = frame.Parent)
        {
            if (frame.Block.Contains(node.Block))
                return RunIn(frame, node);
        }
        return null;
    }

    private static NodeRun? RunIn(Frame frame, GraphNode node)
    {
        if (ReferenceEquals(frame.Block, node.Block))
            return frame.Run(node);
        var member = frame.Block.MemberOf(node);
        return member is { IsLoop: true } && frame.Run(member)?.Body is { Frames: [.., var last] } ? RunIn(last, node) : null;
    }

    /// <summary>The item of a forEach or turn of a while that a frame is, or is inside of; null: none.</summary>
    public static Frame? BodyAround(Frame? frame)
    {
        while (frame is not null && frame.Block.Kind != BlockKind.Body)
            frame = frame.Parent;
        return frame;
    }

    /// <summary>A frame, and all that is inside it.</summary>
    public static IEnumerable<Frame> Within(Frame frame)
    {
        var found = new List<Frame> { frame };
        for (var i = 0; i < found.Count; i++)
        {
            foreach (var run in found[i].Runs)
            {
                if (run?.Body is { } body)
                    found.AddRange(body.Frames);
            }
        }
        return found;
    }
}
