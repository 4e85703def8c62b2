using Millrace.Core.Nodes;

namespace Millrace.Simulation.Tests.Workflows;

/// <summary>How each attempt of each effect goes: fixed by a seed, whatever the order in which they end.</summary>
internal abstract class Script(int seed, Plan plan)
{
    private readonly Dictionary<string, PlanNode> _nodes = plan.AllNodes().ToDictionary(node => node.Id);

    private readonly HashSet<(string NodeId, string Iteration, int Attempt)> _doubted = [];

    public const string CompensationSuffix = ":compensation";

    public NodeOutcome OutcomeOf(string nodeId, string iteration, int attempt) => _doubted.Contains((nodeId, iteration, attempt))
        ? NodeOutcome.Failed("inDoubt", "A crash left it in doubt.")
        : Draw(nodeId, iteration, attempt);

    public bool HasDoubts => _doubted.Count > 0;

    /// <summary>A crash fell into this attempt, and its node fails where it is in doubt.</summary>
    public void Doubt(string nodeId, string iteration, int attempt) => _doubted.Add((nodeId, iteration, attempt));

    public PlanNode Find(string nodeId) => _nodes[IsCompensation(nodeId) ? nodeId[..^CompensationSuffix.Length] : nodeId];

    /// <summary>How an attempt goes that no crash falls into.</summary>
    protected abstract NodeOutcome Draw(string nodeId, string iteration, int attempt);

    protected static bool IsCompensation(string nodeId) => nodeId.EndsWith(CompensationSuffix, StringComparison.Ordinal);

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

/// <summary>Effects that the test ends itself: each attempt gives a number or fails, by chance.</summary>
internal sealed class SimulatedScript(int seed, Plan plan) : Script(seed, plan)
{
    protected override NodeOutcome Draw(string nodeId, string iteration, int attempt)
    {
        var chance = Chance($"{nodeId}|{iteration}|{attempt}");
        if ((int)(chance % 100) < (IsCompensation(nodeId) ? 10 : Find(nodeId).FailPercent))
            return NodeOutcome.Failed("broken", $"{nodeId} broke.", retryable: chance / 100 % 3 > 0);
        return NodeOutcome.Completed((long)(chance / 1000 % 10));
    }
}
