using System.Text.Json;

namespace Millrace.Checking;

/// <summary>What was acknowledged is there; what came from outside is taken once.</summary>
internal static class MessageRules
{
    public static void Check(Evidence evidence, List<Violation> violations)
    {
        var executions = evidence.Executions.ToDictionary(execution => execution.Id, StringComparer.Ordinal);
        var tokens = new Dictionary<(string ExecutionId, string Token), int>();
        foreach (var execution in evidence.Executions)
            CheckSignals(execution, tokens, violations);
        foreach (var doubled in evidence.Executions.Where(execution => execution.Row.CorrelationId is not null).GroupBy(execution => execution.Row.CorrelationId).Where(same => same.Count() > 1))
            violations.Add(new("one start", doubled.First().Id, $"{doubled.Count()} executions were started by one request"));
        foreach (var acknowledged in evidence.Acknowledged)
        {
            if (!executions.TryGetValue(acknowledged.ExecutionId, out var execution))
                violations.Add(new("acknowledged", acknowledged.ExecutionId, $"{acknowledged.GetType().Name} was acknowledged, but the execution is not there"));
            else if (acknowledged is Acknowledgement.Signalled { Token: var token })
                CheckToken(execution, token, tokens.GetValueOrDefault((execution.Id, token)), violations);
            else if (acknowledged is Acknowledgement.Ended ended && !(execution.Journal is [.., { IsTerminal: true } end] && end.DurableAt < ended.At))
                violations.Add(new("acknowledged", execution.Id, "its end was told before it was durable"));
        }
    }

    private static void CheckToken(ExecutionEvidence execution, string token, int times, List<Violation> violations)
    {
        var isLeft = execution.Inbox is null ? execution.Row.IsTerminal : execution.Inbox.Contains(token);
        if (times == 0 && !isLeft)
            violations.Add(new("acknowledged", execution.Id, $"the signal {token} was acknowledged, but is neither in the journal nor left over"));
    }

    private static void CheckSignals(ExecutionEvidence execution, Dictionary<(string ExecutionId, string Token), int> tokens, List<Violation> violations)
    {
        var open = new HashSet<long>();
        foreach (var e in execution.Journal)
        {
            if (e.Type == "signal_received")
            {
                open.Add(e.Seq);
                if (TokenOf(e) is { } token && (tokens[(execution.Id, token)] = tokens.GetValueOrDefault((execution.Id, token)) + 1) > 1)
                    violations.Add(new("taken once", execution.Id, $"the signal {token} is journaled again by event {e.Seq}"));
            }
            else if (e.IsOfNode && e.Data.TryGetProperty("signal", out var taken) && !open.Remove(taken.GetInt64()) && !execution.IsFork)
            {
                violations.Add(new("taken once", execution.Id, $"event {e.Seq} takes the signal {taken.GetInt64()}, which is not there"));
            }
        }
    }

    private static string? TokenOf(JournalEvent e) =>
        e.Data.TryGetProperty("payload", out var payload) && payload.ValueKind == JsonValueKind.Object && payload.TryGetProperty("token", out var token) ? token.GetString() : null;
}
