using static Millrace.Core.Definitions.Validation.Flow.DecisionDiagrams;

namespace Millrace.Core.Definitions.Validation.Flow;

/// <summary>
/// In which executions each node runs. Inside a loop: in which decisions of an iteration; seen from outside, of the last iteration, in
/// which
/// nothing leads back.
/// </summary>
internal sealed class RunConditions
{
    // Enough for ten thousand nodes with their branches; a fraction of a second where a graph is made to be hard.
    private const int Steps = 250_000;
    private const int MaxBranchesOfJoin = 64;
    private const int MaxLoops = 200;

    private readonly Checking _checking;
    private readonly FlowGraph _graph;
    private readonly DecisionDiagrams _diagrams = new(Steps);
    private readonly int[] _begins;
    private readonly int[] _runs;
    private readonly int[] _taken;
    private readonly Dictionary<FlowLoop, int> _leadsBack = [];
    private readonly Dictionary<FlowLoop, bool> _endless = [];
    private readonly Dictionary<FlowLoop, int> _ended = [];
    private readonly Dictionary<int, int> _settled = [];

    public RunConditions(Checking checking, FlowGraph graph)
    {
        (_checking, _graph) = (checking, graph);
        Decisions = new Decisions(checking, graph, _diagrams);
        _begins = new int[graph.Nodes.Count];
        _runs = new int[graph.Nodes.Count];
        _taken = new int[graph.EdgeCount];
        Joins = graph.Order.Where(node => JoinNeed.Of(checking, node) is not null)
            .ToDictionary(node => node, node => JoinNeed.Of(checking, node)!);
        Starts = [.. graph.Order.Where(Decisions.IsFirst)];
        foreach (var node in graph.Order)
            Visit(node);
    }

    public Decisions Decisions { get; }

    /// <summary>The nodes of which one is called to begin.</summary>
    public List<int> Starts { get; }

    /// <summary>What the joins need that do not wait for all.</summary>
    public IReadOnlyDictionary<int, JoinNeed> Joins { get; }

    /// <summary>The executions in which a node runs.</summary>
    public int Runs(int node) => _runs[node];

    /// <summary>The executions in which a loop's last iteration, or the one at hand, leads back.</summary>
    public int LeadsBack(FlowLoop loop)
    {
        if (!_leadsBack.TryGetValue(loop, out var back))
            _leadsBack.Add(loop, back = loop.Back.Aggregate(Never, (sum, edge) => _diagrams.Or(sum, Arrives(edge))));
        return back;
    }

    /// <summary>Whether a loop leads back whatever happens, so that it never ends.</summary>
    public bool IsEndless(FlowLoop loop)
    {
        if (!_endless.TryGetValue(loop, out var endless))
        {
            var begins = _begins[loop.Header];
            var ended = loop.Inner.Aggregate(begins, (set, inner) => _diagrams.And(set, Ended(inner)));
            endless = begins is not (Never or Unknown) && _diagrams.Without(ended, LeadsBack(loop)) == Never;
            _endless.Add(loop, endless);
        }
        return endless;
    }

    // The executions in which a loop, and those inside of it, are in their last turns, or are not begun.
    private int Ended(FlowLoop loop)
    {
        if (!_ended.TryGetValue(loop, out var ended))
        {
            ended = IsEndless(loop) ? Always : _diagrams.Without(Always, LeadsBack(loop));
            _ended.Add(loop, ended = loop.Inner.Aggregate(ended, (set, inner) => _diagrams.And(set, Ended(inner))));
        }
        return ended;
    }


    /// <summary>
    /// The executions in which a node runs that another looks at, and those in which it does not, both as the other sees it; null where
    /// that is not known.
    /// </summary>
    public (int Both, int Alone)? Seen(int looking, int at)
    {
        var runs = _diagrams.And(_runs[looking], Settled(_graph.LoopsAround(looking).FirstOrDefault()));
        var (both, alone) = (_diagrams.And(runs, _runs[at]), _diagrams.Without(runs, _runs[at]));
        return both == Unknown || alone == Unknown ? null : (both, alone);
    }

    /// <summary>Those of a set that somebody would think possible: of several conditional edges one is taken.</summary>
    public int Plausible(int set) => _diagrams.And(set, Decisions.Exhaustive);

    /// <summary>Those of a set without failures and with all conditions met.</summary>
    public int Usual(int set) => _diagrams.And(set, Decisions.Usual);

    /// <summary>An example of a set that is not empty.</summary>
    public Run Example(int set) => new(this, _graph, _diagrams.Example(set));

    /// <summary>The executions in which at least so many of the edges that lead to a node are taken.</summary>
    public int Arrivals(int node, int atLeast)
    {
        FlowEdge[] incoming = [.. _graph.Incoming(node)];
        if (atLeast > incoming.Length)
            return Never;
        if (incoming.Length > MaxBranchesOfJoin)
            return Unknown;
        // counts[k]: at least k of the edges so far.
        var counts = new int[atLeast + 1];
        counts[0] = Always;
        foreach (var edge in incoming)
        {
            for (var k = atLeast; k > 0; k--)
                counts[k] = _diagrams.Or(counts[k], _diagrams.And(counts[k - 1], Arrives(edge)));
        }
        return counts[atLeast];
    }

    // From outside of a loop its last turn is seen, in which it does not lead back.
    private int Settled(FlowLoop? around)
    {
        if (_graph.Loops.Count > MaxLoops)
            return Unknown;
        var place = around?.Header ?? -1;
        if (_settled.TryGetValue(place, out var known))
            return known;
        var settled = Always;
        foreach (var loop in _graph.Loops.Where(loop => !IsAround(loop, around) && (loop.Outer is null || IsAround(loop.Outer, around))))
            settled = _diagrams.And(settled, Ended(loop));
        _settled.Add(place, settled);
        return settled;
    }

    private static bool IsAround(FlowLoop loop, FlowLoop? inner)
    {
        while (inner is not null && !ReferenceEquals(loop, inner))
            inner = inner.Outer;
        return inner is not null;
    }

    public int Without(int left, int right) => _diagrams.Without(left, right);

    /// <summary>Whether a node ends the execution, so that nothing follows it.</summary>
    public bool Ends(int node) => _checking.TypeOf(_graph.Nodes[node])!.EndsExecution && !_graph.Nodes[node].Disabled;

    private void Visit(int node)
    {
        var definition = _graph.Nodes[node];
        var arrives = _begins[node] = Arrives(node);
        var gate = definition.Disabled ? null : Decisions.Gate(node);
        var holds = gate is { } variable ? _diagrams.Where(variable, Decisions.Yes) : Always;
        // One that is bypassed passes on what came, and is seen as having done so.
        _runs[node] = definition.BypassWhenGated ? arrives : _diagrams.And(arrives, holds);
        var works = definition.Disabled ? Never : _diagrams.And(arrives, holds);
        var choice = definition.Disabled ? null : Decisions.Choice(node);
        foreach (var edge in _graph.Outgoing(node))
            _taken[edge.Index] = Taken(edge, choice, works);
        Decisions.NoteExhaustive(node);
    }

    private int Arrives(int node)
    {
        if (Decisions.Start is { } start && Decisions.IsFirst(node))
            return _diagrams.Or(_diagrams.Where(start, Starts.IndexOf(node)), _diagrams.Where(start, Starts.Count));
        var any = Never;
        var isRoot = true;
        foreach (var edge in _graph.Incoming(node))
        {
            isRoot = false;
            any = _diagrams.Or(any, Arrives(edge));
        }
        if (isRoot)
            return Always;
        return Needs(node) is > 1 and var count ? Arrivals(node, count) : any;
    }

    /// <summary>
    /// How many arrivals a node needs to run. A join that never gets enough is reported; what follows it is not to blame.
    /// </summary>
    public int Needs(int node) => Joins.TryGetValue(node, out var need) && Arrivals(node, need.Count) != Never ? need.Count : 1;

    // What a loop leads out to is decided when it ends.
    private int Arrives(FlowEdge edge)
    {
        var taken = _taken[edge.Index];
        foreach (var loop in _graph.LoopsAround(edge.Source))
        {
            if (ReferenceEquals(loop, edge.Back) || _graph.LoopsAround(edge.Target).Contains(loop))
                break;
            taken = _diagrams.And(taken, Ended(loop));
        }
        return taken;
    }

    private int Taken(FlowEdge edge, NodeChoice? choice, int works)
    {
        if (Ends(edge.Source))
            return Never;
        var taken = edge.Port is null ? _runs[edge.Source] : works;
        if (choice?.Fails is { } fails)
            taken = _diagrams.And(taken, _diagrams.Where(fails, edge.IsError ? 1 - Decisions.Yes : Decisions.Yes));
        else if (edge.IsError)
            return Never;
        if (edge.Port is not null && !edge.IsError)
            taken = choice is null ? Never : _diagrams.And(taken, _diagrams.Where(choice.Variable, choice.Ports.IndexOf(edge.Port)));
        return Decisions.When(edge) is { } when ? _diagrams.And(taken, _diagrams.Where(when, Decisions.Yes)) : taken;
    }
}
