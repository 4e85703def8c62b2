using Millrace.Core.Definitions;

namespace Millrace.Engine.Storage.Mutations;

/// <summary>Saves a workflow: creates it, or adds its next version. Versions are counted by the store.</summary>
public sealed class SaveWorkflow(WorkflowRecord workflow) : Mutation(workflow.Tenant)
{
    /// <summary>The workflow with its document; version, stats and creation time are the store's.</summary>
    public WorkflowRecord Workflow { get; } = workflow;

    /// <summary>The user who saves; null without authentication.</summary>
    public string? SavedBy { get; init; }

    /// <summary>How long its executions are kept once they have ended, whichever version they ran; null: as before.</summary>
    public RetentionPolicy? Retention { get; init; }

    /// <summary>The version it must stand at: 0: it must not exist; null: whatever.</summary>
    public int? ExpectedVersion { get; init; }

    /// <summary>How many of its executions may be under way at once, from now on; null: any number. Not looked at in drafts.</summary>
    public int? Concurrency { get; init; }

    /// <inheritdoc/>
    public override string ResourceIdOf(CommitResult result) => Workflow.Id;
}

/// <summary>Turns a workflow's triggers on or off.</summary>
public sealed class ActivateWorkflow(string tenant, string id, bool isActive, DateTimeOffset now) : Mutation(tenant)
{
    /// <summary>The id of the workflow.</summary>
    public string Id { get; } = id;

    /// <summary>Whether the workflow's triggers are active.</summary>
    public bool IsActive { get; } = isActive;

    /// <summary>The time of the change.</summary>
    public DateTimeOffset Now { get; } = now;

    /// <inheritdoc/>
    public override string ResourceIdOf(CommitResult result) => Id;
}

/// <summary>Deletes a workflow from sight; its versions stay for executions that run, and its id stays taken.</summary>
public sealed class DeleteWorkflow(string tenant, string id, DateTimeOffset now) : Mutation(tenant)
{
    /// <summary>The id of the workflow.</summary>
    public string Id { get; } = id;

    /// <summary>The time of the change.</summary>
    public DateTimeOffset Now { get; } = now;

    /// <summary>The version it must stand at; null: whatever.</summary>
    public int? ExpectedVersion { get; init; }

    /// <inheritdoc/>
    public override string ResourceIdOf(CommitResult result) => Id;
}
