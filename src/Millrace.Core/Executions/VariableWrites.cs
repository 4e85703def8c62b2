using System.Globalization;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>One node's part in a variable that nodes set side by side.</summary>
/// <param name="Node">The node.</param>
/// <param name="Iteration">Its iteration path.</param>
/// <param name="Merge">How its value joins the others.</param>
/// <param name="Value">Its value.</param>
internal sealed record VariableWrite(GraphNode Node, string Iteration, VariableMerge Merge, Value Value);

/// <summary>
/// A variable that nodes of parallel branches or items set. Its value is made of all their parts in a fixed order, that of the graph and of the
/// items, so that it does not depend on who was faster.
/// </summary>
internal sealed class SharedVariable(Value initial)
{
    private readonly List<VariableWrite> _writes = [];

    /// <summary>What it was before the first part.</summary>
    public Value Initial { get; } = initial;

    public IReadOnlyList<VariableWrite> Writes => _writes;

    /// <summary>The part of another node that this one contradicts: neither comes before the other, and they cannot be merged; null: none.</summary>
    public VariableWrite? Contradicted(VariableWrite write) => _writes.Find(other =>
        (other.Merge != write.Merge || (write.Merge == VariableMerge.Replace && other.Value != write.Value)) && VariableOrder.AreSideBySide(other, write));

    /// <summary>Adds a part.</summary>
    public void Add(VariableWrite write)
    {
        var place = _writes.Count;
        while (place > 0 && VariableOrder.Compare(_writes[place - 1], write) > 0)
            place--;
        _writes.Insert(place, write);
    }

    /// <summary>The value with a part that is yet to be added; why it cannot be made, else.</summary>
    public bool TryWith(VariableWrite write, out Value value, out string? problem)
    {
        value = Initial;
        problem = null;
        var isIn = false;
        foreach (var other in _writes)
        {
            if (!isIn && VariableOrder.Compare(other, write) > 0)
            {
                isIn = true;
                if (!VariableMerging.TryMerge(value, write.Value, write.Merge, out value, out problem))
                    return false;
            }
            if (!VariableMerging.TryMerge(value, other.Value, other.Merge, out value, out problem))
                return false;
        }
        return isIn || VariableMerging.TryMerge(value, write.Value, write.Merge, out value, out problem);
    }
}

/// <summary>The fixed order of writes.</summary>
internal static class VariableOrder
{
    /// <summary>By place in the graph, and by turn or item where that is the same; outer blocks first.</summary>
    public static int Compare(VariableWrite left, VariableWrite right)
    {
        foreach (var (a, b) in Levels(left, right))
        {
            var order = a.Rank != b.Rank ? a.Rank.CompareTo(b.Rank) : a.Number.CompareTo(b.Number);
            if (order != 0)
                return order;
        }
        return 0;
    }

    /// <summary>Whether neither comes before the other.</summary>
    public static bool AreSideBySide(VariableWrite left, VariableWrite right)
    {
        foreach (var (a, b) in Levels(left, right))
        {
            if (!ReferenceEquals(a.Member, b.Member))
                return !Leads(a.Member, b.Member) && !Leads(b.Member, a.Member);
            if (a.Number != b.Number)
                return a.Member.Logic is ForEachLogic { Concurrency: > 1 };
        }
        return false;
    }

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

    private static IEnumerable<(Level Left, Level Right)> Levels(VariableWrite left, VariableWrite right) => PathOf(left).Zip(PathOf(right));

    private readonly record struct Level(GraphNode Member, int Number)
    {
        public int Rank => Member.Rank;
    }

    // The nodes that it lies in, outermost first, each with the turn or item of it.
    private static Level[] PathOf(VariableWrite write)
    {
        var numbers = write.Iteration.Length == 0 ? [] : write.Iteration.Split('.');
        var path = new Level[numbers.Length + 1];
        var node = write.Node;
        for (var depth = numbers.Length; depth >= 0; depth--)
        {
            path[depth] = new Level(node, depth < numbers.Length ? int.Parse(numbers[depth], CultureInfo.InvariantCulture) : 0);
            node = depth > 0 ? node.Block.Owner! : node;
        }
        return path;
    }
}

/// <summary>Makes one value of two.</summary>
internal static class VariableMerging
{
    /// <summary>Merges; false with a sentence where that cannot be.</summary>
    public static bool TryMerge(Value before, Value added, VariableMerge merge, out Value merged, out string? problem)
    {
        problem = merge == VariableMerge.Append && !before.IsNull && before.Kind != ValueKind.List
            ? "only a list can be appended to"
            : null;
        merged = merge switch
        {
            _ when problem is not null => before,
            VariableMerge.Append => Append(before, added),
            VariableMerge.Deep => Deep(before, added),
            _ => added,
        };
        return problem is null;
    }

    private static Value Append(Value before, Value added)
    {
        var items = new List<Value>();
        if (before.TryGetList(out var list))
            items.AddRange(list);
        if (added.TryGetList(out var more))
            items.AddRange(more);
        else
            items.Add(added);
        return ListValue.Create(items);
    }

    // No deeper than the values themselves, whose depth is bounded.
    private static Value Deep(Value before, Value change)
    {
        if (!before.TryGetMap(out var left) || !change.TryGetMap(out var right))
            return change;
        var merged = new MapBuilder(left);
        foreach (var entry in right.Entries)
            merged.Set(entry.Key.AsString(), left.TryGet(entry.Key, out var value) ? Deep(value, entry.Value) : entry.Value);
        return merged.Build();
    }
}
