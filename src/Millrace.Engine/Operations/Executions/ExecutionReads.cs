using Millrace.Engine.Blobs;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Operations.Executions;

/// <summary>Looks at executions, and at the large values and files that they refer to.</summary>
public sealed class ExecutionReads(IStore store, ExecutionHistory history)
{
    /// <summary>A page of executions, the latest first. Large values stay references in lists.</summary>
    public async ValueTask<Outcome<Listed<ExecutionRecord>>> ListAsync(
        Caller caller, ExecutionFilter filter, Page page, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.ViewExecutions) is { } forbidden)
            return forbidden;
        return await Listing.ReadAsync(
            page, part => store.ListExecutionsAsync(caller.Tenant, filter, part, cancellation), execution => execution.Id);
    }

    /// <summary>A page of the executions of one workflow, which must exist.</summary>
    public async ValueTask<Outcome<Listed<ExecutionRecord>>> ListOfWorkflowAsync(
        Caller caller, string workflowId, ExecutionFilter filter, Page page, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.ViewExecutions) is { } forbidden)
            return forbidden;
        return await store.ReadWorkflowAsync(caller.Tenant, workflowId, cancellation) is null
            ? new Refusal.NotFound("workflow", workflowId)
            : await ListAsync(caller, filter with { WorkflowId = workflowId }, page, cancellation);
    }

    /// <summary>An execution as it is now, its values in full.</summary>
    public async ValueTask<Outcome<ExecutionRecord>> ReadAsync(Caller caller, string id, CancellationToken cancellation) =>
        (await FindAsync(caller, id, cancellation)).IsDone(out var execution, out var refusal) ? history.InFull(execution) : refusal;

    /// <summary>An execution as stored: what others are read of.</summary>
    public async ValueTask<Outcome<ExecutionRecord>> FindAsync(Caller caller, string id, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.ViewExecutions) is { } forbidden)
            return forbidden;
        return await store.ReadExecutionAsync(caller.Tenant, id, cancellation) is { } execution
            ? execution
            : new Refusal.NotFound("execution", id);
    }

    /// <summary>A large value or a stored file.</summary>
    public async ValueTask<Outcome<ReadBlob>> ReadBlobAsync(Caller caller, string id, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.ViewExecutions) is { } forbidden)
            return forbidden;
        if (await history.OpenFileAsync(caller.Tenant, id, cancellation) is { } file)
            return new ReadBlob.File(file);
        return await history.ReadBlobAsync(caller.Tenant, id, cancellation) is { } json
            ? new ReadBlob.Json(json)
            : new Refusal.NotFound("blob", id);
    }
}

/// <summary>What a blob turned out to be. The set is closed.</summary>
public abstract record ReadBlob
{
    /// <summary>A large value.</summary>
    public sealed record Json(JsonText Text) : ReadBlob;

    /// <summary>A file that a node stored; whoever gets it disposes it.</summary>
    public sealed record File(OpenedFile Content) : ReadBlob;
}
