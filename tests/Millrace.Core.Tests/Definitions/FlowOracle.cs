using Millrace.Core.Definitions;

namespace Millrace.Core.Tests.Definitions;

/// <summary>
/// Runs a small definition in every way that its branches, failures and conditions allow, by the rules as they are written down and with no
/// cleverness, and notes what each node sees of every other when it runs.
/// </summary>
internal sealed class FlowOracle
{
    private const int MaxTurns = 3;
    private const int MaxRuns = 20_000;

    private readonly WorkflowDefinition _definition;
    private readonly Dictionary<string, State> _states = new(StringComparer.Ordinal);
    private readonly HashSet<EdgeDefinition> _taken = new(ReferenceEqualityComparer.Instance);
    private readonly List<int> _script = [];
    private readonly List<int> _widths = [];
    private int _next;

    private FlowOracle(WorkflowDefinition definition) => _definition = definition;

    public enum State
    {
        NotYet,
        Ran,
        Skipped,
    }

    /// <summary>What a node saw of another, in all runs together.</summary>
    public Dictionary<(string Looking, string At), HashSet<State>> Seen { get; } = [];

    /// <summary>The nodes that ran at all.</summary>
    public HashSet<string> Ran { get; } = new(StringComparer.Ordinal);

    /// <summary>The headers of the loops that ended at all, and of those that were begun.</summary>
    public (HashSet<string> Ended, HashSet<string> Begun) Loops { get; } = (new(StringComparer.Ordinal), new(StringComparer.Ordinal));

    /// <summary>Runs in every way; null where there are too many, or where a loop has several entries.</summary>
    public static FlowOracle? Explore(WorkflowDefinition definition)
    {
        var oracle = new FlowOracle(definition);
        for (var runs = 0; runs < MaxRuns; runs++)
        {
            oracle._next = 0;
            oracle._taken.Clear();
            foreach (var node in definition.Nodes)
                oracle._states[node.Id] = State.NotYet;
            if (oracle.Region([.. definition.Nodes.Select(node => node.Id)], [.. definition.Edges], called: null) is Outcome.NotNested)
                return null;
            if (!oracle.NextScript())
                return oracle;
        }
        return null;
    }

    private enum Outcome
    {
        Done,
        Endless,
        NotNested,
    }

    private bool NextScript()
    {
        _script.RemoveRange(_next, _script.Count - _next);
        _widths.RemoveRange(_next, _widths.Count - _next);
        while (_script.Count > 0 && _script[^1] == _widths[^1] - 1)
        {
            _script.RemoveAt(_script.Count - 1);
            _widths.RemoveAt(_widths.Count - 1);
        }
        if (_script.Count == 0)
            return false;
        _script[^1]++;
        return true;
    }

    private int Choose(int width)
    {
        if (_next == _script.Count)
        {
            _script.Add(0);
            _widths.Add(width);
        }
        return _script[_next++];
    }

    // The nodes of a graph or of a turn of a loop, each once all that leads to it is decided.
    private Outcome Region(List<string> nodes, List<EdgeDefinition> edges, string? called)
    {
        var left = Groups(nodes, edges);
        while (left.Count > 0)
        {
            var ready = left.Find(group =>
                !edges.Exists(edge =>
                    group.Contains(edge.Target) && !group.Contains(edge.Source) && left.Exists(other => other.Contains(edge.Source))))!;
            left.Remove(ready);
            var inside = edges.Where(edge => ready.Contains(edge.Source) && ready.Contains(edge.Target)).ToList();
            var outcome = Outcome.Done;
            if (inside.Count == 0)
                Node(ready[0], ready[0] == called);
            else
                outcome = Loop(ready, inside);
            if (outcome != Outcome.Done)
                return outcome;
        }
        return Outcome.Done;
    }

    private Outcome Loop(List<string> nodes, List<EdgeDefinition> inside)
    {
        var leadingIn = _definition.Edges.Where(edge => nodes.Contains(edge.Target) && !nodes.Contains(edge.Source)).ToList();
        var entries = leadingIn.Select(edge => edge.Target).Distinct().ToList();
        if (entries.Count > 1)
            return Outcome.NotNested;
        var header = entries.Count == 1 ? entries[0] : nodes[0];
        if (entries.Count == 1 && !leadingIn.Exists(_taken.Contains))
        {
            foreach (var node in nodes)
                _states[node] = State.Skipped;
            return Outcome.Done;
        }
        Loops.Begun.Add(header);
        var back = inside.Where(edge => edge.Target == header).ToList();
        for (var turn = 0; turn < MaxTurns; turn++)
        {
            foreach (var node in nodes)
                _states[node] = State.NotYet;
            _taken.RemoveWhere(edge => nodes.Contains(edge.Source));
            if (Region(nodes, [.. inside.Except(back)], called: header) is var outcome and not Outcome.Done)
                return outcome;
            if (back.Exists(_taken.Contains))
                continue;
            Loops.Ended.Add(header);
            return Outcome.Done;
        }
        return Outcome.Endless;
    }

    private void Node(string id, bool called)
    {
        var node = _definition.Nodes.First(one => one.Id == id);
        var incoming = _definition.Edges.Where(edge => edge.Target == id).ToList();
        var runs = called || incoming.Count == 0 || incoming.Exists(_taken.Contains);
        if (runs && node.Conditions.Length > 0)
            runs = Choose(2) == 0;
        _states[id] = runs ? State.Ran : State.Skipped;
        if (!runs)
            return;
        Ran.Add(id);
        foreach (var (other, state) in _states)
        {
            if (!Seen.TryGetValue((id, other), out var seen))
                Seen.Add((id, other), seen = []);
            seen.Add(state);
        }
        var outgoing = _definition.Edges.Where(edge => edge.Source == id).ToList();
        var fails = outgoing.Exists(edge => edge.Port == "error") && Choose(2) == 1;
        var port = node.Type == "if" && !fails ? Choose(2) == 0 ? "true" : "false" : null;
        foreach (var edge in outgoing)
        {
            if ((edge.Port == "error") == fails
                && (fails || edge.Port is null || edge.Port == port)
                && (edge.When is null || Choose(2) == 0))
                _taken.Add(edge);
        }
    }

    // Nodes that lead to each other, in the order of their first ones.
    private static List<List<string>> Groups(List<string> nodes, List<EdgeDefinition> edges)
    {
        var reaches = nodes.ToDictionary(node => node, _ => new HashSet<string>(StringComparer.Ordinal), StringComparer.Ordinal);
        for (var round = 0; round < nodes.Count; round++)
        {
            foreach (var edge in edges)
            {
                reaches[edge.Source].Add(edge.Target);
                reaches[edge.Source].UnionWith(reaches[edge.Target]);
            }
        }
        var groups = new List<List<string>>();
        foreach (var node in nodes)
        {
            if (groups.Find(group => reaches[node].Contains(group[0]) && reaches[group[0]].Contains(node)) is { } group)
                group.Add(node);
            else
                groups.Add([node]);
        }
        return groups;
    }
}
