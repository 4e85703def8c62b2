using System.Numerics;
using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Simulation.Tests.Workflows;

namespace Millrace.Simulation.Tests.Interpretation;

/// <summary>
/// Says what has to come of a workflow: the plainest way to run one, node after node and turn after turn, without time, events or
/// journal. It also knows what the order of parallel things leaves open, and says so instead of guessing.
/// </summary>
internal sealed partial class Interpreter
{
    private readonly Script _script;
    private readonly Value _input;
    private readonly VariableHistory _variables;
    private readonly List<Pass> _passes = [];
    private readonly List<Final> _finals = [];
    private readonly Dictionary<Plan, Region> _regions = new(ReferenceEqualityComparer.Instance);

    private Interpreter(Plan plan, Value input, Script script)
    {
        _script = script;
        _input = input;
        _variables = new VariableHistory(PlanDocument.VariablesOf(plan));
    }

    /// <exception cref="UndeterminedException">Nearly everything depends on the order of things.</exception>
    public static Expectation Run(Plan plan, Value input, Script script)
    {
        var interpreter = new Interpreter(plan, input, script);
        var root = new Frame(interpreter.RegionOf(plan), null, null, "", 0, BigInteger.Zero) { Data = input };
        var completes = interpreter.RunFrame(root);
        if (completes != interpreter._finals.TrueForAll(final => final.IsMaybe))
            throw new InvalidOperationException("An execution either completes, or something ends it.");
        var (result, isOpen) = completes ? ResultOf(root) : default;
        return new Expectation(interpreter._passes, interpreter._finals, result, isOpen, interpreter._variables.AtEnd(root.End()));
    }

    private Region RegionOf(Plan plan) => _regions.TryGetValue(plan, out var known) ? known : _regions[plan] = Region.Of(plan);

    /// <summary>Runs all that a frame leads to; false if something in it never ends.</summary>
    private bool RunFrame(Frame frame)
    {
        foreach (var member in frame.Region.Members)
        {
            var first = _passes.Count;
            RunMember(frame, member);
            frame.RunsOf[member] = first.._passes.Count;
        }
        foreach (var join in frame.Region.Members.Where(member => member.Entry.CancelsOthers && member.Loop is null))
            Supersede(frame, join);
        return frame.Region.Members.TrueForAll(frame.Through.ContainsKey);
    }

    private void RunMember(Frame frame, Member member)
    {
        var taken = member.Incoming.Where(edge => frame.Taken.GetValueOrDefault(edge)).ToList();
        var isDecided = member.Incoming.TrueForAll(frame.Taken.ContainsKey);
        var needed = member.Required ?? 1;
        var isReady = member.Incoming.Count == 0 ? !frame.IsDead : taken.Count >= needed && (isDecided || member.Required is not null);
        if (!isReady && !isDecided)
            return;
        var isEarly = isReady && member.Required is not null && taken.Count > 0;
        var past = frame.Start | (isEarly
            ? Order.Common([.. taken.Select(edge => ThroughOf(frame, edge))], needed)
            : member.Incoming.Aggregate(BigInteger.Zero, (all, edge) => all | ThroughOf(frame, edge)));
        // Which of more branches than it needs come first is anybody's guess.
        var arrived = new Arrived(taken, IsOpen: isEarly && taken.Count > needed);
        var ended = member.Loop is null
            ? RunNode(frame, member, past, isReady, arrived)
            : RunLoop(frame, member, past, isReady, arrived);
        if (ended && member.Loop is null)
            frame.Through[member] = frame.Passes[member.Entry].Through;
    }

    private static BigInteger ThroughOf(Frame frame, PlanEdge edge) => frame.Through[frame.Region.MemberOf(frame.Region.Find(edge.Source))!];

    private bool RunNode(Frame frame, Member member, BigInteger past, bool isReady, Arrived arrived)
    {
        var pass = NewPass(frame, member.Entry, past);
        if (!isReady && arrived.Edges.Count > 0)
            return Fail(frame, member, pass, "join");
        if (!isReady)
            return Skip(frame, pass, SkipReason.NotReached);
        (pass.Data, pass.IsDataOpen) = DataOf(frame, member, arrived);
        if (pass.Node.Disabled)
            return Bypass(frame, member, pass);
        foreach (var gate in pass.Node.Gates)
        {
            var holds = ScopeOf(frame, member, pass).Evaluate(gate).Holds;
            if (holds is not true)
                return holds is false ? Skip(frame, pass, SkipReason.Condition) : Fail(frame, member, pass, "expression");
        }
        return pass.Node.Type switch
        {
            "forEach" => RunItems(frame, member, pass),
            "while" => RunTurns(frame, member, pass),
            _ => Attempt(frame, member, pass, arrived),
        };
    }

    private Pass NewPass(Frame frame, PlanNode node, BigInteger past)
    {
        var pass = new Pass(_passes.Count, node, frame.Path, past);
        _passes.Add(pass);
        frame.Passes.Add(node, pass);
        return pass;
    }

    private Scope ScopeOf(Frame frame, Member member, Pass pass) =>
        new(frame, member, pass, pass.Past, _variables, _input) { Data = pass.Data, IsDataOpen = pass.IsDataOpen };

    private (Value Data, bool IsOpen) DataOf(Frame frame, Member member, Arrived arrived)
    {
        if (member.Incoming.Count == 0)
            return (frame.Data, frame.IsDataOpen);
        var outputs = Outputs(frame, arrived.Edges);
        var isOpen = arrived.IsOpen || arrived.Edges.Exists(edge => frame.Find(frame.Region.Find(edge.Source)) is { IsOpen: true } or { IsMaybe: true });
        return (Combine(outputs), isOpen);
    }

    private static List<(string Source, Value Output)> Outputs(Frame frame, List<PlanEdge> taken) =>
        [.. taken.Select(edge => (edge.Source, frame.Find(frame.Region.Find(edge.Source)) is { HasOutput: true } pass ? pass.Output : Value.Null)).DistinctBy(one => one.Source)];

    private static Value Combine(List<(string Source, Value Output)> outputs) => outputs switch
    {
        [] => Value.Null,
        [var (_, only)] => only,
        _ => AsMap(outputs),
    };

    private static MapValue AsMap(List<(string Source, Value Output)> outputs) =>
        MapValue.Create(outputs.Select(one => KeyValuePair.Create(one.Source, one.Output)));

    /// <summary>A join that goes on ends what leads nowhere but to it, wherever that happens to be by then.</summary>
    private void Supersede(Frame frame, Member join)
    {
        if (!frame.Passes.TryGetValue(join.Entry, out var pass) || pass.End == End.Never || pass.SkipReason == nameof(SkipReason.NotReached))
            return;
        foreach (var branch in Order.Branches(frame.Region, join))
        {
            MarkOpen(frame, frame.RunsOf[branch], pass.Past);
            frame.Through.TryAdd(branch, pass.Past);
        }
    }

    /// <summary>Runs that are not surely over by some moment may not happen.</summary>
    private void MarkOpen(Frame frame, Range runs, BigInteger past)
    {
        foreach (var pass in _passes[runs].Where(pass => !Pass.Knows(past, pass)))
        {
            if (frame.Body is { } body && body.Failures.Exists(failure => failure.Pass == pass))
                throw new UndeterminedException($"whether '{pass.Node.Id}' fails");
            if (frame.Body is not null && pass.Node.Type == "stop")
                throw new UndeterminedException($"whether '{pass.Node.Id}' stops it all");
            pass.IsMaybe = true;
        }
    }

    /// <summary>What a frame gives: its outputs, or else what its last nodes gave.</summary>
    private static (Value Result, bool IsOpen) ResultOf(Frame frame)
    {
        var ends = frame.Region.Nodes.Where(node => node.Type == "output").ToList();
        if (ends.Count == 0)
            ends = [.. frame.Region.Members.Where(member => member.Outgoing.Count == 0).SelectMany(EndsOf)];
        var passes = ends.Select(frame.Find).OfType<Pass>().ToList();
        var given = passes.Where(pass => pass.HasOutput).Select(pass => (pass.Node.Id, pass.Output)).ToList();
        return (Combine(given), passes.Exists(pass => pass.IsOpen || pass.IsMaybe));
    }

    private static IEnumerable<PlanNode> EndsOf(Member member) => member.Loop is { } loop
        ? loop.Back.Select(edge => loop.Find(edge.Source)).Distinct<PlanNode>(ReferenceEqualityComparer.Instance)
        : [member.Entry];

    /// <summary>The edges over which something came to a node.</summary>
    private sealed record Arrived(List<PlanEdge> Edges, bool IsOpen);
}
