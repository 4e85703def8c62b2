using System.Numerics;
using Millrace.Core.Values;
using Millrace.Simulation.Tests.Workflows;

namespace Millrace.Simulation.Tests.Interpretation;

/// <summary>A failure inside a body that nothing in the body handles.</summary>
internal sealed record BodyFailure(Pass Pass, string ErrorType);

/// <summary>One pass over a region: the whole graph, a turn of a loop, an item of a forEach, a turn of a while.</summary>
internal sealed class Frame(Region region, Frame? around, Member? owner, string path, int number, BigInteger start)
{
    public Region Region { get; } = region;

    public Frame? Around { get; } = around;

    /// <summary>Of a turn or item: the loop or container in the region around that it belongs to.</summary>
    public Member? Owner { get; } = owner;

    /// <summary>Of an item or a turn of a while: the container's run; null for all else.</summary>
    public Pass? Container { get; init; }

    public string Path { get; } = path;

    public int Number { get; } = number;

    /// <summary>What is over when it begins.</summary>
    public BigInteger Start { get; } = start;

    public Value Data { get; init; }

    public bool IsDataOpen { get; init; }

    /// <summary>Of a turn: what led to it.</summary>
    public List<(string Source, Value Output)> Entry { get; init; } = [];

    /// <summary>Whether no way led to its loop.</summary>
    public bool IsDead { get; init; }

    public Dictionary<PlanNode, Pass> Passes { get; } = new(ReferenceEqualityComparer.Instance);

    public Dictionary<PlanEdge, bool> Taken { get; } = [];

    /// <summary>What is over once a member is.</summary>
    public Dictionary<Member, BigInteger> Through { get; } = [];

    /// <summary>Where the runs of a member are among all.</summary>
    public Dictionary<Member, Range> RunsOf { get; } = [];

    /// <summary>The last turn of each loop so far.</summary>
    public Dictionary<Member, Frame> Last { get; } = [];

    /// <summary>Of an item or a turn of a while: what failed in it for good.</summary>
    public List<BodyFailure> Failures { get; } = [];

    /// <summary>The item or turn of a while that this is, or is inside of; null: none.</summary>
    public Frame? Body => Container is not null ? this : Around?.Body;

    public string PathOf(int turn) => Path.Length == 0 ? $"{turn}" : $"{Path}.{turn}";

    /// <summary>What is over once all of it is.</summary>
    public BigInteger End() => Through.Values.Aggregate(Start, (all, one) => all | one);

    /// <summary>The run of a node, in it or in the last turn of a loop in it.</summary>
    public Pass? Find(PlanNode node)
    {
        if (Region.MemberOf(node) is not { } member)
            return null;
        return member.Loop is null ? Passes.GetValueOrDefault(node) : Last.GetValueOrDefault(member)?.Find(node);
    }
}
