
namespace Millrace.Engine.Feed;

/// <summary>Whose events somebody follows. The set is closed.</summary>
/// <param name="Tenant">The tenant; nobody follows several.</param>
public abstract record FeedScope(string Tenant)
{
    /// <summary>The events of one execution, until it has ended.</summary>
    /// <param name="Tenant">The tenant.</param>
    /// <param name="ExecutionId">The execution.</param>
    public sealed record Execution(string Tenant, string ExecutionId) : FeedScope(Tenant);

    /// <summary>The events of all executions of one workflow, in the order of their commits. It has no end.</summary>
    /// <param name="Tenant">The tenant.</param>
    /// <param name="WorkflowId">The workflow.</param>
    public sealed record Workflow(string Tenant, string WorkflowId) : FeedScope(Tenant);

    /// <summary>The events of all executions, in the order of their commits. It has no end.</summary>
    /// <param name="Tenant">The tenant.</param>
    public sealed record Everything(string Tenant) : FeedScope(Tenant);
}
