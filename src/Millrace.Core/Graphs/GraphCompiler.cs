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
    /// <summary>Compiles a definition; null where there are errors.</summary>
    public static CompiledGraph? Compile(WorkflowDefinition definition, INodeCompiler types, ICollection<Problem> problems)
    {
        var before = Errors(problems);
        var inputSchema = CompileSchema(definition.InputSchema, "/inputSchema", problems);
        var graph = new Compilation(definition, types, problems).Run(inputSchema);
        return Errors(problems) > before ? null : graph;
    }

    private static int Errors(ICollection<Problem> problems) => problems.Count(problem => problem.Severity == Severity.Error);

    /// <summary>One compilation: the graph, and the bodies inside it.</summary>
    private sealed class Compilation(WorkflowDefinition definition, INodeCompiler types, ICollection<Problem> problems)
    {
        private readonly OrderedDictionary<string, GraphNode> _nodes = new(StringComparer.Ordinal);
        private readonly List<Way> _ways = [];
        private readonly HashSet<string> _edgeIds = new(StringComparer.Ordinal);
        private readonly BlockBuilder _blocks = new(definition.Settings, problems);
        private readonly int _errorsBefore = Errors(problems);

        public CompiledGraph? Run(Schema? inputSchema)
        {
            CompileBlock(BlockKind.Graph, owner: null, definition);
            CompileCompensations();
            if (Errors(problems) > _errorsBefore)
                return null;
            var edges = new GraphEdge[_ways.Count];
            foreach (var edge in _blocks.Blocks.SelectMany(block => block.Edges).Where(edge => ReferenceEquals(edge.Source, edge.Origin)))
                edges[edge.Index] = edge;
            return new CompiledGraph(definition, [.. _nodes.Values], [.. edges], _blocks.Blocks)
            {
                InputSchema = inputSchema,
                SharedVariables = SharedVariables.Find(_nodes.Values),
            };
        }

        private GraphBlock? CompileBlock(BlockKind kind, GraphNode? owner, WorkflowDefinition part)
        {
            var nodes = CompileNodes(part);
            if (_blocks.Build(kind, owner, [.. nodes.Values], CompileWays(part, nodes)) is not { } block)
                return null;
            foreach (var node in nodes.Values)
            {
                if (node.Logic is BodyLogic body)
                    node.Body = CompileBlock(BlockKind.Body, node, body.Body);
                var join = ReferenceEquals(node.Block.Header, node) ? node.Block.Owner! : node;
                if (node.Join?.Required > join.Incoming.Length && !join.Incoming.IsEmpty)
                    problems.Add(
                        new(
                            node.Definition.Source.ToString(),
                            "too_few_branches",
                            $"The join '{node.Id}' needs {node.Join.Required} branches, but only {join.Incoming.Length} lead to it."));
            }
            return block;
        }

        private OrderedDictionary<string, GraphNode> CompileNodes(WorkflowDefinition part)
        {
            var nodes = new OrderedDictionary<string, GraphNode>(StringComparer.Ordinal);
            foreach (var node in part.Nodes)
            {
                if (CompileNode(node) is not { } compiled)
                    continue;
                if (_nodes.TryAdd(node.Id, compiled))
                    nodes.Add(node.Id, compiled);
                else
                    problems.Add(
                        new(
                            node.Source.ToString(),
                            "duplicate_node_id",
                            $"The node id '{node.Id}' is used twice; ids are unique in the whole workflow, bodies included."));
            }
            return nodes;
        }

        private GraphNode? CompileNode(NodeDefinition node)
        {
            if (types.Find(node.Type) is not { } type)
            {
                problems.Add(new(node.Source.ToString(), "unknown_node_type", $"Node '{node.Id}' is of an unknown type '{node.Type}'."));
                return null;
            }
            if (type.Kind == NodeKind.Comment || types.Compile(node, problems) is not { } logic)
                return null;
            RefuseUnsupported(node, type, logic, problems);
            return new GraphNode
            {
                Index = _nodes.Count,
                Definition = node,
                Type = type,
                Logic = logic,
                Gates = [.. node.Conditions.Select(gate => CompileGate(gate, problems)).OfType<Expression>()],
                Retry = logic is BodyLogic ? RetryPolicy.None : node.Retry ?? definition.Settings.Retry ?? RetryPolicy.None,
                OutputSchema = CompileSchema(node.OutputSchema, node.Source + "/outputSchema", problems),
                Join = logic is IJoinLogic join ? join.Rule : null,
            };
        }

        private void CompileCompensations()
        {
            var undoing = new List<GraphNode>();
            foreach (var node in _nodes.Values.ToList())
            {
                if (Compensations.Of(node) is not { } definition || CompileNode(definition) is not { } compiled)
                    continue;
                if (compiled.Logic is not (PureLogic or EffectLogic))
                    problems.Add(
                        new(
                            compiled.Definition.Source.ToString(),
                            "invalid_compensation",
                            $"The compensation of node '{node.Id}' cannot be of type '{compiled.Type.Type}': only pure types and "
                                + "effects can."));
                compiled.Undoes = node;
                node.Compensation = compiled;
                _nodes.TryAdd(compiled.Id, compiled);
                undoing.Add(compiled);
            }
            _blocks.Build(BlockKind.Compensation, owner: null, undoing, []);
        }

        private List<Way> CompileWays(WorkflowDefinition part, OrderedDictionary<string, GraphNode> nodes)
        {
            var first = _ways.Count;
            var known = new HashSet<(GraphNode, GraphNode, string?, string?)>();
            foreach (var edge in part.Edges.Concat(ErrorEdges.Of(part.Nodes)))
            {
                // An end that is missing is a comment, or a problem that is reported already.
                if (!nodes.TryGetValue(edge.Source, out var source) || !nodes.TryGetValue(edge.Target, out var target))
                    continue;
                // The same way twice is warned about, and changes nothing: a join must not count it double.
                if (!known.Add((source, target, edge.Port, edge.When)))
                    continue;
                if (!_edgeIds.Add(edge.Id))
                    problems.Add(new(edge.Location.ToString(), "duplicate_id", $"Another edge already has the id '{edge.Id}'."));
                _ways.Add(
                    new Way(
                        _ways.Count,
                        edge,
                        source,
                        target,
                        edge.When is null ? null : CompileCondition(edge.When, edge.Location.ToString(), problems)));
            }
            return _ways[first..];
        }
    }

    // An honest refusal at save beats a setting that is quietly ignored.
    private static void RefuseUnsupported(NodeDefinition node, NodeTypeDescription type, NodeLogic logic, ICollection<Problem> problems)
    {
        // A pure node is cheaper than a look at the disk; what waits has no outcome yet when its effect ends.
        if (node.Cache is not null && (logic is not EffectLogic || type.MayWait))
            problems.Add(
                new(
                    node.Source + "/cache",
                    "unsupported",
                    $"Node '{node.Id}' of type '{type.Type}' cannot have a 'cache' of its own: only nodes whose one effect is their "
                        + "whole work can. Put it into the body of a 'cache' node."));
        if (logic is BodyLogic && node.Retry is { MaxAttempts: > 1 })
            problems.Add(
                new(
                    node.Source + "/retry",
                    "unsupported",
                    $"Node '{node.Id}' runs a body and cannot be retried as a whole; put the retry on the nodes in its body."));
    }

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
            problems.Add(
                new(pointer, "invalid_expression", $"The condition '{source}' is not valid at {problem.Position + 1}: {problem.Message}"));
        return expression;
    }
}
