using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Schemas;
using Millrace.Core.Values;

namespace Millrace.Core.Graphs;

/// <summary>Makes a definition ready to run. What cannot run is a located problem, never an exception.</summary>
public static class GraphCompiler
{
    private const int MostNamedEdges = 10;

    /// <summary>Compiles a definition; null where there are errors.</summary>
    public static CompiledGraph? Compile(WorkflowDefinition definition, INodeCompiler types, ICollection<Problem> problems)
    {
        var before = problems.Count(problem => problem.Severity == Severity.Error);
        var nodes = CompileNodes(definition, types, problems);
        var edges = CompileEdges(definition, nodes, problems);
        var inputSchema = CompileSchema(definition.InputSchema, "/inputSchema", problems);
        foreach (var cycle in Cycles.Find(nodes.Values, edges))
            problems.Add(LoopProblem(cycle));
        return problems.Count(problem => problem.Severity == Severity.Error) > before
            ? null
            : new CompiledGraph(definition, [.. nodes.Values], [.. edges]) { InputSchema = inputSchema };
    }

    private static OrderedDictionary<string, GraphNode> CompileNodes(WorkflowDefinition definition, INodeCompiler types, ICollection<Problem> problems)
    {
        var nodes = new OrderedDictionary<string, GraphNode>(StringComparer.Ordinal);
        foreach (var node in definition.Nodes)
        {
            if (types.Find(node.Type) is not { } type)
            {
                problems.Add(new(node.Source.ToString(), "unknown_node_type", $"Node '{node.Id}' is of an unknown type '{node.Type}'."));
                continue;
            }
            if (type.Kind == NodeKind.Comment)
                continue;
            if (types.Compile(node, problems) is { } logic && !nodes.TryAdd(node.Id, CompileNode(definition, node, type, logic, nodes.Count, problems)))
                problems.Add(new(node.Source.ToString(), "duplicate_node_id", $"The node id '{node.Id}' is used twice."));
        }
        return nodes;
    }

    private static GraphNode CompileNode(WorkflowDefinition definition, NodeDefinition node, NodeTypeDescription type, NodeLogic logic, int index, ICollection<Problem> problems)
    {
        RefuseUnsupported(node, problems);
        return new GraphNode
        {
            Index = index,
            Definition = node,
            Type = type,
            Logic = logic,
            Gates = [.. node.Conditions.Select(gate => CompileGate(gate, problems)).OfType<Expression>()],
            Retry = node.Retry ?? definition.Settings.Retry ?? RetryPolicy.None,
            OutputSchema = CompileSchema(node.OutputSchema, node.Source + "/outputSchema", problems),
            Join = logic is IJoinLogic join ? join.Rule : null,
        };
    }

    // An honest refusal at save beats a setting that is quietly ignored.
    private static void RefuseUnsupported(NodeDefinition node, ICollection<Problem> problems)
    {
        if (node.OnError.Action == ErrorAction.Compensate || node.Compensation is not null)
            problems.Add(Unsupported(node, "compensation"));
        if (node.Cache is not null)
            problems.Add(Unsupported(node, "cache"));
    }

    private static Problem Unsupported(NodeDefinition node, string what) =>
        new(node.Source.ToString(), "unsupported", $"Node '{node.Id}' uses {what}, which this version of Millrace does not run yet; remove it.");

    private static Schema? CompileSchema(Value schema, string pointer, ICollection<Problem> problems)
    {
        if (schema.IsNull)
            return null;
        var compiled = Schema.Compile(schema, out var found);
        foreach (var problem in found)
            problems.Add(new(pointer + problem.Pointer, "invalid_schema", problem.Message));
        return compiled;
    }

    private static Expression? CompileGate(GateCondition gate, ICollection<Problem> problems)
    {
        var source = gate.Expression ?? ComparisonOperators.ToCondition(gate.Field ?? "data", gate.Operator ?? "equals", gate.Operand);
        return CompileCondition(source, gate.Source.ToString(), problems);
    }

    private static Expression? CompileCondition(string source, string pointer, ICollection<Problem> problems)
    {
        var expression = Expression.ParseCondition(source, out var problem);
        if (problem is not null)
            problems.Add(new(pointer, "invalid_expression", $"The condition '{source}' is not valid at {problem.Position + 1}: {problem.Message}"));
        return expression;
    }

    private static List<GraphEdge> CompileEdges(WorkflowDefinition definition, OrderedDictionary<string, GraphNode> nodes, ICollection<Problem> problems)
    {
        var edges = new List<GraphEdge>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var ways = new HashSet<(GraphNode, GraphNode, string?, string?)>();
        foreach (var edge in definition.Edges.Concat(ErrorEdges.Of(definition.Nodes)))
        {
            // An end that is missing is a comment, or a problem that is reported already.
            if (!nodes.TryGetValue(edge.Source, out var source) || !nodes.TryGetValue(edge.Target, out var target))
                continue;
            if (!ids.Add(edge.Id))
                problems.Add(new(edge.Location.ToString(), "duplicate_id", $"Another edge has the id '{edge.Id}' already."));
            // The same way twice is warned about, and changes nothing: a join must not count it double.
            if (ways.Add((source, target, edge.Port, edge.When)))
                edges.Add(new() { Index = edges.Count, Id = edge.Id, Source = source, Target = target, Port = edge.Port, When = CompileWhen(edge, problems) });
        }
        Connect(nodes.Values, edges);
        foreach (var node in nodes.Values)
        {
            if (node.Join?.Required > node.Incoming.Length && !node.Incoming.IsEmpty)
                problems.Add(new(node.Definition.Source.ToString(), "too_few_branches", $"The join '{node.Id}' needs {node.Join.Required} branches, but only {node.Incoming.Length} lead to it."));
        }
        return edges;
    }

    private static Expression? CompileWhen(EdgeDefinition edge, ICollection<Problem> problems) =>
        edge.When is null ? null : CompileCondition(edge.When, edge.Location.ToString(), problems);

    private static void Connect(IEnumerable<GraphNode> nodes, List<GraphEdge> edges)
    {
        var outgoing = edges.ToLookup(edge => edge.Source);
        var incoming = edges.ToLookup(edge => edge.Target);
        foreach (var node in nodes)
        {
            node.Outgoing = [.. outgoing[node]];
            node.Incoming = [.. incoming[node]];
            node.HasErrorPort = node.Outgoing.Any(edge => edge.IsError);
        }
    }

    private static Problem LoopProblem(ImmutableArray<GraphEdge> cycle)
    {
        var named = string.Join(", ", cycle.Take(MostNamedEdges).Select(edge => $"{edge.Source.Id} -> {edge.Target.Id}"));
        var more = cycle.Length > MostNamedEdges ? $" and {cycle.Length - MostNamedEdges} more" : "";
        return new(
            cycle[^1].Source.Definition.Source.ToString(),
            "loop",
            $"The edges {named}{more} form a loop, which this version of Millrace does not run yet; remove one of them.");
    }
}
