using Millrace.Engine.Blobs;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Operations.Executions;

/// <summary>Looks at executions, and at the large values and files that they refer to.</summary>
public sealed class ExecutionReads(IStore store, ExecutionHistory history)
{
    /// <summary>The most characters of a text that is searched for.</summary>
    public const int MaxTextLength = 256;

    /// <summary>About the most bytes of values on a page: it ends before the execution that would go beyond them.</summary>
    public const int PageBytes = 4 * 1024 * 1024;

    /// <summary>A page of executions, the latest first.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="filter">Which executions.</param>
    /// <param name="page">Which part of the list.</param>
    /// <param name="withValues">
    /// Whether each is an <see cref="ExecutionRecord"/>, with its input, variables and result. Large values stay references in lists.
    /// </param>
    /// <param name="cancellation">Gives up.</param>
    public async ValueTask<Outcome<Listed<ExecutionSummary>>> ListAsync(
        Caller caller, ExecutionFilter filter, Page page, bool withValues, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.ViewExecutions) is { } forbidden)
            return forbidden;
        var (found, next) = await store.ListExecutionsAsync(caller.Tenant, filter, page, cancellation);
        if (!withValues || found.Count == 0)
            return new Listed<ExecutionSummary>(found, next);
        var records = await store.ReadExecutionsAsync(caller.Tenant, [.. found.Select(execution => execution.Id)], PageBytes, cancellation);
        var isCut = records.Count > 0 && !string.Equals(records[^1].Id, found[^1].Id, StringComparison.Ordinal);
        return new Listed<ExecutionSummary>(records, isCut ? records[^1].Id : next);
    }

    /// <summary>A page of the executions of one workflow, which must exist.</summary>
    /// <inheritdoc cref="ListAsync"/>
    public async ValueTask<Outcome<Listed<ExecutionSummary>>> ListOfWorkflowAsync(
        Caller caller, string workflowId, ExecutionFilter filter, Page page, bool withValues, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.ViewExecutions) is { } forbidden)
            return forbidden;
        return await store.ReadWorkflowAsync(caller.Tenant, workflowId, cancellation) is null
            ? new Refusal.NotFound("workflow", workflowId)
            : await ListAsync(caller, filter with { WorkflowId = workflowId }, page, withValues, cancellation);
    }

    /// <summary>An execution as it is now, its values in full.</summary>
    public async ValueTask<Outcome<ExecutionRecord>> ReadAsync(Caller caller, string id, CancellationToken cancellation) =>
        (await FindAsync(caller, id, cancellation)).IsDone(out var execution, out var refusal) ? await history.InFullAsync(execution, cancellation) : refusal;

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
