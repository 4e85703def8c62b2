using System.Numerics;
using Millrace.Core.Expressions;
using Millrace.Core.Values;
using Millrace.Simulation.Tests.Workflows;

namespace Millrace.Simulation.Tests.Interpretation;

/// <summary>What came of an expression.</summary>
/// <param name="Value">Its value.</param>
/// <param name="IsError">Whether it failed instead.</param>
/// <param name="IsOpen">Whether the value depends on the order of things.</param>
internal readonly record struct Answer(Value Value, bool IsError, bool IsOpen)
{
    /// <summary>Of a condition: whether it holds; null: it failed.</summary>
    public bool? Holds => !IsError && Value.TryGetBool(out var holds) ? holds : null;
}

/// <summary>The names that an expression sees, at one place and moment.</summary>
internal sealed class Scope(Frame frame, Member member, Pass pass, BigInteger past, VariableHistory variables, Value input) : IBindings
{
    private readonly Dictionary<string, Value> _records = [];
    private MapValue _variables = MapValue.Empty;

    public Value Data { get; init; }

    public bool IsDataOpen { get; init; }

    /// <summary>Between two turns of a while: the next.</summary>
    public int? Turn { get; init; }

    /// <summary>A node that has just ended, and whose edges are being chosen.</summary>
    public Pass? Shown { get; init; }

    public Answer Evaluate(string source)
    {
        var expression = Expression.Parse(source, out var problem) ?? throw new InvalidOperationException($"'{source}': {problem!.Message}");
        var isOpen = false;
        foreach (var reference in expression.References)
            isOpen |= Look(reference);
        var evaluation = expression.Evaluate(this);
        if (isOpen && (!evaluation.Succeeded || evaluation.Value.Kind == ValueKind.Bool))
            throw new UndeterminedException($"'{source}'");
        return new Answer(evaluation.Succeeded ? evaluation.Value : Value.Null, !evaluation.Succeeded, isOpen);
    }

    public bool TryGet(string name, out Value value)
    {
        switch (name)
        {
            case "input": value = input; return true;
            case "data": value = Data; return true;
            case "variables": value = _variables; return true;
            case "item": value = Each?.Data ?? default; return Each is not null;
            case "index": value = Turn ?? (frame.Body ?? frame).Number; return Turn is not null || frame.Owner is not null;
            default: return _records.TryGetValue(name, out value);
        }
    }

    /// <summary>The item that this is in; null: none.</summary>
    private Frame? Each
    {
        get
        {
            var body = frame.Body;
            while (body is { Container.Node.Type: not "forEach" })
                body = body.Around!.Body;
            return body;
        }
    }

    private bool Look(ExpressionReference reference)
    {
        switch (reference.Root)
        {
            case "input" or "index":
                return false;
            case "item":
                return Each is { IsDataOpen: true };
            case "data":
                return IsDataOpen;
            case "variables":
                var (value, isOpen) = variables.Read(reference.Path[0], pass, past);
                _variables = _variables.With(reference.Path[0], value);
                return isOpen;
            default:
                return LookAtNode(reference.Root);
        }
    }

    private bool LookAtNode(string id)
    {
        if (Shown is { } shown && shown.Node.Id == id)
        {
            _records[id] = RecordOf(shown);
            return shown.IsOpen;
        }
        var found = FindPass(id, out var isRunning);
        _records[id] = found is null ? MapValue.Of("status", isRunning ? "running" : "pending") : RecordOf(found);
        return found is { IsOpen: true } or { IsMaybe: true };
    }

    // From the inside out: the innermost place that has the node is meant.
    private Pass? FindPass(string id, out bool isRunning)
    {
        isRunning = false;
        var here = member;
        for (var around = frame; around is not null; around = around.Around)
        {
            var node = around.Region.Nodes.Find(node => node.Id == id);
            if (node is not null)
            {
                var there = around.Region.MemberOf(node)!;
                isRunning = there == here;
                if (isRunning || Order.IsAfter(around.Region, there, here))
                    return null;
                if (around.Through.TryGetValue(there, out var through) && (through & past) == through)
                    return around.Find(node);
                throw new UndeterminedException($"'{id}' may or may not have run");
            }
            here = around.Owner!;
        }
        return null;
    }

    private static MapValue RecordOf(Pass ended)
    {
        var record = new MapBuilder().Set("status", ended.End.ToString().ToLowerInvariant());
        if (ended.HasOutput)
            record.Set("output", ended.Output);
        if (ended.ErrorType is { } type)
            record.Set("error", MapValue.Of("type", type));
        return record.Build();
    }
}

/// <summary>What is sure to come after what.</summary>
internal static class Order
{
    /// <summary>Whether a member cannot begin before another has ended. A join that does not wait for all gives no such certainty.</summary>
    public static bool IsAfter(Region region, Member later, Member earlier)
    {
        var seen = new HashSet<Member>();
        return Follows(later);

        bool Follows(Member member) => member.Required is null && seen.Add(member)
            && member.Incoming.Exists(edge => region.MemberOf(region.Find(edge.Source)) is { } source && (source == earlier || Follows(source)));
    }

    /// <summary>What is over for sure once some of several have come: what enough of them have behind them.</summary>
    public static BigInteger Common(IReadOnlyList<BigInteger> pasts, int needed)
    {
        var atLeast = new BigInteger[pasts.Count + 1];
        atLeast[0] = BigInteger.MinusOne;
        foreach (var past in pasts)
        {
            for (var count = pasts.Count; count > 0; count--)
                atLeast[count] |= atLeast[count - 1] & past;
        }
        return atLeast[pasts.Count - needed + 1];
    }

    /// <summary>The members that lead nowhere but to a join.</summary>
    public static IEnumerable<Member> Branches(Region region, Member join)
    {
        return region.Members.Where(member => member != join && LeadsToJoin(member));

        bool LeadsToJoin(Member member) => member.Outgoing.Count > 0
            && member.Outgoing.TrueForAll(edge => edge.Target != region.Header?.Id
                && region.Nodes.Find(node => node.Id == edge.Target) is { } node
                && region.MemberOf(node) is { } target && (target == join || LeadsToJoin(target)));
    }
}
