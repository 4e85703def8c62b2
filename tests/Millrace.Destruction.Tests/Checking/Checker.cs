using System.Text.Json;
using static Millrace.Destruction.Tests.Checking.CheckedExecution;

namespace Millrace.Destruction.Tests.Checking;

/// <summary>What must hold of journals, rows and the world, whatever happened on the way. Gives what does not.</summary>
internal static class Checker
{
    // Times are recorded in whole milliseconds, rounded down.
    private static readonly TimeSpan Grain = TimeSpan.FromMilliseconds(2);

    /// <param name="executions">Everything that is stored.</param>
    /// <param name="acknowledged">The ids that somebody was told.</param>
    /// <param name="calls">What arrived at the witness.</param>
    public static List<string> Check(IReadOnlyList<CheckedExecution> executions, IReadOnlyCollection<string> acknowledged, IReadOnlyList<WitnessedCall> calls)
    {
        var problems = new List<string>();
        var stored = executions.ToDictionary(execution => execution.Id);
        problems.AddRange(acknowledged.Where(id => !stored.ContainsKey(id)).Select(id => $"{id} was acknowledged and is lost."));
        foreach (var execution in executions)
            problems.AddRange(OfJournal(execution).Concat(OfSignals(execution)).Select(problem => $"{execution.Id}: {problem}"));
        var byKey = calls.ToLookup(call => call.Key);
        foreach (var key in byKey)
            problems.AddRange(OfCalls(stored, key.Key, [.. key]).Select(problem => $"{key.Key}: {problem}"));
        return problems;
    }

    private static IEnumerable<string> OfJournal(CheckedExecution execution)
    {
        for (var i = 0; i < execution.Journal.Count; i++)
        {
            if (execution.Journal[i].GetProperty("seq").GetInt64() != i + 1)
                yield return $"event {i + 1} has the seq {execution.Journal[i].GetProperty("seq")}.";
        }
        if (execution.Journal.Count == 0 || TypeOf(execution.Journal[0]) != "workflow_started")
            yield return "its journal does not begin with its start.";
        var ends = execution.Journal.Select(TypeOf).Where(IsEnd).ToList();
        if (ends.Count != 1 || !IsEnd(TypeOf(execution.Journal[^1])))
            yield return $"it has {ends.Count} ends, and its last event is {TypeOf(execution.Journal[^1])}.";
        else if ("workflow_" + execution.Status != ends[0])
            yield return $"its row says {execution.Status}, its journal {ends[0]}.";
    }

    private static IEnumerable<string> OfSignals(CheckedExecution execution)
    {
        var received = execution.Journal.Where(e => TypeOf(e) == "signal_received").Select(e => e.GetProperty("seq").GetInt64()).ToHashSet();
        foreach (var e in execution.Journal)
        {
            if (Number(e, "signal") is { } signal && !received.Remove(signal))
                yield return $"event {e.GetProperty("seq")} takes signal {signal}, which never came or was taken before.";
        }
    }

    // {executionId}:{nodeId}:{iteration}:{generation}; a compensation's node has a colon of its own.
    private static IEnumerable<string> OfCalls(Dictionary<string, CheckedExecution> stored, string key, List<WitnessedCall> calls)
    {
        var parts = key.Split(':');
        if (parts.Length < 4 || !stored.TryGetValue(parts[0], out var execution))
            return ["it was called, but there is no such execution."];
        var place = (string.Join(':', parts[1..^2]), parts[^2]);
        return OfCalls([.. execution.Journal.Where(e => PlaceOf(e) == place)], calls);
    }

    private static IEnumerable<string> OfCalls(List<JsonElement> events, List<WitnessedCall> calls)
    {
        // Every attempt is a start, and every start again by a new owner is an effect that was in doubt.
        var starts = events.Count(e => TypeOf(e) == "node_started" || (TypeOf(e) == "node_in_doubt" && e.GetProperty("data").GetProperty("policy").GetString() == "retry"));
        if (calls.Count > starts)
            yield return $"it was called {calls.Count} times, but started {starts} times.";
        var intent = events.FindIndex(e => TypeOf(e) == "node_started");
        if (intent >= 0 && calls[0].Arrived + Grain < Time(events[intent]))
            yield return "it was called before that was recorded.";
        var end = events.FindIndex(e => TypeOf(e) is "node_completed" or "node_failed");
        if (end >= 0 && calls[^1].Arrived > Time(events[end]) + Grain)
            yield return $"it was called at {calls[^1].Arrived:O}, after it had ended at {Time(events[end]):O}.";
    }

    private static DateTimeOffset Time(JsonElement e) => e.GetProperty("time").GetDateTimeOffset();

    private static bool IsEnd(string type) => type is "workflow_completed" or "workflow_failed" or "workflow_cancelled";
}
