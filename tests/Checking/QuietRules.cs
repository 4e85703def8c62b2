namespace Millrace.Checking;

/// <summary>After a long quiet everything has ended, or waits for what nobody has given it.</summary>
internal static class QuietRules
{
    public static void Check(Evidence evidence, List<Violation> violations)
    {
        if (evidence.QuietAt is not { } now)
            return;
        var executions = evidence.Executions.ToDictionary(execution => execution.Id, StringComparer.Ordinal);
        var cancelled = evidence.Acknowledged.OfType<Acknowledgement.Cancelled>().Select(cancel => cancel.ExecutionId).ToHashSet(StringComparer.Ordinal);
        foreach (var execution in evidence.Executions.Where(execution => !execution.Row.IsTerminal))
        {
            if (WhyNot(execution, evidence, executions, now) is { } why)
                violations.Add(new("stuck", execution.Id, $"it is {execution.Row.Status}, and {why}"));
            else if (cancelled.Contains(execution.Id))
                violations.Add(new("stuck", execution.Id, $"it is {execution.Row.Status}, but its cancel was acknowledged"));
        }
    }

    // Why it may not be as it is; null: it may.
    private static string? WhyNot(ExecutionEvidence execution, Evidence evidence, Dictionary<string, ExecutionEvidence> executions, DateTimeOffset now)
    {
        if (execution.Row.ParentId is { } parentId && executions.TryGetValue(parentId, out var parent) && parent.Row.IsTerminal && HasWaitedFor(parent, execution.Id))
            return $"its parent {parentId}, which waited for it, has ended";
        if (RunRules.NextDue(execution) is { } due && due < now)
            return $"something was due at {due:O}";
        if (Children(execution).Find(child => executions.TryGetValue(child, out var known) && known.Row.IsTerminal) is { } ended)
            return $"waits for its child {ended}, which has ended";
        if (Children(execution).Exists(child => executions.TryGetValue(child, out var known) && !known.Row.IsTerminal))
            return null;
        return evidence.LeftAlone.Contains(execution.Id) && execution.Row.Status == "waiting" ? null : "nothing explains that";
    }

    private static bool HasWaitedFor(ExecutionEvidence parent, string childId) =>
        parent.Journal.Any(e => e.Type == "node_waiting" && e.Text("kind") == "child" && e.Text("name") == childId);

    private static List<string> Children(ExecutionEvidence execution)
    {
        var open = new Dictionary<(string NodeId, string Iteration), string>();
        foreach (var e in execution.Journal.Where(e => e.IsOfNode))
        {
            open.Remove((e.NodeId!, e.Iteration));
            if (e.Type == "node_waiting" && e.Text("kind") == "child" && e.Text("name") is { } child)
                open.Add((e.NodeId!, e.Iteration), child);
        }
        return [.. open.Values];
    }
}
