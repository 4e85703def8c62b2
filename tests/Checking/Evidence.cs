using System.Text.Json;

namespace Millrace.Checking;

/// <summary>All that was seen of some executions, as plain data, whatever layer it was seen from.</summary>
internal sealed record Evidence
{
    /// <summary>Every execution that there is, those deleted since included.</summary>
    public required IReadOnlyList<ExecutionEvidence> Executions { get; init; }

    /// <summary>What the bodies of nodes told the outside witness.</summary>
    public IReadOnlyList<BodyStart> Bodies { get; init; } = [];

    /// <summary>What steps inside bodies told the outside witness when they began.</summary>
    public IReadOnlyList<StepStart> Steps { get; init; } = [];

    /// <summary>What bodies were given as results of their steps, and when: an output as JSON, or the type of an error.</summary>
    public IReadOnlyList<(StepStart Step, string Result)> StepsSeen { get; init; } = [];

    /// <summary>What somebody was told is done.</summary>
    public IReadOnlyList<Acknowledgement> Acknowledged { get; init; } = [];

    /// <summary>Who committed what; empty: not known.</summary>
    public IReadOnlyList<Commit> Commits { get; init; } = [];

    /// <summary>How many executions of a workflow may be under way at once.</summary>
    public IReadOnlyDictionary<string, int> Limits { get; init; } = new Dictionary<string, int>();

    /// <summary>How the accounts of budgets stand.</summary>
    public IReadOnlyList<BudgetStanding> Budgets { get; init; } = [];

    /// <summary>The time at which all had been quiet for so long that nothing could still be under way; null: nobody waited for that.</summary>
    public DateTimeOffset? QuietAt { get; init; }

    /// <summary>Executions that nobody has answered, so that they may wait for ever.</summary>
    public IReadOnlySet<string> LeftAlone { get; init; } = new HashSet<string>();
}

/// <summary>How an account of budgets stands.</summary>
/// <param name="Scope">Whose.</param>
/// <param name="Money">US dollars that were spent.</param>
/// <param name="Tokens">Tokens that were.</param>
/// <param name="HasReserved">Whether anything is reserved.</param>
/// <param name="Covers">Which executions are charged to it.</param>
internal sealed record BudgetStanding(string Scope, decimal Money, long Tokens, bool HasReserved, Func<ExecutionEvidence, bool> Covers);

/// <summary>An execution.</summary>
/// <param name="Row">Its status as others see it.</param>
/// <param name="Journal">Its events as they are stored.</param>
internal sealed record ExecutionEvidence(StatusRow Row, IReadOnlyList<JournalEvent> Journal)
{
    /// <summary>Tokens of the messages that still lie in its inbox; null: not known.</summary>
    public IReadOnlyCollection<string>? Inbox { get; init; }

    /// <summary>The list of its node runs; null: not known.</summary>
    public IReadOnlyList<RunRow>? Runs { get; init; }

    public string Id => Row.Id;

    /// <summary>Whether it goes on from another one's past.</summary>
    public bool IsFork => Journal is [{ Type: "workflow_started" } started, ..] && started.Data.TryGetProperty("origin", out _);
}

/// <summary>The status of an execution. What is not known is null, and not looked at.</summary>
internal sealed record StatusRow(string Id, string WorkflowId, string Status)
{
    public long? Seq { get; init; }

    public string? CorrelationId { get; init; }

    public string? ParentId { get; init; }

    public JsonElement? Variables { get; init; }

    public JsonElement? Result { get; init; }

    public JsonElement? Error { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? CompletedAt { get; init; }

    public bool IsTerminal => Status is "completed" or "failed" or "cancelled";
}

/// <summary>A node run, as it is listed.</summary>
internal sealed record RunRow(string NodeId, string Iteration, string Status, int Attempt);

/// <summary>An event of a journal.</summary>
/// <param name="json">The event as it is stored.</param>
/// <param name="durableAt">Its place in the order that the witness counts by, from which on it is durable; or, where only clocks are known, its time in milliseconds.</param>
internal sealed class JournalEvent(JsonElement json, long durableAt)
{
    public long Seq { get; } = json.GetProperty("seq").GetInt64();

    public string Type { get; } = json.GetProperty("type").GetString()!;

    public DateTimeOffset Time { get; } = json.GetProperty("time").GetDateTimeOffset();

    public string? NodeId { get; } = json.TryGetProperty("nodeId", out var node) ? node.GetString() : null;

    public string Iteration { get; } = json.TryGetProperty("iteration", out var iteration) ? iteration.GetString()! : "";

    public JsonElement Data { get; } = json.GetProperty("data");

    public long DurableAt => durableAt;

    public int Attempt => Data.TryGetProperty("attempt", out var attempt) ? attempt.GetInt32() : 0;

    public DateTimeOffset? Due => Data.TryGetProperty("dueAt", out var due) ? due.GetDateTimeOffset() : null;

    public bool IsOfNode => Type.StartsWith("node_", StringComparison.Ordinal);

    public bool IsTerminal => Type is "workflow_completed" or "workflow_failed" or "workflow_cancelled";

    public string? Text(string name) => Data.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

/// <summary>A body began to run.</summary>
/// <param name="At">When, in the order of <see cref="JournalEvent.DurableAt"/>.</param>
/// <param name="ExecutionId">Of which execution.</param>
/// <param name="NodeId">Of which node.</param>
/// <param name="Iteration">In which iteration.</param>
/// <param name="Attempt">Which attempt.</param>
/// <param name="Key">Under which key.</param>
/// <param name="IsStale">Whether its process had lost the execution before, which nothing but the key can guard against.</param>
internal sealed record BodyStart(long At, string ExecutionId, string NodeId, string Iteration, int Attempt, string Key, bool IsStale = false);

/// <summary>A step inside a body began to run, or its body was given its result.</summary>
/// <param name="At">When, in the order of <see cref="JournalEvent.DurableAt"/>.</param>
/// <param name="ExecutionId">Of which execution.</param>
/// <param name="NodeId">Of which node.</param>
/// <param name="Iteration">In which iteration.</param>
/// <param name="Number">Its place among the steps of the node's run.</param>
/// <param name="IsStale">Whether its process had lost the execution before.</param>
internal sealed record StepStart(long At, string ExecutionId, string NodeId, string Iteration, int Number, bool IsStale = false);

/// <summary>Somebody was told that something is done. The set is closed.</summary>
/// <param name="ExecutionId">To which execution.</param>
internal abstract record Acknowledgement(string ExecutionId)
{
    /// <summary>It will run.</summary>
    /// <param name="Key">The caller's key against doubled starts; null: none.</param>
    public sealed record Started(string ExecutionId, string? Key = null) : Acknowledgement(ExecutionId);

    /// <summary>A signal was taken.</summary>
    /// <param name="Token">What the payload says it is known by: its field "token".</param>
    public sealed record Signalled(string ExecutionId, string Token) : Acknowledgement(ExecutionId);

    /// <summary>It will be ended.</summary>
    public sealed record Cancelled(string ExecutionId) : Acknowledgement(ExecutionId);

    /// <summary>It has ended.</summary>
    /// <param name="At">When that was said, in the order of <see cref="JournalEvent.DurableAt"/>.</param>
    public sealed record Ended(string ExecutionId, long At) : Acknowledgement(ExecutionId);
}

/// <summary>Events were committed.</summary>
/// <param name="ExecutionId">Whose.</param>
/// <param name="FirstSeq">From which.</param>
/// <param name="By">The owner's number of who did it.</param>
/// <param name="Owner">The number of who owned the execution then; 0: nobody.</param>
internal sealed record Commit(string ExecutionId, long FirstSeq, long By, long Owner);

/// <summary>A promise that was broken.</summary>
/// <param name="Rule">Which.</param>
/// <param name="ExecutionId">By which execution.</param>
/// <param name="Message">How.</param>
internal sealed record Violation(string Rule, string ExecutionId, string Message)
{
    public override string ToString() => $"{Rule}: execution {ExecutionId}: {Message}";
}
