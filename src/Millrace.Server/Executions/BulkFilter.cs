using System.Collections.Immutable;
using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Engine.Storage;
using Millrace.Server.Http;

namespace Millrace.Server.Executions;

/// <summary>Reads which executions a request in a body is about: {workflowId, status, from, to, correlationId, q}, as the list's query says it.</summary>
internal static class BulkFilter
{
    private const int LongestText = 256;

    /// <summary>The filter; null where there is none. What is wrong with it is the fields' problem.</summary>
    public static ExecutionFilter? Read(BodyFields fields)
    {
        if (fields.Any("filter") is not { IsNull: false })
            return null;
        var map = fields.Map("filter");
        var inner = new BodyFields(map);
        var statuses = ImmutableArray.CreateBuilder<ExecutionStatus>();
        foreach (var name in StatusNamesOf(inner.Any("status")))
        {
            if (StatusNames.ParseExecution(name) is { } status)
                statuses.Add(status);
            else
                fields.Wrong("filter", $"'{name}' is no status. Use {string.Join(", ", Enum.GetValues<ExecutionStatus>().Select(known => known.Name()))}.");
        }
        var filter = new ExecutionFilter(
            inner.Text("workflowId", LongestText),
            statuses.ToImmutable(),
            inner.Time("from"),
            inner.Time("to"),
            inner.Text("correlationId", LongestText),
            inner.Text("q", LongestText));
        if (inner.Problem is not null)
            fields.Wrong("filter", inner.Problem.Errors[0].Message);
        else if (map.Count == 0)
            fields.Wrong("filter", "An empty filter would mean every execution. Say at least one thing, such as {\"status\": \"failed\"}.");
        return filter;
    }

    private static IEnumerable<string> StatusNamesOf(Value status)
    {
        if (status.TryGetString(out var text))
            return text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return status.TryGetList(out var list) ? ((IEnumerable<Value>)list).Select(item => item.TryGetString(out var name) ? name : item.ToJson()) : status.IsNull ? [] : [status.ToJson()];
    }
}
