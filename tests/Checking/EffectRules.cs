namespace Millrace.Checking;

using RunKey = (string ExecutionId, string NodeId, string Iteration);

/// <summary>
/// A body starts only when its intent is durable and while its attempt is not over, and every time under the same key.
/// </summary>
internal static class EffectRules
{
    public static void Check(Evidence evidence, List<Violation> violations)
    {
        var executions = new Dictionary<string, ExecutionEvidence>(StringComparer.Ordinal);
        foreach (var execution in evidence.Executions)
            executions[execution.Id] = execution;
        var events = new Dictionary<RunKey, List<JournalEvent>>();
        var keys = new Dictionary<RunKey, string>();
        var runOfKey = new Dictionary<string, (string NodeId, string Iteration)>(StringComparer.Ordinal);
        foreach (var execution in evidence.Executions)
        {
            foreach (var e in execution.Journal.Where(e => e.IsOfNode))
            {
                if (!events.TryGetValue((execution.Id, e.NodeId!, e.Iteration), out var ofRun))
                    events.Add((execution.Id, e.NodeId!, e.Iteration), ofRun = []);
                ofRun.Add(e);
            }
        }
        foreach (var body in evidence.Bodies)
        {
            if (!executions.TryGetValue(body.ExecutionId, out var execution))
            {
                violations.Add(new("intent first", body.ExecutionId, $"{Name(body)} ran, but the execution is not there"));
                continue;
            }
            CheckTime(body, execution, events.GetValueOrDefault((body.ExecutionId, body.NodeId, body.Iteration)) ?? [], violations);
            var key = (body.ExecutionId, body.NodeId, body.Iteration);
            if (!keys.TryAdd(key, body.Key) && keys[key] != body.Key)
                violations.Add(new("one key", body.ExecutionId, $"{Name(body)} ran under '{body.Key}' after '{keys[key]}'"));
            if (!runOfKey.TryAdd(body.Key, (body.NodeId, body.Iteration)) && runOfKey[body.Key] != (body.NodeId, body.Iteration))
                violations.Add(new("one key", body.ExecutionId, $"{Name(body)} ran under '{body.Key}', which is another node's"));
            if (body.Key != Expected(body, execution))
                violations.Add(new("one key", body.ExecutionId, $"{Name(body)} ran under '{body.Key}', but its key is '{Expected(body, execution)}'"));
        }
    }

    private static void CheckTime(BodyStart body, ExecutionEvidence execution, List<JournalEvent> events, List<Violation> violations)
    {
        var intent = events.Find(e => e.Type == "node_started" && e.Attempt == body.Attempt);
        // A fork may begin with an attempt under way, which its past has begun.
        var isOfPast = intent is null && execution.IsFork && execution.Journal[0].DurableAt < body.At;
        if (!isOfPast && (intent is null || intent.DurableAt >= body.At))
            violations.Add(new("intent first", body.ExecutionId, $"{Name(body)} ran before its intent was durable"));
        if (body.IsStale)
            return;
        var over = events.Find(e => e.DurableAt < body.At && (e.Type is "node_completed" or "node_failed" or "node_skipped" || (e.Type == "node_retrying" && e.Attempt >= body.Attempt)));
        if (over is not null)
            violations.Add(new("never again", body.ExecutionId, $"{Name(body)} ran although {over.Type} (event {over.Seq}) was durable"));
        if (execution.Journal is [.., { IsTerminal: true } end] && end.DurableAt < body.At)
            violations.Add(new("never again", body.ExecutionId, $"{Name(body)} ran although {end.Type} was durable"));
    }

    // The generation is its own business only where somebody has retried an execution by hand.
    private static string Expected(BodyStart body, ExecutionEvidence execution)
    {
        var keyId = execution.IsFork && execution.Journal[0].Data.GetProperty("origin").GetProperty("keyId").GetString() is { Length: > 0 } of ? of : execution.Id;
        var generation = keyId == execution.Id && !execution.IsFork ? "0" : body.Key[(body.Key.LastIndexOf(':') + 1)..];
        return $"{keyId}:{body.NodeId}:{body.Iteration}:{generation}";
    }

    private static string Name(BodyStart body) => $"attempt {body.Attempt} of node '{body.NodeId}' in iteration '{body.Iteration}'";
}
