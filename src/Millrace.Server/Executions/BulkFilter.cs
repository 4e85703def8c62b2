using System.Collections.Immutable;
using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Engine.Storage;
using Millrace.Server.Http;

namespace Millrace.Server.Executions;

/// <summary>Reads which executions a request in a body is about: {workflowId, status, from, to, correlationId, q}, as the list's query says it.</summary>
internal static class BulkFilter
{
    public static ExecutionFilter Read(BodyFields fields) => new(
        fields.Text("workflowId", ExecutionReads.MaxTextLength),
        Statuses(fields),
        fields.Time("from"),
        fields.Time("to"),
        fields.Text("correlationId", ExecutionReads.MaxTextLength),
        fields.Text("q", ExecutionReads.MaxTextLength));

    private static ImmutableArray<ExecutionStatus> Statuses(BodyFields fields)
    {
        var statuses = ImmutableArray.CreateBuilder<ExecutionStatus>();
        foreach (var name in NamesOf(fields.Any("status")))
        {
            if (StatusNames.ParseExecution(name) is { } status)
                statuses.Add(status);
            else
                fields.Wrong("status", ExecutionRoutes.NotAStatus(name));
        }
        return statuses.ToImmutable();
    }

    private static IEnumerable<string> NamesOf(Value status)
    {
        if (status.TryGetString(out var text))
            return text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (status.TryGetList(out var list))
            return ((IEnumerable<Value>)list).Select(item => item.TryGetString(out var name) ? name : item.ToJson());
        return status.IsNull ? [] : [status.ToJson()];
    }
}
