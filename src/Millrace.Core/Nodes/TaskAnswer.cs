using System.Collections.Immutable;
using Millrace.Core.Values;

namespace Millrace.Core.Nodes;

/// <summary>What a worker says of the end of its task: {output, port?, meta?, logs? [{level, message, data?}]} or {error {type, message, retryable?}, logs?}.</summary>
public static class TaskAnswer
{
    /// <summary>How the node ended by it.</summary>
    public static NodeOutcome Read(Value answer) => NodeOutcome.FromMessage(answer) with
    {
        Port = answer["port"].TryGetString(out var port) ? port : null,
        Logs = answer["logs"].TryGetList(out var lines) ? [.. ((IEnumerable<Value>)lines).Select(LineOf)] : ImmutableArray<LogLine>.Empty,
    };

    private static LogLine LineOf(Value line) => new(line["level"].AsString(), line["message"].AsString(), line["data"]);
}
