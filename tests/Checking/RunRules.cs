namespace Millrace.Checking;

/// <summary>Each run of a node begins its attempts in their order and ends once; each timer ends one wait, and not before its time.</summary>
internal static class RunRules
{
    public static void Check(ExecutionEvidence execution, List<Violation> violations)
    {
        var runs = new Dictionary<(string NodeId, string Iteration), Run>();
        foreach (var e in execution.Journal)
        {
            if (!e.IsOfNode)
                continue;
            var key = (e.NodeId!, e.Iteration);
            if (!runs.TryGetValue(key, out var run))
                runs.Add(key, run = new Run());
            if (run.Take(e) is { } problem)
                violations.Add(new("runs", execution.Id, $"node '{e.NodeId}' in iteration '{e.Iteration}', event {e.Seq}: {problem}"));
        }
    }

    /// <summary>When what waits for its time is due next; null: nothing does.</summary>
    public static DateTimeOffset? NextDue(ExecutionEvidence execution)
    {
        var due = new Dictionary<(string NodeId, string Iteration), DateTimeOffset>();
        foreach (var e in execution.Journal.Where(e => e.IsOfNode))
        {
            due.Remove((e.NodeId!, e.Iteration));
            if (e is { Type: "node_waiting" or "node_retrying", Due: { } at })
                due.Add((e.NodeId!, e.Iteration), at);
        }
        return due.Count == 0 ? null : due.Values.Min();
    }

    private sealed class Run
    {
        private JournalEvent? _last;
        private JournalEvent? _end;
        private int _attempt;

        public string? Take(JournalEvent e)
        {
            var last = _last;
            _last = e;
            if (_end is not null)
                return $"{e.Type} after it had ended with {_end.Type} (event {_end.Seq})";
            if (e.Type is "node_completed" or "node_failed" or "node_skipped")
                _end = e;
            if (e.Type == "node_started")
                return Begin(e, last);
            // Only its time ends a delay.
            if (e.Type == "node_completed" && e.Text("nodeType") == "delay" && last is { Type: "node_waiting", Due: { } due } && e.Time < due)
                return $"its delay ended at {e.Time:O}, before its time {due:O}";
            return null;
        }

        private string? Begin(JournalEvent e, JournalEvent? last)
        {
            var before = _attempt;
            _attempt = e.Attempt;
            if (last is null)
                return null;
            if (last.Type == "node_in_doubt" ? e.Attempt == last.Attempt || e.Attempt == before || before == 0 : e.Attempt == (before == 0 ? e.Attempt : before + 1) && last.Type is "node_retrying")
                return last is { Type: "node_retrying", Due: { } due } && e.Time < due ? $"attempt {e.Attempt} began at {e.Time:O}, before its time {due:O}" : null;
            return $"attempt {e.Attempt} began after {last.Type} of attempt {before}";
        }
    }
}
