namespace Millrace.Checking;

/// <summary>The journal is gapless, and ends once.</summary>
internal static class JournalRules
{
    public static void Check(ExecutionEvidence execution, List<Violation> violations)
    {
        var journal = execution.Journal;
        for (var index = 0; index < journal.Count; index++)
        {
            if (journal[index].Seq == index + 1)
                continue;
            violations.Add(new("gapless", execution.Id, $"event {journal[index].Seq} ({journal[index].Type}) stands at place {index + 1}"));
            break;
        }
        if (journal.Count > 0 && journal[0].Type != "workflow_started" && journal[0].Text("error") is null && !journal[0].IsTerminal)
            violations.Add(new("begin", execution.Id, $"it begins with {journal[0].Type}"));
        if (journal.Count(e => e.Type == "workflow_started") > 1)
            violations.Add(new("begin", execution.Id, "it begins twice"));
        var end = journal.ToList().FindIndex(e => e.IsTerminal);
        if (end >= 0 && end < journal.Count - 1)
            violations.Add(new("one end", execution.Id, $"{journal[end + 1].Type} follows its end"));
        // A journal that cannot be read is ended like this: nothing but damage explains it.
        if (end >= 0 && journal[end].Data.TryGetProperty("error", out var error) && error.TryGetProperty("type", out var type) && type.GetString() == "unloadable")
            violations.Add(new("loadable", execution.Id, error.GetProperty("message").GetString()!));
    }
}
