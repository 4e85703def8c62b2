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
            if (Refusal(graph, entry.Key.AsString(), request) is { } refusal)
                (problems ??= []).Add(refusal);
        }
        if (request.StartNode is { } start && !graph.Root.Roots.Any(root => string.Equals(root.Id, start, StringComparison.Ordinal)))
            (problems ??= []).Add(new("/startNode", "unknown_node", $"There is no start node '{start}'."));
        return problems ?? (IReadOnlyList<Problem>)[];
    }

    /// <summary>A request in which what is given for a start node is the execution's input, as that is what such a node gives on.</summary>
    public static StartRequest Resolve(CompiledGraph graph, StartRequest request)
    {
        var starts = request.Inputs.Entries.ToArray().Where(entry => graph.Find(entry.Key.AsString()) is { } node && IsFed(node)).ToArray();
        if (starts is not [var only] || !request.Input.IsNull)
            return request;
        var others = request.Inputs.Entries.ToArray().Where(entry => !entry.Key.Equals(only.Key));
        return request with { Input = only.Value, Inputs = ArrayMap.Own([.. others]) };
    }

    // Nodes that give on the execution's input.
    private static bool IsFed(GraphNode node) => node.Type.Role is NodeRole.Start or NodeRole.Input;

    private static Problem? Refusal(CompiledGraph graph, string id, StartRequest request)
    {
        var at = new SourcePointer("/inputs").At(id).ToString();
        return graph.Find(id) switch
        {
            null => new(at, "unknown_node", $"There is no node '{id}' that could get a value."),
            { Type.Role: NodeRole.ManualInput } => null,
            { } node when IsFed(node) => new(
                at,
                "conflicting_input",
                request.Input.IsNull
                    ? "Values are given for several start nodes; the execution has one input. Give it as 'input'."
                    : $"The value for '{id}' is the execution's input, which is also given as 'input'; keep one."),
            _ => new(at, "no_input", $"Node '{id}' takes no value at the start. Give the execution's input as 'input'."),
        };
    }

    // What a node that will not run would need is nobody's concern.
    private static bool Matters(GraphNode node, StartRequest request) => !node.Definition.Disabled
        && (node.Type.Role != NodeRole.Start || request.StartNode is null || string.Equals(request.StartNode, node.Id, StringComparison.Ordinal));
}
