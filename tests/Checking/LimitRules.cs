namespace Millrace.Checking;

/// <summary>No more executions of a workflow are under way than may be.</summary>
internal static class LimitRules
{
    public static void Check(Evidence evidence, List<Violation> violations)
    {
        foreach (var (workflow, limit) in evidence.Limits)
        {
            var changes = new List<(long At, int By, string Id)>();
            foreach (var execution in evidence.Executions.Where(execution => execution.Row.WorkflowId == workflow && execution.Journal.Count > 0))
            {
                changes.Add((execution.Journal[0].DurableAt, 1, execution.Id));
                if (execution.Journal[^1] is { IsTerminal: true } end)
                    changes.Add((end.DurableAt, -1, execution.Id));
            }
            var under = 0;
            // One that begins and ends in the same commit needs room, and keeps none.
            foreach (var (_, by, id) in changes.OrderBy(change => change.At).ThenBy(change => change.By))
            {
                if ((under += by) > limit)
                    violations.Add(new("limit", id, $"it is the {under}th of workflow '{workflow}' under way, and {limit} may be"));
            }
        }
    }
}
