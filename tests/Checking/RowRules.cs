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
        {
            foreach (var (name, value) in fold.Variables)
                SameJson($"variable '{name}'", fold.Comparable(name, variables.TryGetProperty(name, out var said) ? said : null), value);
            Same("number of variables", variables.EnumerateObject().Count(), fold.Variables.Count);
        }
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
        // Lists that nodes add to side by side. In which order is the machine's own affair; what is in them is not.
        private readonly HashSet<string> _unordered = new(StringComparer.Ordinal);

        public string Status { get; private set; } = "pending";

        public DateTimeOffset? StartedAt { get; private set; }

        public JournalEvent? End { get; private set; }

        public SortedDictionary<string, JsonElement> Variables => _variables;

        /// <summary>A variable as it can be compared with the fold's.</summary>
        public JsonElement? Comparable(string name, JsonElement? said) =>
            said is { ValueKind: JsonValueKind.Array } list && _unordered.Contains(name) ? Sorted(list) : said;

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
                    _unordered.Clear();
                    Overlay(state, "variables");
                }
            }
            else if (e.Type == "variables_changed")
            {
                Overlay(e.Data, "changes");
                var isDeep = e.Data.TryGetProperty("merge", out var merge) && merge.ValueEquals("deep");
                foreach (var name in new[] { "parts", "added" })
                {
                    if (e.Data.TryGetProperty(name, out var added))
                        Add(added, isDeep, isOrdered: name == "added", except: e.Data.GetProperty("changes"));
                }
            }
        }

        private void Add(JsonElement added, bool isDeep, bool isOrdered, JsonElement except)
        {
            foreach (var part in added.EnumerateObject())
            {
                if (except.TryGetProperty(part.Name, out _))
                    continue;
                JsonElement? before = _variables.TryGetValue(part.Name, out var known) ? known : null;
                var after = isDeep ? Deep(before, part.Value) : JsonSerializer.SerializeToElement(Items(before).Concat(Items(part.Value)));
                if (!isDeep && !isOrdered)
                    _unordered.Add(part.Name);
                _variables[part.Name] = _unordered.Contains(part.Name) && after.ValueKind == JsonValueKind.Array ? Sorted(after) : after;
            }
        }

        private static IEnumerable<JsonElement> Items(JsonElement? value) => value switch
        {
            null or { ValueKind: JsonValueKind.Null } => [],
            { ValueKind: JsonValueKind.Array } list => list.EnumerateArray(),
            { } one => [one],
        };

        private static JsonElement Sorted(JsonElement list) =>
            JsonSerializer.SerializeToElement(list.EnumerateArray().OrderBy(item => item.GetRawText(), StringComparer.Ordinal));

        private static JsonElement Deep(JsonElement? before, JsonElement added)
        {
            if (before is not { ValueKind: JsonValueKind.Object } map || added.ValueKind != JsonValueKind.Object)
                return added;
            var merged = map.EnumerateObject().ToDictionary(field => field.Name, field => field.Value, StringComparer.Ordinal);
            foreach (var field in added.EnumerateObject())
                merged[field.Name] = Deep(merged.TryGetValue(field.Name, out var known) ? known : null, field.Value);
            return JsonSerializer.SerializeToElement(merged);
        }

        private void Overlay(JsonElement data, string name)
        {
            if (!data.TryGetProperty(name, out var changes))
                return;
            foreach (var change in changes.EnumerateObject())
            {
                _variables[change.Name] = change.Value;
                _unordered.Remove(change.Name);
            }
        }
    }
}
