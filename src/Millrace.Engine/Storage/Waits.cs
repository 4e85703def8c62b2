using System.Collections.Immutable;

namespace Millrace.Engine.Storage;

/// <summary>A wait that the outside ends: an approval, a form, a callback.</summary>
public sealed record WaitRecord
{
    /// <summary>The tenant that it belongs to.</summary>
    public required string Tenant { get; init; }
    /// <summary>Its id: the same for every wait of one run of a node. Those of later executions sort after it.</summary>
    public required string Id { get; init; }
    /// <summary>The execution that waits.</summary>
    public required string ExecutionId { get; init; }
    /// <summary>The id of the workflow.</summary>
    public required string WorkflowId { get; init; }
    /// <summary>The node that waits.</summary>
    public required string NodeId { get; init; }
    /// <summary>Its iteration path; empty at the top level.</summary>
    public string Iteration { get; init; } = "";
    /// <summary>"approval", "form" or "callback".</summary>
    public required string Kind { get; init; }
    /// <summary>What is asked, in a few words.</summary>
    public string? Title { get; init; }
    /// <summary>What is asked, at length.</summary>
    public string? Message { get; init; }
    /// <summary>Who is to answer; empty: whoever may.</summary>
    public ImmutableArray<string> Assignees { get; init; } = [];
    /// <summary>JSON schema of what is to be filled in; empty: nothing is.</summary>
    public JsonText Form { get; init; }
    /// <summary>When the wait began.</summary>
    public DateTimeOffset CreatedAt { get; init; }
    /// <summary>When it ends by itself; null: never.</summary>
    public DateTimeOffset? DueAt { get; init; }
    /// <summary>The status of the wait.</summary>
    public WaitStatus Status { get; init; }
    /// <summary>How it was answered; null: not yet.</summary>
    public WaitAnswer? Answer { get; init; }
}

/// <summary>An answer from the outside.</summary>
/// <param name="Decision">Of an approval: "approved" or "rejected".</param>
/// <param name="Comment">In the person's own words.</param>
/// <param name="Data">What was filled in, JSON.</param>
/// <param name="By">The user who answered; null for a link.</param>
/// <param name="At">When it was answered.</param>
public sealed record WaitAnswer(string? Decision, string? Comment, JsonText Data, string? By, DateTimeOffset At);

/// <summary>Where a wait that the outside ends stands.</summary>
public enum WaitStatus
{
    /// <summary>It can be answered.</summary>
    Open,
    /// <summary>The wait was answered.</summary>
    Answered,
    /// <summary>It ended without an answer, or before one was taken: its time was over, or its execution ended.</summary>
    Closed,
}

/// <summary>Criteria for waits; null matches all.</summary>
/// <param name="Assignee">Only those that this person is to answer.</param>
/// <param name="Statuses">Only in one of these statuses; empty: any.</param>
/// <param name="ExecutionId">Only waits of this execution.</param>
/// <param name="Kinds">Only of one of these kinds; empty: any.</param>
public sealed record WaitFilter(
    string? Assignee = null,
    ImmutableArray<WaitStatus> Statuses = default,
    string? ExecutionId = null,
    ImmutableArray<string> Kinds = default);

/// <summary>What a commit of an execution does to one of its waits. The set is closed.</summary>
public abstract record WaitChange
{
    private WaitChange()
    {
    }

    /// <summary>It began. One that was closed is open again; one that was answered beforehand stays so.</summary>
    /// <param name="Wait">The wait.</param>
    public sealed record Opened(WaitRecord Wait) : WaitChange;

    /// <summary>It took its answer.</summary>
    /// <param name="Id">The id of the wait.</param>
    public sealed record Taken(string Id) : WaitChange;

    /// <summary>It ended otherwise; an answer that was not taken stays to be read.</summary>
    /// <param name="Id">The id of the wait.</param>
    public sealed record Closed(string Id) : WaitChange;

    /// <summary>It is work for an external worker.</summary>
    /// <param name="Task">The task.</param>
    public sealed record Queued(WorkerTask Task) : WaitChange;

    /// <summary>Nobody waits for the end of a task any more; one that was answered stays so.</summary>
    /// <param name="Id">The id of the wait.</param>
    /// <param name="Type">Its type, as <see cref="WorkerTypeRecord.Key"/>.</param>
    public sealed record Finished(string Id, string Type) : WaitChange;
}
