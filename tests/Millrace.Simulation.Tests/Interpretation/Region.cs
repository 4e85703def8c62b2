using Millrace.Simulation.Tests.Workflows;

namespace Millrace.Simulation.Tests.Interpretation;

/// <summary>
/// Nodes that run as one pass: a whole graph, or the nodes of a loop. What leads back to the header does not count inside; nodes that
/// still all lead to one another are an inner loop.
/// </summary>
internal sealed class Region
{
    private readonly Dictionary<PlanNode, Member> _memberOf = new(ReferenceEqualityComparer.Instance);

    private Region(Plan plan, List<PlanNode> nodes, PlanNode? header)
    {
        Plan = plan;
        Nodes = nodes;
        Header = header;
        var inside = nodes.Select(node => node.Id).ToHashSet();
        Edges = [.. plan.AllEdges().Where(edge => inside.Contains(edge.Source))];
        Back = [.. Edges.Where(edge => edge.Target == header?.Id)];
        var forward = Edges.Where(edge => inside.Contains(edge.Target) && edge.Target != header?.Id).ToList();
        Members = InOrder(FindMembers(forward), forward);
        foreach (var member in Members)
        {
            member.Incoming.AddRange(forward.Where(edge => edge.Target == member.Entry.Id && !member.Holds(edge.Source)));
            member.Outgoing.AddRange(Edges.Where(edge => member.Holds(edge.Source) && (member.Loop is null || !member.Holds(edge.Target))));
        }
    }

    public Plan Plan { get; }

    public List<PlanNode> Nodes { get; }

    /// <summary>Of a loop: where it begins.</summary>
    public PlanNode? Header { get; }

    /// <summary>The edges that leave its nodes.</summary>
    public List<PlanEdge> Edges { get; }

    /// <summary>Those that lead back to its header.</summary>
    public List<PlanEdge> Back { get; }

    /// <summary>Nodes and inner loops, each after all that lead to it.</summary>
    public List<Member> Members { get; }

    public static Region Of(Plan plan) => new(plan, [.. plan.Nodes], header: null);

    /// <summary>The node or inner loop that a node is, or is in; null where it is elsewhere.</summary>
    public Member? MemberOf(PlanNode node) => _memberOf.GetValueOrDefault(node);

    public PlanNode Find(string id) => Nodes.First(node => node.Id == id);

    private List<Member> FindMembers(List<PlanEdge> forward)
    {
        var next = forward.ToLookup(edge => edge.Source, edge => edge.Target);
        var reached = Nodes.ToDictionary(node => node.Id, node => Reached(node.Id, next));
        var members = new List<Member>();
        foreach (var node in Nodes)
        {
            if (_memberOf.ContainsKey(node))
                continue;
            var loop = Nodes.Where(other => reached[node.Id].Contains(other.Id) && reached[other.Id].Contains(node.Id)).ToList();
            var member = loop.Count == 0 ? new Member(node, [node], null) : OfLoop(loop, forward);
            members.Add(member);
            foreach (var inner in member.Nodes)
                _memberOf.Add(inner, member);
        }
        return members;
    }

    private Member OfLoop(List<PlanNode> loop, List<PlanEdge> forward)
    {
        var header = loop.Find(node => forward.Exists(edge => edge.Target == node.Id && !loop.Exists(inner => inner.Id == edge.Source))) ?? loop[0];
        return new Member(header, loop, new Region(Plan, loop, header));
    }

    private static HashSet<string> Reached(string from, ILookup<string, string> next)
    {
        var reached = new HashSet<string>();
        var open = new Stack<string>(next[from]);
        while (open.TryPop(out var id))
        {
            if (!reached.Add(id))
                continue;
            foreach (var further in next[id])
                open.Push(further);
        }
        return reached;
    }

    private static List<Member> InOrder(List<Member> members, List<PlanEdge> forward)
    {
        var ordered = new List<Member>();
        while (members.Count > 0)
        {
            var first = members.Find(member => !forward.Exists(edge => member.Holds(edge.Target) && members.Exists(other => other != member && other.Holds(edge.Source))))!;
            members.Remove(first);
            ordered.Add(first);
        }
        return ordered;
    }
}

/// <summary>A node, or a loop, in a region.</summary>
internal sealed class Member(PlanNode entry, List<PlanNode> nodes, Region? loop)
{
    /// <summary>The node, or the loop's header.</summary>
    public PlanNode Entry { get; } = entry;

    /// <summary>The node alone, or all of the loop's.</summary>
    public List<PlanNode> Nodes { get; } = nodes;

    /// <summary>The loop; null for a node.</summary>
    public Region? Loop { get; } = loop;

    /// <summary>What leads to it inside its region.</summary>
    public List<PlanEdge> Incoming { get; } = [];

    /// <summary>What leaves it: to others, back, or out of the region.</summary>
    public List<PlanEdge> Outgoing { get; } = [];

    /// <summary>How many branches it needs before it begins; null: all.</summary>
    public int? Required => Entry.Type == "join" ? Entry.Required : null;

    public bool Holds(string id) => Nodes.Exists(node => node.Id == id);
}
