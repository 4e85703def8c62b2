using Millrace.Engine.Storage;
using Millrace.Testing.Storage;

namespace Millrace.Engine.Tests.Webhooks;

/// <summary>A store that is slow to list the workflows of a tenant.</summary>
internal sealed class SlowLists(IStore inner) : StoreDecorator(inner)
{
    private string? _slow;
    private TaskCompletionSource _goOn = new();

    public int Count { get; private set; }

    public TaskCompletionSource Hold(string tenant)
    {
        _slow = tenant;
        return _goOn = new TaskCompletionSource();
    }

    public override async ValueTask<IReadOnlyList<WorkflowRecord>> ListWorkflowsAsync(
        string tenant, WorkflowFilter filter, Page page, CancellationToken cancellation = default)
    {
        Count++;
        var list = await base.ListWorkflowsAsync(tenant, filter, page, cancellation);
        if (tenant == _slow)
            await _goOn.Task;
        return list;
    }
}
