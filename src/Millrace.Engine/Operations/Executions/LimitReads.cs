using Millrace.Engine.Storage;

namespace Millrace.Engine.Operations.Executions;

/// <summary>How the limits of concurrency stand.</summary>
public sealed class LimitReads(IStore store)
{
    /// <summary>A page of the limits that executions hold slots of or wait for: the tenant's own first, then by workflow and key.</summary>
    public async ValueTask<Outcome<Listed<LimitUse>>> ListAsync(Caller caller, Page page, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.ViewExecutions) is { } forbidden)
            return forbidden;
        return await Listing.ReadAsync(
            page, part => store.ListLimitsAsync(caller.Tenant, part, cancellation), limit => limit.Scope.ToString());
    }
}
