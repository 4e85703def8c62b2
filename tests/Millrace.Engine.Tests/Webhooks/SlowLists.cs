using System.Reflection;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Tests.Webhooks;

/// <summary>A store that is slow to list the workflows of a tenant.</summary>
public class SlowLists : DispatchProxy
{
    private string? _slow;
    private TaskCompletionSource _goOn = new();

    internal IStore Inner { get; set; } = null!;

    public int Count { get; private set; }

    public TaskCompletionSource Hold(string tenant)
    {
        _slow = tenant;
        return _goOn = new TaskCompletionSource();
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var result = targetMethod!.Invoke(Inner, args);
        if (targetMethod.Name != nameof(IStore.ListWorkflowsAsync))
            return result;
        Count++;
        return Equals(args![0], _slow) ? LaterAsync((ValueTask<IReadOnlyList<WorkflowRecord>>)result!) : result;
    }

    private async ValueTask<IReadOnlyList<WorkflowRecord>> LaterAsync(ValueTask<IReadOnlyList<WorkflowRecord>> list)
    {
        await _goOn.Task;
        return await list;
    }
}
