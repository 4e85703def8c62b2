namespace Millrace.Checking;

/// <summary>
/// The list of an execution's node runs is what its journal comes to: each run once, in the order in which they began, as its events say.
/// </summary>
internal static class RunListRules
{
    private const string Rule = "list of node runs";

    public static void Check(ExecutionEvidence execution, List<Violation> violations)
    {
        // A move to another version renames nodes, and may leave out what had ended.
        if (execution.Runs is not { } rows || execution.Journal.Any(e => e.Type == "workflow_migrated"))
            return;
        var last = new Dictionary<(string NodeId, string Iteration), JournalEvent>();
        var attempts = new Dictionary<(string NodeId, string Iteration), int>();
        var order = new List<(string NodeId, string Iteration)>();
        foreach (var e in execution.Journal.Where(e => e.IsOfNode))
        {
            var key = (e.NodeId!, e.Iteration);
            if (!last.ContainsKey(key))
                order.Add(key);
            last[key] = e;
            if (e.Attempt > 0)
                attempts[key] = e.Attempt;
            // What waits again is at its next attempt, of which only its end tells the number.
            else if (e.Type == "node_waiting")
                attempts.Remove(key);
        }
        var listed = rows.Select(row => (row.NodeId, row.Iteration)).ToList();
        // A fork lists what it has taken over as well.
        if (execution.IsFork)
            listed.RemoveAll(key => !last.ContainsKey(key));
        if (!(execution.IsFork ? listed.ToHashSet().SetEquals(order) && listed.Count == order.Count : listed.SequenceEqual(order)))
            violations.Add(new(Rule, execution.Id, $"it lists {Names(listed)}, but its journal has {Names(order)}"));
        foreach (var row in rows)
        {
            if (!last.TryGetValue((row.NodeId, row.Iteration), out var e))
                continue;
            var listedAs = $"node '{row.NodeId}' in iteration '{row.Iteration}' is listed";
            if (!StatusesAfter(e, execution).Contains(row.Status))
                violations.Add(new(Rule, execution.Id, $"{listedAs} as {row.Status} after {e.Type} (event {e.Seq})"));
            if (attempts.TryGetValue((row.NodeId, row.Iteration), out var attempt) && row.Attempt != attempt)
                violations.Add(new(Rule, execution.Id, $"{listedAs} at attempt {row.Attempt}, but its last one is {attempt}"));
        }
    }

    // What is not over may have been ended with what it was part of.
    private static string[] StatusesAfter(JournalEvent e, ExecutionEvidence execution) => e.Type switch
    {
        "node_completed" => ["completed"],
        "node_failed" => e.Text("handling") == "cancelled" ? ["cancelled"] : ["failed"],
        "node_skipped" => ["skipped", "cancelled"],
        "node_in_doubt" when e.Text("policy") != "retry" => ["inDoubt"],
        _ when execution.Row.IsTerminal => ["cancelled"],
        "node_waiting" => ["waiting", "cancelled"],
        "node_retrying" => ["retrying", "cancelled"],
        _ => ["running", "cancelled"],
    };

    private static string Names(IEnumerable<(string NodeId, string Iteration)> runs) =>
        string.Join(", ", runs.Select(run => $"{run.NodeId}[{run.Iteration}]"));
}
