using System.Collections.Immutable;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;

namespace Millrace.Core.Graphs;

/// <summary>Finds the variables that nodes may set side by side: in parallel branches, or in items that run at once.</summary>
internal static class SharedVariables
{
    // Comparing all pairs of more would cost more than treating them as shared.
    private const int MaxCompared = 100;

    public static ImmutableHashSet<string> Find(IEnumerable<GraphNode> nodes)
    {
        var writers = nodes
            .SelectMany(node => node.Logic is IVariableWriter writer ? writer.VariableNames.Select(name => (Name: name, Node: node)) : [])
            .GroupBy(writer => writer.Name, writer => writer.Node, StringComparer.Ordinal);
        return writers.Where(group => IsShared([.. group])).Select(group => group.Key).ToImmutableHashSet(StringComparer.Ordinal);
    }

    private static bool IsShared(GraphNode[] writers)
    {
        if (Array.Exists(writers, RunsSideBySideWithItself) || writers.Length > MaxCompared)
            return true;
        for (var i = 0; i < writers.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (RunSideBySide(writers[i], writers[j]))
                    return true;
            }
        }
        return false;
    }

    private static bool RunsSideBySideWithItself(GraphNode node)
    {
        for (var owner = node.Block.Owner; owner is not null; owner = owner.Block.Owner)
        {
            if (owner.Logic is ForEachLogic { Concurrency: > 1 })
                return true;
        }
        return false;
    }

    private static bool RunSideBySide(GraphNode left, GraphNode right)
    {
        var block = left.Block;
        while (!block.Contains(right.Block))
            block = block.Owner!.Block;
        var (a, b) = (block.MemberOf(left)!, block.MemberOf(right)!);
        return !ReferenceEquals(a, b) && !VariableOrder.Leads(a, b) && !VariableOrder.Leads(b, a);
    }
}
