using System.Text.Json;

namespace Millrace.Checking;

/// <summary>The status row is what the journal comes to.</summary>
internal static class RowRules
{
    public static void Check(ExecutionEvidence execution, List<Violation> violations)
    {
        var fold = new Fold();
        foreach (var e in execution.Journal)
            fold.Apply(e);
        var row = execution.Row;
        Same("status", row.Status, fold.Status);
        if (row.Seq is { } seq)
            Same("seq", seq, execution.Journal.Count == 0 ? 0 : execution.Journal[^1].Seq);
        if (row.StartedAt is not null || fold.StartedAt is not null)
            Same("startedAt", row.StartedAt, fold.StartedAt);
        Same("completedAt", row.CompletedAt, fold.End?.Time);
        if (row.Variables is { } variables && execution.Journal.Count > 0)
            SameJson("variables", variables, fold.Variables());
        if (fold.End is { Type: "workflow_completed" } completed)
            SameJson("result", row.Result, completed.Data.TryGetProperty("result", out var result) ? result : null);
        if (fold.End is { Type: "workflow_failed" } failed)
            SameJson("error", row.Error, failed.Data.GetProperty("error"));

        void Same<T>(string what, T said, T folded)
        {
            if (!EqualityComparer<T>.Default.Equals(said, folded))
                violations.Add(new("row is the fold", execution.Id, $"its {what} is {said}, but its journal says {folded}"));
        }

        void SameJson(string what, JsonElement? said, JsonElement? folded)
        {
            var isSame = said is null || folded is null ? said is null == folded is null : JsonElement.DeepEquals(said.Value, folded.Value);
            if (!isSame)
                violations.Add(new("row is the fold", execution.Id, $"its {what} is {said?.GetRawText() ?? "absent"}, but its journal says {folded?.GetRawText() ?? "nothing"}"));
        }
    }

    private sealed class Fold
    {
        private readonly SortedDictionary<string, JsonElement> _variables = new(StringComparer.Ordinal);

        public string Status { get; private set; } = "pending";

        public DateTimeOffset? StartedAt { get; private set; }

        public JournalEvent? End { get; private set; }

        public JsonElement Variables() => JsonSerializer.SerializeToElement(_variables);

        public void Apply(JournalEvent e)
        {
            Status = e.Type switch
            {
                "workflow_started" => e.Data.TryGetProperty("state", out var past) && past.GetProperty("status").GetString() == "compensating" ? "compensating" : "running",
                "workflow_waiting" => "waiting",
                "workflow_paused" => "paused",
                "workflow_resumed" => "running",
                "workflow_compensating" => "compensating",
                "workflow_completed" => "completed",
                "workflow_failed" => "failed",
                "workflow_cancelled" => "cancelled",
                "workflow_migrated" => e.Data.GetProperty("state").GetProperty("status").GetString()!,
                "signal_received" when Status == "waiting" => "running",
                _ when e.IsOfNode && Status == "waiting" => "running",
                _ => Status,
            };
            if (e.IsTerminal)
                End ??= e;
            if (e.Type == "workflow_started")
                StartedAt = e.Time;
            if (e.Type is "workflow_started" or "workflow_migrated")
            {
                Overlay(e.Data, "variables");
                if (e.Data.TryGetProperty("state", out var state))
                {
                    _variables.Clear();
                    Overlay(state, "variables");
                }
            }
            else if (e.Type == "variables_changed")
            {
                Overlay(e.Data, "changes");
            }
        }

        private void Overlay(JsonElement data, string name)
        {
            if (!data.TryGetProperty(name, out var changes))
                return;
            foreach (var change in changes.EnumerateObject())
                _variables[change.Name] = change.Value;
        }
    }
}
