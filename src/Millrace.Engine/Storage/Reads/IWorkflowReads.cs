namespace Millrace.Engine.Storage.Reads;

/// <summary>Reads workflows and their versions.</summary>
public interface IWorkflowReads
{
    /// <summary>A workflow with its current version's document; null where the tenant has none by this id.</summary>
    ValueTask<WorkflowRecord?> ReadWorkflowAsync(string tenant, string id, CancellationToken cancellation = default);

    /// <summary>One version of a workflow; deleted workflows' versions stay readable for their running executions.</summary>
    ValueTask<WorkflowVersion?> ReadVersionAsync(string tenant, string id, int version, CancellationToken cancellation = default);

    /// <summary>The versions of a workflow that is not deleted, newest first, without documents; the cursor is a version number.</summary>
    ValueTask<IReadOnlyList<WorkflowVersion>> ListVersionsAsync(string tenant, string id, Page page, CancellationToken cancellation = default);

    /// <summary>Workflows with their documents, newest id first.</summary>
    ValueTask<IReadOnlyList<WorkflowRecord>> ListWorkflowsAsync(string tenant, WorkflowFilter filter, Page page, CancellationToken cancellation = default);
}
