using System.Globalization;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>One node's part in a variable that nodes set side by side.</summary>
internal sealed class VariableWrite
{
    private readonly Level[] _path;

    public VariableWrite(GraphNode node, string iteration, VariableMerge merge, Value value)
    {
        (Node, Iteration, Merge, Value) = (node, iteration, merge, value);
        _path = PathOf(node, iteration);
    }

    /// <summary>The node.</summary>
    public GraphNode Node { get; }

    /// <summary>Its iteration path.</summary>
    public string Iteration { get; }

    /// <summary>How its value joins the others.</summary>
    public VariableMerge Merge { get; }

    /// <summary>Its value.</summary>
    public Value Value { get; }

    /// <summary>The fixed order: by place in the graph, and by turn or item where that is the same; outer blocks first.</summary>
    public int OrderTo(VariableWrite other)
    {
        for (var depth = 0; depth < Math.Min(_path.Length, other._path.Length); depth++)
        {
            var (a, b) = (_path[depth], other._path[depth]);
            var order = a.Member.Rank != b.Member.Rank ? a.Member.Rank.CompareTo(b.Member.Rank) : a.Number.CompareTo(b.Number);
            if (order != 0)
                return order;
        }
        return 0;
    }

    /// <summary>Whether neither comes before the other.</summary>
    public bool IsSideBySideWith(VariableWrite other)
    {
        for (var depth = 0; depth < Math.Min(_path.Length, other._path.Length); depth++)
        {
            var (a, b) = (_path[depth], other._path[depth]);
            if (!ReferenceEquals(a.Member, b.Member))
                return !VariableOrder.Leads(a.Member, b.Member) && !VariableOrder.Leads(b.Member, a.Member);
            if (a.Number != b.Number)
                return a.Member.Logic is ForEachLogic { Concurrency: > 1 };
        }
        return false;
    }

    // The nodes that it lies in, outermost first, each with the turn or item of it.
    private static Level[] PathOf(GraphNode node, string iteration)
    {
        var depth = iteration.Length == 0 ? 0 : iteration.AsSpan().Count('.') + 1;
        var path = new Level[depth + 1];
        path[depth] = new Level(node, 0);
        var rest = iteration.AsSpan();
        while (depth > 0)
        {
            var dot = rest.LastIndexOf('.');
            node = node.Block.Owner!;
            path[--depth] = new Level(node, int.Parse(rest[(dot + 1)..], CultureInfo.InvariantCulture));
            rest = dot < 0 ? [] : rest[..dot];
        }
        return path;
    }

    private readonly record struct Level(GraphNode Member, int Number);
}

/// <summary>The order that edges give to nodes.</summary>
internal static class VariableOrder
{
    /// <summary>Whether a way leads from one node of a block to another.</summary>
    public static bool Leads(GraphNode from, GraphNode to)
    {
        var seen = new HashSet<GraphNode>(ReferenceEqualityComparer.Instance) { from };
        var open = new Stack<GraphNode>(seen);
        while (open.TryPop(out var node))
        {
            if (ReferenceEquals(node, to))
                return true;
            foreach (var edge in node.Outgoing)
            {
                if (edge is { IsBack: false, Target: { } target } && seen.Add(target))
                    open.Push(target);
            }
        }
        return false;
    }
}
