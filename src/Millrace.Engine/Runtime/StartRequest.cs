using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Engine.Blobs;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Runtime;

/// <summary>What somebody wants executed.</summary>
public sealed record StartRequest
{
    /// <summary>The tenant that the request is for.</summary>
    public required string Tenant { get; init; }

    /// <summary>The id of the workflow to start.</summary>
    public required string WorkflowId { get; init; }

    /// <summary>Which version; null: the current one.</summary>
    public int? Version { get; init; }

    /// <summary>The input of the execution.</summary>
    public Value Input { get; init; }

    /// <summary>Input values for individual nodes, by node id.</summary>
    public MapValue Inputs { get; init; } = MapValue.Empty;

    /// <summary>Variables laid over the workflow's.</summary>
    public MapValue Variables { get; init; } = MapValue.Empty;

    /// <summary>Higher is claimed first; null: the workflow's.</summary>
    public int? Priority { get; init; }

    /// <summary>The caller's own id for it.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>What starts it: "manual", "webhook", ...</summary>
    public string TriggerType { get; init; } = "manual";

    /// <summary>The one start node that is taken; null: all.</summary>
    public string? StartNode { get; init; }

    /// <summary>The caller's key against doubled starts.</summary>
    public IdempotencyKey? Idempotency { get; init; }

    /// <summary>The execution that starts it; null: none does.</summary>
    public string? ParentId { get; init; }

    /// <summary>The node of that execution which waits for it; null: none does.</summary>
    internal ParentLink? Parent { get; init; }

    /// <summary>How many executions are around it.</summary>
    internal int Depth { get; init; }

    /// <summary>The past that it goes on from; null: it begins at the beginning.</summary>
    internal ForkStart? Fork { get; init; }

    internal static async ValueTask<ExecutionStart> ReadStartAsync(JsonText request, ExecutionValues values, CancellationToken cancellation = default) =>
        StartJson.Read(await values.ReadAsync(request.Utf8, cancellation));

    internal static JsonText WriteStart(ExecutionStart start, StoredValues values) => new(values.ToUtf8(StartJson.Write(start)));
}

/// <summary>The past that an execution goes on from.</summary>
/// <param name="State">The state of then.</param>
/// <param name="Origin">Where it is from; an empty key id means the new execution's own.</param>
/// <param name="Trigger">What started the execution that it is from.</param>
internal sealed record ForkStart(MapValue State, ForkOrigin Origin, MapValue Trigger);

/// <summary>What became of a start. The set is closed.</summary>
public abstract record StartOutcome
{
    /// <summary>It is durable, and will run.</summary>
    /// <param name="Execution">The execution as stored.</param>
    public sealed record Accepted(ExecutionRecord Execution) : StartOutcome;

    /// <summary>The idempotency key was used before.</summary>
    /// <param name="ExecutionId">What was started then.</param>
    public sealed record Duplicate(string ExecutionId) : StartOutcome;

    /// <summary>There is no such workflow or version.</summary>
    public sealed record NotFound : StartOutcome;

    /// <summary>The version is a draft and cannot run.</summary>
    public sealed record IsDraft : StartOutcome;

    /// <summary>What it was to be started with is not what the workflow takes.</summary>
    /// <param name="Problems">The problems that prevent it.</param>
    public sealed record Invalid(IReadOnlyList<Problem> Problems) : StartOutcome;

    /// <summary>It would be the child of an execution that is already the child of so many others.</summary>
    /// <param name="Levels">How deep executions may be nested.</param>
    public sealed record TooDeep(int Levels) : StartOutcome;
}
