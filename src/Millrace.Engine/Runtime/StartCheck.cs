using Millrace.Core.Definitions;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Engine.Runtime;

/// <summary>Checks what an execution is to be started with, before anything is stored: every problem at once.</summary>
internal static class StartCheck
{
    public static IReadOnlyList<Problem> Run(CompiledGraph graph, StartRequest request)
    {
        List<Problem>? problems = null;
        foreach (var problem in graph.InputSchema?.Validate(request.Input) ?? [])
            (problems ??= []).Add(new("/input" + problem.Pointer, "invalid_input", problem.Message));
        foreach (var node in graph.Nodes.Where(node => Matters(node, request)))
        {
            foreach (var problem in node.Logic.CheckStart(request.Input, request.Inputs.TryGet(node.Id, out var given) ? given : (Value?)null))
                (problems ??= []).Add(problem);
        }
        foreach (var entry in request.Inputs.Entries)
        {
            if (graph.Find(entry.Key.AsString()) is null)
                (problems ??= []).Add(new(new SourcePointer("/inputs").At(entry.Key.AsString()).ToString(), "unknown_node", $"There is no node '{entry.Key.AsString()}' that could get a value."));
        }
        if (request.StartNode is { } start && !graph.Root.Roots.Any(root => string.Equals(root.Id, start, StringComparison.Ordinal)))
            (problems ??= []).Add(new("/startNode", "unknown_node", $"There is no start node '{start}'."));
        return problems ?? (IReadOnlyList<Problem>)[];
    }

    // What a node that will not run would need is nobody's concern.
    private static bool Matters(GraphNode node, StartRequest request) => !node.Definition.Disabled
        && (node.Type.Role != NodeRole.Start || request.StartNode is null || string.Equals(request.StartNode, node.Id, StringComparison.Ordinal));
}
