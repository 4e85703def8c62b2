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
#pragma warning disable CA2012 // A proxy returns it boxed, to the one caller that awaits it.
        return Equals(args![0], _slow) ? LaterAsync(result!) : result;
#pragma warning restore CA2012
    }

    private async ValueTask<IReadOnlyList<WorkflowRecord>> LaterAsync(object list)
    {
        await _goOn.Task;
        return await (ValueTask<IReadOnlyList<WorkflowRecord>>)list;
    }
}
