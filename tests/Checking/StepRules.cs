namespace Millrace.Checking;

using StepKey = (string ExecutionId, string NodeId, string Iteration, int Number);

/// <summary>A step inside an effect is recorded once, and before its effect hears of it; once recorded it never runs again.</summary>
internal static class StepRules
{
    public static void Check(Evidence evidence, List<Violation> violations)
    {
        var recorded = new Dictionary<StepKey, JournalEvent>();
        var forks = new HashSet<string>(StringComparer.Ordinal);
        foreach (var execution in evidence.Executions)
        {
            if (execution.IsFork)
                forks.Add(execution.Id);
            foreach (var e in execution.Journal.Where(e => e.Type == "step_completed"))
            {
                if (!recorded.TryAdd((execution.Id, e.NodeId!, e.Iteration, e.Data.GetProperty("step").GetInt32()), e))
                    violations.Add(new("step once", execution.Id, $"event {e.Seq} records step {e.Data.GetProperty("step").GetInt32()} of node '{e.NodeId}' a second time"));
            }
        }
        foreach (var run in evidence.Steps)
        {
            // One that has lost the execution does not know what its owner has recorded since.
            if (!run.IsStale && recorded.TryGetValue(Key(run), out var e) && e.DurableAt < run.At)
                violations.Add(new("step never again", run.ExecutionId, $"{Name(run)} ran although event {e.Seq} was durable"));
        }
        foreach (var (step, output) in evidence.StepsSeen)
        {
            if (!recorded.TryGetValue(Key(step), out var e))
            {
                // A fork is given what its past has recorded.
                if (!forks.Contains(step.ExecutionId))
                    violations.Add(new("step durable", step.ExecutionId, $"{Name(step)} was given its result, which is not in the journal"));
            }
            else if (e.DurableAt > step.At)
                violations.Add(new("step durable", step.ExecutionId, $"{Name(step)} was given its result before event {e.Seq} was durable"));
            else if (OutcomeOf(e) != output)
                violations.Add(new("step durable", step.ExecutionId, $"{Name(step)} was given {output}, but event {e.Seq} says {OutcomeOf(e)}"));
        }
    }

    private static string OutcomeOf(JournalEvent e) =>
        e.Data.TryGetProperty("error", out var error) ? error.GetProperty("type").GetString()! : e.Data.TryGetProperty("output", out var output) ? output.GetRawText() : "null";

    private static StepKey Key(StepStart step) => (step.ExecutionId, step.NodeId, step.Iteration, step.Number);

    private static string Name(StepStart step) => $"step {step.Number} of node '{step.NodeId}' in iteration '{step.Iteration}'";
}
