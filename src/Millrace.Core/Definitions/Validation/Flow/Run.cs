using System.Collections.Immutable;

namespace Millrace.Core.Definitions.Validation.Flow;

/// <summary>One execution as an example: which nodes run in it, and why another does not.</summary>
internal sealed class Run
{
    private readonly FlowGraph _graph;
    private readonly RunConditions _conditions;
    private readonly Dictionary<int, int> _decided;
    private readonly bool[] _runs;
    private readonly bool[] _taken;

    public Run(RunConditions conditions, FlowGraph graph, Dictionary<int, int> decided)
    {
        (_conditions, _graph, _decided) = (conditions, graph, decided);
        _runs = new bool[graph.Nodes.Count];
        _taken = new bool[graph.EdgeCount];
        foreach (var node in graph.Order)
            Visit(node);
    }

    /// <summary>Whether a node runs.</summary>
    public bool Runs(int node) => _runs[node];

    /// <summary>The way to a node that runs, over the place where it is decided that another is skipped.</summary>
    public ImmutableArray<PathStep> PathTo(int node, int? skipped = null)
    {
        if (skipped is { } other
            && Blame(other) is var place
            && Way(node, from => from == place) is { Length: > 0 } rest
            && Way(place, IsFirst) is { Length: > 0 } first)
            return [.. first[..^1], .. rest];
        return Way(node, IsFirst);
    }

    /// <summary>The way through a loop to its header again.</summary>
    public ImmutableArray<PathStep> PathBack(FlowLoop loop)
    {
        // Where an inner loop has no end either, no way back is taken in the example; the first one will do.
        var back = loop.Back.Find(Arrives) ?? loop.Back[0];
        var way = Way(back.Source, node => node == loop.Header);
        if (way.IsEmpty)
            way = [new PathStep(_graph.Nodes[back.Source].Id, null)];
        return [.. way[..^1], new PathStep(way[^1].Node, back.Port), new PathStep(_graph.Nodes[loop.Header].Id, null)];
    }

    /// <summary>Why a node is skipped, as the end of a sentence.</summary>
    public string Reason(int skipped)
    {
        var place = Blame(skipped);
        var id = _graph.Nodes[place].Id;
        if (!_runs[place])
            return _graph.Incoming(place).Any() || _graph.Nodes[place].Conditions.Length > 0
                ? $"the conditions of '{id}' are false"
                : $"the workflow does not start at '{id}'";
        var choice = _graph.Nodes[place].Disabled ? null : _conditions.Decisions.Choice(place);
        if (choice?.Fails is { } fails && !IsYes(fails))
            return $"'{id}' fails";
        if (choice is { Ports.Length: > 1 })
            return choice.Ports[Value(choice.Variable)] is { } port ? $"'{id}' takes the port '{port}'" : $"'{id}' takes another port";
        if (_graph.Nodes[place].Disabled)
            return $"'{id}' is disabled";
        return choice?.Fails is null ? $"a condition on an edge of '{id}' is false" : $"'{id}' does not fail";
    }

    // The node at whose end it is decided that another is skipped: it runs, and takes no edge there; or it is skipped by itself.
    private int Blame(int skipped)
    {
        while (true)
        {
            FlowEdge[] incoming = [.. _graph.Incoming(skipped)];
            if (incoming.Length == 0 || Array.Exists(incoming, Arrives))
                return skipped;
            if (Array.Find(incoming, edge => _runs[edge.Source]) is { } edge)
                return edge.Source;
            skipped = incoming[0].Source;
        }
    }

    private bool IsFirst(int node) => !_graph.Incoming(node).Any(Arrives);

    // The shortest way to a node that runs, from the nearest one that will do; empty where there is none.
    private ImmutableArray<PathStep> Way(int node, Func<int, bool> isBeginning)
    {
        var next = new Dictionary<int, FlowEdge?> { [node] = null };
        var open = new Queue<int>();
        open.Enqueue(node);
        while (open.TryDequeue(out var current))
        {
            if (isBeginning(current))
                return [.. Steps(current, next)];
            foreach (var edge in _graph.Incoming(current).Where(Arrives))
            {
                if (next.TryAdd(edge.Source, edge))
                    open.Enqueue(edge.Source);
            }
        }
        return [];
    }

    private IEnumerable<PathStep> Steps(int node, Dictionary<int, FlowEdge?> next)
    {
        while (next[node] is { } edge)
        {
            yield return new PathStep(_graph.Nodes[node].Id, edge.Port);
            node = edge.Target;
        }
        yield return new PathStep(_graph.Nodes[node].Id, null);
    }

    private void Visit(int node)
    {
        var definition = _graph.Nodes[node];
        var arrives = _graph.Incoming(node).Any() ? _graph.Incoming(node).Count(Arrives) >= _conditions.Needs(node) : IsCalled(node);
        var holds = definition.Disabled || _conditions.Decisions.Gate(node) is not { } gate || IsYes(gate);
        _runs[node] = arrives && (holds || definition.BypassWhenGated);
        foreach (var edge in _graph.Outgoing(node))
            _taken[edge.Index] = _runs[node] && IsTaken(edge, definition, works: holds && !definition.Disabled);
    }

    private bool IsTaken(FlowEdge edge, NodeDefinition node, bool works)
    {
        var choice = node.Disabled ? null : _conditions.Decisions.Choice(edge.Source);
        var fails = choice?.Fails is { } variable && !IsYes(variable);
        if (_conditions.Ends(edge.Source) || edge.IsError != fails || (edge.Port is not null && !works))
            return false;
        if (edge.Port is { } port
            && !edge.IsError
            && (choice is null || !string.Equals(choice.Ports[Value(choice.Variable)], port, StringComparison.Ordinal)))
            return false;
        return _conditions.Decisions.When(edge) is not { } when || IsYes(when);
    }

    private bool IsCalled(int node) =>
        _conditions.Decisions.Start is not { } start
            || !_conditions.Decisions.IsFirst(node)
            || _conditions.Starts.Count == Value(start)
            || _conditions.Starts[Value(start)] == node;

    /// <summary>Whether an edge is taken. What a loop leads out to waits for a turn that does not lead back.</summary>
    public bool Arrives(FlowEdge edge)
    {
        if (!_taken[edge.Index])
            return false;
        foreach (var loop in _graph.LoopsAround(edge.Source))
        {
            if (ReferenceEquals(loop, edge.Back) || _graph.LoopsAround(edge.Target).Contains(loop))
                break;
            if (!_conditions.IsEndless(loop) && loop.Back.Exists(Arrives))
                return false;
        }
        return true;
    }

    private bool IsYes(int variable) => Value(variable) == Decisions.Yes;

    private int Value(int variable) => _decided.GetValueOrDefault(variable);
}
