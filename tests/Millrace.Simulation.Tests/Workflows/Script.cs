using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Simulation.Tests.Workflows;

/// <summary>How each attempt of each effect goes: fixed by the seed, whatever the order in which they end.</summary>
internal class Script(int seed, Plan plan)
{
    private readonly Dictionary<string, PlanNode> _nodes = plan.AllNodes().ToDictionary(node => node.Id);

    private readonly HashSet<(string NodeId, string Iteration, int Attempt)> _doubted = [];

    public const string CompensationSuffix = ":compensation";

    public NodeOutcome OutcomeOf(string nodeId, string iteration, int attempt)
    {
        if (_doubted.Contains((nodeId, iteration, attempt)))
            return NodeOutcome.Failed("inDoubt", "A crash left it in doubt.");
        return Draw(Find(nodeId), nodeId, iteration, attempt);
    }

    /// <summary>How an attempt goes that no crash falls into.</summary>
    protected virtual NodeOutcome Draw(PlanNode node, string nodeId, string iteration, int attempt)
    {
        var isCompensation = nodeId.EndsWith(CompensationSuffix, StringComparison.Ordinal);
        var chance = Chance($"{nodeId}|{iteration}|{attempt}");
        if ((int)(chance % 100) < (isCompensation ? 10 : node.FailPercent))
            return NodeOutcome.Failed("broken", $"{nodeId} broke.", retryable: chance / 100 % 3 > 0);
        return NodeOutcome.Completed((long)(chance / 1000 % 10));
    }

    public bool HasDoubts => _doubted.Count > 0;

    /// <summary>A crash fell into this attempt, and its node fails where it is in doubt.</summary>
    public void Doubt(string nodeId, string iteration, int attempt) => _doubted.Add((nodeId, iteration, attempt));

    public PlanNode Find(string nodeId) => _nodes[nodeId.EndsWith(CompensationSuffix, StringComparison.Ordinal) ? nodeId[..^CompensationSuffix.Length] : nodeId];

    protected ulong Chance(string of)
    {
        var hash = 14695981039346656037UL + (ulong)seed;
        foreach (var c in of)
            hash = (hash ^ c) * 1099511628211UL;
        hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9UL;
        hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebUL;
        return hash ^ (hash >> 31);
    }
}
