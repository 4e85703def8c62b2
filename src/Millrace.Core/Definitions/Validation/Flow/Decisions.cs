using System.Collections.Immutable;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Definitions.Validation.Flow;

/// <summary>
/// What is decided in an execution that the document leaves open: the ports that nodes choose, failures that are caught, conditions of
/// edges and
/// of nodes, and the start that is called. Conditions that read alike and look only at what never changes are one decision.
/// </summary>
internal sealed class Decisions
{
    /// <summary>The value of a decision between yes and no that is the usual one.</summary>
    public const int Yes = 0;

    private static readonly string[] ConstantRoots = ["input", "trigger", "workflow"];

    private readonly Checking _checking;
    private readonly FlowGraph _graph;
    private readonly DecisionDiagrams _diagrams;
    private readonly Dictionary<string, int> _texts = new(StringComparer.Ordinal);
    private readonly HashSet<string> _repeated;
    private readonly Dictionary<int, NodeChoice> _choices = [];
    private readonly Dictionary<int, int> _whens = [];

    public Decisions(Checking checking, FlowGraph graph, DecisionDiagrams diagrams)
    {
        (_checking, _graph, _diagrams) = (checking, graph, diagrams);
        _repeated = Repeated();
        Start = graph.Order.Count(IsFirst) > 1 ? diagrams.AddVariable(graph.Order.Count(IsFirst) + 1) : null;
    }

    /// <summary>Which start is called: one of them, or, last, all. Null where there are not several.</summary>
    public int? Start { get; }

    /// <summary>The executions in which no failure is caught and every condition of a node or an edge holds.</summary>
    public int Usual { get; private set; } = DecisionDiagrams.Always;

    /// <summary>The executions in which, of several conditional edges that are all the ways on, one is taken.</summary>
    public int Exhaustive { get; private set; } = DecisionDiagrams.Always;

    /// <summary>Whether a node is a start, so that it runs only if it is called.</summary>
    public bool IsFirst(int node) => _checking.TypeOf(_graph.Nodes[node])?.Role == NodeRole.Start && !_graph.Incoming(node).Any();

    /// <summary>Decides a node's conditions; null where it has none.</summary>
    public int? Gate(int node)
    {
        var gates = _graph.Nodes[node].Conditions;
        if (gates.IsEmpty)
            return null;
        var sources = gates.Select(gate => gate.Expression).ToArray();
        return Condition(Array.TrueForAll(sources, source => source is not null) ? string.Join(" && ", sources) : null);
    }

    /// <summary>Decides how a node goes on; null where every edge is taken.</summary>
    public NodeChoice? Choice(int node)
    {
        if (_choices.TryGetValue(node, out var known))
            return known;
        var ways = _graph.Outgoing(node);
        string[] ports =
        [
            .. ways.Where(edge => edge.Port is not null && !edge.IsError).Select(edge => edge.Port!).Distinct(StringComparer.Ordinal),
        ];
        int? fails = ways.Any(edge => edge.IsError) ? YesOrNo() : null;
        if (fails is { } failing)
            Usual = _diagrams.And(Usual, _diagrams.Where(failing, Yes));
        if (ports.Length == 0 && fails is null)
            return null;
        var choice = Choice(_graph.Nodes[node], ports) with { Fails = fails };
        _choices.Add(node, choice);
        return choice;
    }

    /// <summary>Decides an edge's condition; null where it has none.</summary>
    public int? When(FlowEdge edge)
    {
        if (edge.When is null)
            return null;
        if (!_whens.TryGetValue(edge.Index, out var variable))
            _whens.Add(edge.Index, variable = Condition(edge.When));
        return variable;
    }

    /// <summary>Notes that one of a node's conditional edges is taken wherever there is no other way on.</summary>
    public void NoteExhaustive(int node)
    {
        foreach (var ways in _graph.Outgoing(node).GroupBy(edge => edge.Port, StringComparer.Ordinal))
        {
            if (ways.Count() < 2 || !ways.All(edge => edge.When is not null))
                continue;
            var any = ways.Aggregate(DecisionDiagrams.Never, (sum, edge) => _diagrams.Or(sum, _diagrams.Where(When(edge)!.Value, Yes)));
            Exhaustive = _diagrams.And(Exhaustive, any);
        }
    }

    private NodeChoice Choice(NodeDefinition node, string[] wired)
    {
        var declared = _checking.TypeOf(node)!.AllPorts(node.Config).ToArray();
        // A single port is for what is unusual, such as a timeout; several cover everything.
        var hasOther = declared.Length < 2 || declared.Except(wired, StringComparer.Ordinal).Any();
        if (declared is ["true", "false"]
            && wired.All(port => declared.Contains(port, StringComparer.Ordinal))
            && node.Config.TryGet("condition", out var condition)
            && condition.TryGetString(out var source))
            return new NodeChoice(Condition(source, isUsual: false), ["true", "false"]);
        ImmutableArray<string?> values = hasOther ? [.. wired, null] : [.. wired];
        return new NodeChoice(_diagrams.AddVariable(values.Length), values);
    }

    private int Condition(string? source, bool isUsual = true)
    {
        var variable = source is not null && _repeated.Contains(Normal(source)) ? Shared(Normal(source)) : YesOrNo();
        if (isUsual)
            Usual = _diagrams.And(Usual, _diagrams.Where(variable, Yes));
        return variable;
    }

    private int Shared(string text)
    {
        if (!_texts.TryGetValue(text, out var variable))
            _texts.Add(text, variable = YesOrNo());
        return variable;
    }

    private int YesOrNo() => _diagrams.AddVariable(2);

    // The conditions that stand in several places and mean the same in all of them.
    private HashSet<string> Repeated()
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var source in _graph.Order.SelectMany(Sources))
            counts[Normal(source)] = counts.GetValueOrDefault(Normal(source)) + 1;
        return counts.Where(count => count.Value > 1 && IsConstant(count.Key)).Select(count => count.Key).ToHashSet(StringComparer.Ordinal);
    }

    private IEnumerable<string> Sources(int index)
    {
        var node = _graph.Nodes[index];
        if (!node.Conditions.IsEmpty && node.Conditions.All(gate => gate.Expression is not null))
            yield return string.Join(" && ", node.Conditions.Select(gate => gate.Expression));
        if (node.Config.TryGet("condition", out var condition) && condition.TryGetString(out var source))
            yield return source;
        foreach (var edge in _graph.Outgoing(index))
        {
            if (edge.When is { } when)
                yield return when;
        }
    }

    private static bool IsConstant(string source) =>
        Expression.ParseCondition(source, out _) is { } expression
            && expression.References.All(reference => ConstantRoots.Contains(reference.Root, StringComparer.Ordinal));

    private static string Normal(string source) => source.Trim();
}

/// <summary>How a node goes on.</summary>
/// <param name="Variable">The index of the decision.</param>
/// <param name="Ports">The port that each value stands for; null: one that no edge belongs to.</param>
internal sealed record NodeChoice(int Variable, ImmutableArray<string?> Ports)
{
    /// <summary>The decision whether it fails, where an edge leaves its error port: the usual value is no failure.</summary>
    public int? Fails { get; init; }
}
