using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Millrace.Core.Executions;

namespace Millrace.Engine.Storage;

/// <summary>JSON as UTF-8, kept as text because nobody on the way needs to look inside. Empty means absent.</summary>
/// <param name="Utf8">The text.</param>
public readonly record struct JsonText(ReadOnlyMemory<byte> Utf8)
{
    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => Utf8.IsEmpty;

    /// <inheritdoc/>
    public override string ToString() => System.Text.Encoding.UTF8.GetString(Utf8.Span);
}

/// <summary>A workflow as stored.</summary>
public sealed record WorkflowRecord
{
    /// <summary>The tenant that it belongs to.</summary>
    public required string Tenant { get; init; }
    /// <summary>Its id, unique in the tenant.</summary>
    public required string Id { get; init; }
    /// <summary>The display name.</summary>
    public required string Name { get; init; }
    /// <summary>What it is for.</summary>
    public string? Description { get; init; }
    /// <summary>The tags of the workflow.</summary>
    public ImmutableArray<string> Tags { get; init; } = [];
    /// <summary>The user who created the workflow; null without authentication.</summary>
    public string? Owner { get; init; }
    /// <summary>Whether its triggers fire.</summary>
    public bool IsActive { get; init; }
    /// <summary>Whether the current version is a draft, which cannot run.</summary>
    public bool IsDraft { get; init; }
    /// <summary>The number of the current version, from 1.</summary>
    public int Version { get; init; }
    /// <summary>When the first version was saved.</summary>
    public DateTimeOffset CreatedAt { get; init; }
    /// <summary>When it was last saved, activated or deactivated.</summary>
    public DateTimeOffset UpdatedAt { get; init; }
    /// <summary>When an execution of it was last created; null: never.</summary>
    public DateTimeOffset? LastExecuted { get; init; }
    /// <summary>How its executions ended so far.</summary>
    public ExecutionStats Stats { get; init; }
    /// <summary>The current version's document, verbatim.</summary>
    public JsonText Document { get; init; }
    /// <summary>The document's format: "json" or "yaml".</summary>
    public string Format { get; init; } = "json";
}

/// <summary>How the executions of a workflow ended so far.</summary>
/// <param name="Total">The number of executions created.</param>
/// <param name="Completed">The number of executions that completed.</param>
/// <param name="Failed">The number of executions that failed.</param>
/// <param name="Cancelled">The number of executions that were cancelled.</param>
/// <param name="TotalDuration">The sum of the durations of those that ended, milliseconds.</param>
public readonly record struct ExecutionStats(long Total, long Completed, long Failed, long Cancelled, long TotalDuration);

/// <summary>One saved version of a workflow. Immutable.</summary>
/// <param name="Version">Its number, from 1.</param>
/// <param name="Document">The authored text, verbatim; empty in lists.</param>
/// <param name="Format">"json" or "yaml".</param>
/// <param name="IsDraft">Whether it was saved although invalid.</param>
/// <param name="CreatedAt">When it was saved.</param>
/// <param name="CreatedBy">The user who saved it.</param>
public sealed record WorkflowVersion(int Version, JsonText Document, string Format, bool IsDraft, DateTimeOffset CreatedAt, string? CreatedBy);

/// <summary>Criteria for workflows; null matches all.</summary>
/// <param name="Tags">Only those with all of these labels.</param>
/// <param name="ActiveOnly">Only active workflows; a draft is none, whatever is remembered for when it is finished.</param>
/// <param name="Text">Only those whose id, name or description contains this, ignoring case.</param>
/// <param name="Owner">Only workflows of this owner.</param>
public sealed record WorkflowFilter(ImmutableArray<string> Tags = default, bool ActiveOnly = false, string? Text = null, string? Owner = null);

/// <summary>An execution as lists show it: how it stands, without its values. A fold of its journal, kept beside it.</summary>
public record ExecutionSummary
{
    /// <summary>The tenant that it belongs to.</summary>
    public required string Tenant { get; init; }
    /// <summary>Its id, unique in the store. It begins with the time of its creation: ids of later executions sort after it.</summary>
    public required string Id { get; init; }
    /// <summary>The workflow it runs.</summary>
    public required string WorkflowId { get; init; }
    /// <summary>The version it runs.</summary>
    public int Version { get; init; }
    /// <summary>The status of the execution.</summary>
    public ExecutionStatus Status { get; init; }
    /// <summary>The seq of its last event; 0: none yet.</summary>
    public long Seq { get; init; }
    /// <summary>The epoch that owns it; 0: nobody.</summary>
    public long Owner { get; init; }
    /// <summary>When it wants to run although nobody owns it; null: only a message wakes it.</summary>
    public DateTimeOffset? WakeAt { get; init; }
    /// <summary>Higher is claimed first.</summary>
    public int Priority { get; init; }
    /// <summary>The node that ran last.</summary>
    public string? CurrentStep { get; init; }
    /// <summary>Nodes in all, comments apart.</summary>
    public int TotalNodes { get; init; }
    /// <summary>Nodes completed or skipped.</summary>
    public int CompletedNodes { get; init; }
    /// <summary>Its error {type, message, nodeId, attempt}, once failed.</summary>
    public JsonText Error { get; init; }
    /// <summary>Money and tokens spent {money, tokensIn, tokensOut}; empty: none.</summary>
    public JsonText Cost { get; init; }
    /// <summary>What started it: manual, webhook, schedule, ...</summary>
    public string Trigger { get; init; } = "manual";
    /// <summary>The caller's own id for it.</summary>
    public string? CorrelationId { get; init; }
    /// <summary>The execution that started it.</summary>
    public string? ParentId { get; init; }
    /// <summary>Which limit holds its start back; null: none.</summary>
    public PendingReason? PendingReason { get; init; }
    /// <summary>When it was accepted.</summary>
    public DateTimeOffset CreatedAt { get; init; }
    /// <summary>When its first event was recorded.</summary>
    public DateTimeOffset? StartedAt { get; init; }
    /// <summary>When it ended; null until then.</summary>
    public DateTimeOffset? CompletedAt { get; init; }
}

/// <summary>An execution with its values.</summary>
public sealed record ExecutionRecord : ExecutionSummary
{
    /// <summary>An execution of which only what is required is set.</summary>
    public ExecutionRecord()
    {
    }

    /// <summary>An execution as its summary says, without values.</summary>
    [SetsRequiredMembers]
    public ExecutionRecord(ExecutionSummary summary) : base(summary)
    {
    }

    /// <summary>What it was started with.</summary>
    public JsonText Input { get; init; }
    /// <summary>The whole start request (input, inputs, variables, callbacks, trigger), for executions that have no events yet.</summary>
    public JsonText Request { get; init; }
    /// <summary>The variables, as a JSON object.</summary>
    public JsonText Variables { get; init; }
    /// <summary>Its result, once completed.</summary>
    public JsonText Result { get; init; }
}

/// <summary>A page of executions.</summary>
/// <param name="Executions">The executions of the page; perhaps none, although others follow.</param>
/// <param name="Next">The id after which the list goes on; null: nothing follows.</param>
public sealed record ExecutionPage(IReadOnlyList<ExecutionSummary> Executions, string? Next)
{
    /// <summary>How many executions a search for text looks through for one page.</summary>
    public const int MaxSearched = 10_000;

    /// <summary>About how many bytes of errors and costs a page has: it ends with the execution that goes beyond them.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;
}

/// <summary>Criteria for executions; null matches all.</summary>
/// <param name="WorkflowId">Only executions of this workflow.</param>
/// <param name="Statuses">Only in one of these statuses; empty: any.</param>
/// <param name="From">Only those created at or after.</param>
/// <param name="To">Only those created before.</param>
/// <param name="CorrelationId">Only with this correlation id.</param>
/// <param name="Text">Only those whose id, correlation id, current step or error contains this.</param>
public sealed record ExecutionFilter(
    string? WorkflowId = null,
    ImmutableArray<ExecutionStatus> Statuses = default,
    DateTimeOffset? From = null,
    DateTimeOffset? To = null,
    string? CorrelationId = null,
    string? Text = null);

/// <summary>The events of one commit: one journal row.</summary>
/// <param name="FirstSeq">The seq of its first event.</param>
/// <param name="LastSeq">The seq of its last event.</param>
/// <param name="Events">The events as one JSON array.</param>
public readonly record struct JournalEntry(long FirstSeq, long LastSeq, JsonText Events)
{
    /// <summary>
    /// Where these are only some of the events of a commit, and more of them follow: the seq of its last event. Null: they are all that
    /// follow.
    /// </summary>
    public long? PartOf { get; init; }
}

/// <summary>A journal entry among those of all executions.</summary>
/// <param name="Position">Its place in the order of commits; only ever grows, with gaps.</param>
/// <param name="ExecutionId">The execution it belongs to.</param>
/// <param name="WorkflowId">The workflow of that execution.</param>
/// <param name="Entry">The entry.</param>
public readonly record struct FeedEntry(long Position, string ExecutionId, string WorkflowId, JournalEntry Entry);

/// <summary>A place among the events of all executions: an event that was seen, and the journal entry that it is in.</summary>
/// <param name="Position">The entry's place in the order of commits.</param>
/// <param name="Seq">The event's seq.</param>
public readonly record struct FeedCursor(long Position, long Seq)
{
    /// <summary>Before everything that was ever stored.</summary>
    public static readonly FeedCursor Start;

    /// <summary>The end of an entry.</summary>
    public static FeedCursor EndOf(long position) => new(position, long.MaxValue);
}

/// <summary>What an execution's events up to one of them amount to.</summary>
/// <param name="Seq">The seq of the last event that is in it.</param>
/// <param name="State">The state, JSON.</param>
public sealed record ExecutionSnapshot(long Seq, JsonText State);

/// <summary>An execution among those of all tenants.</summary>
/// <param name="Tenant">The tenant that owns it.</param>
/// <param name="Id">Its id.</param>
public readonly record struct ExecutionKey(string Tenant, string Id);

/// <summary>Something from outside that waits to be handled.</summary>
/// <param name="Id">Its number; later ones are larger.</param>
/// <param name="Kind">"cancel", "signal", ...</param>
/// <param name="Payload">What it says, JSON.</param>
/// <param name="ReceivedAt">When it was accepted.</param>
public sealed record InboxMessage(long Id, string Kind, JsonText Payload, DateTimeOffset ReceivedAt)
{
    /// <summary>The kind that asks for the end; the only one that reaches an execution before it starts.</summary>
    public const string Cancel = "cancel";
}

/// <summary>A secret as stored: the store never has what it needs to decrypt it.</summary>
/// <param name="Tenant">The tenant that owns it.</param>
/// <param name="Name">Its name, unique in the tenant.</param>
/// <param name="KeyId">Which key it was encrypted under.</param>
/// <param name="Encrypted">The encrypted value, base64.</param>
/// <param name="UpdatedAt">When it was stored.</param>
/// <param name="UpdatedBy">The user who stored it.</param>
/// <param name="Hosts">The hosts that it may be sent to, separated by blanks; empty: any.</param>
public sealed record StoredSecret(string Tenant, string Name, string KeyId, string Encrypted, DateTimeOffset UpdatedAt, string? UpdatedBy, string Hosts = "");

/// <summary>An integration as stored.</summary>
/// <param name="Tenant">The tenant that owns it.</param>
/// <param name="Name">Its name, unique in the tenant.</param>
/// <param name="Document">What it is, JSON; its secrets are references.</param>
/// <param name="Version">How often it was saved; the store counts.</param>
/// <param name="CreatedAt">When it was first saved.</param>
/// <param name="UpdatedAt">When it was last saved.</param>
/// <param name="UpdatedBy">Who saved it last.</param>
public sealed record StoredIntegration(string Tenant, string Name, JsonText Document, int Version, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, string? UpdatedBy);
