using System.Text.Json;
using Millrace.Checking;

namespace Millrace.Destruction.Tests.Checking;

/// <summary>What a server's API and a witness tell, as the checker takes it. Both have the same clock, which counts in milliseconds.</summary>
internal static class Seen
{
    // A call that is made again after a crash comes later than that.
    private const long MaxWay = 2 * 1_500;

    /// <param name="row">An execution, as the API gives it.</param>
    /// <param name="journal">Its events, as the API gives them.</param>
    /// <param name="nodes">Its node runs, as the API gives them.</param>
    public static ExecutionEvidence Execution(JsonElement row, JsonElement journal, IEnumerable<JsonElement> nodes) => new(
        new StatusRow(row.GetProperty("id").GetString()!, row.GetProperty("workflowId").GetString()!, row.GetProperty("status").GetString()!)
        {
            ParentId = row.GetProperty("parentId").GetString(),
            Variables = row.GetProperty("variables"),
            Result = Present(row.GetProperty("result")),
            Error = Present(row.GetProperty("errorDetail")),
            StartedAt = Time(row.GetProperty("startedAt")),
            CompletedAt = Time(row.GetProperty("completedAt")),
        },
        [.. journal.EnumerateArray().Select(e => new JournalEvent(e, DurableAt(e)))])
    {
        Runs = [.. nodes.Select(Run)],
    };

    private static RunRow Run(JsonElement run) => new(
        run.GetProperty("nodeId").GetString()!,
        run.GetProperty("iteration").GetString()!,
        run.GetProperty("status").GetString()!,
        run.GetProperty("attempt").GetInt32());

    /// <summary>A call, as the start of the body that made it.</summary>
    /// <param name="call">The call, under {executionId}:{nodeId}:{iteration}:{generation}; a compensation's node has a colon of its own.</param>
    /// <param name="events">The events of each run.</param>
    public static BodyStart Body(WitnessedCall call, ILookup<(string, string, string), JournalEvent> events)
    {
        var parts = call.Key.Split(':');
        var (id, node, iteration) = (parts[0], string.Join(':', parts[1..^2]), parts[^2]);
        // After what else bears the same time: a call takes longer than a millisecond, so that its own end never does.
        var at = Place(call.Arrived) + 1;
        // A key is the same for every attempt: it was that which was under way.
        var attempt = events[(id, node, iteration)].LastOrDefault(e => e.Type == "node_started" && e.DurableAt < at)?.Attempt ?? 1;
        return new BodyStart(at, id, node, iteration, attempt, call.Key);
    }

    /// <summary>A run is called once for each time that it was started: by an attempt, or by a new owner who found it in doubt.</summary>
    public static IEnumerable<Violation> TooManyCalls(IEnumerable<BodyStart> bodies, ILookup<(string, string, string), JournalEvent> events)
    {
        foreach (var calls in bodies.GroupBy(body => (body.ExecutionId, body.NodeId, body.Iteration)))
        {
            var starts = events[calls.Key].Count(e => e.Type == "node_started" || (e.Type == "node_in_doubt" && e.Text("policy") == "retry"));
            if (calls.Count() > starts)
                yield return new Violation("no more than started", calls.Key.ExecutionId, $"node '{calls.Key.NodeId}' in iteration '{calls.Key.Iteration}' was called {calls.Count()} times, but started {starts} times");
        }
    }

    // What ends a run from outside may meet a call that has left and not arrived. Its own answer ends it only after it has.
    private static long DurableAt(JsonElement e)
    {
        var place = Place(e.GetProperty("time").GetDateTimeOffset());
        return e.GetProperty("type").GetString() is "workflow_completed" or "workflow_failed" or "workflow_cancelled" or "node_skipped" or "node_failed" ? place + MaxWay : place;
    }

    private static long Place(DateTimeOffset time) => time.ToUnixTimeMilliseconds() * 2;

    private static JsonElement? Present(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : value;

    private static DateTimeOffset? Time(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetDateTimeOffset() : null;
}
