namespace Millrace.Checking;

/// <summary>
/// Says which promises were broken. The one checker of every layer, from the simulation to servers that are killed: it knows nothing of how
/// things were made, only what was seen.
/// </summary>
internal static class Checker
{
    public static IReadOnlyList<Violation> Check(Evidence evidence)
    {
        var violations = new List<Violation>();
        foreach (var execution in evidence.Executions)
        {
            JournalRules.Check(execution, violations);
            RowRules.Check(execution, violations);
            RunRules.Check(execution, violations);
            RunListRules.Check(execution, violations);
        }
        EffectRules.Check(evidence, violations);
        StepRules.Check(evidence, violations);
        MessageRules.Check(evidence, violations);
        OwnerRules.Check(evidence, violations);
        LimitRules.Check(evidence, violations);
        BudgetRules.Check(evidence, violations);
        QuietRules.Check(evidence, violations);
        return violations;
    }
}
