using System.Collections.Immutable;

namespace Millrace.Simulation.Tests.Workflows;

/// <summary>Part of a graph with one way in and one way out.</summary>
internal sealed record Fragment(ImmutableArray<PlanNode> Nodes, ImmutableArray<PlanEdge> Edges, string Entry, string Exit)
{
    public static Fragment Of(PlanNode node) => new([node], [], node.Id, node.Id);

    /// <summary>The whole as a workflow, between its start and a last node.</summary>
    public Plan ToPlan() => new([PlanNode.Start, .. Nodes, new PlanNode("last", "noop")], [new PlanEdge("start", Entry), .. Edges, new PlanEdge(Exit, "last")]);

    /// <summary>The whole as a body.</summary>
    public Plan ToBody() => new(Nodes, Edges);

    /// <summary>This part with more around it.</summary>
    public Fragment Within(string entry, string exit, IEnumerable<PlanNode> nodes, IEnumerable<PlanEdge> edges) =>
        new([.. nodes, .. Nodes], [.. edges, .. Edges], entry, exit);
}
