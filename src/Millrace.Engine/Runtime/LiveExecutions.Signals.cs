using Millrace.Core.Executions;
using Millrace.Core.Nodes;

namespace Millrace.Engine.Runtime;

// What an execution would do with a signal, told from the store.
internal sealed partial class LiveExecutions
{
    /// <summary>Whether a wait of an execution, as it is stored, would take something from outside at once.</summary>
    public async Task<bool> IsAwaitedAsync(string tenant, string executionId, Delivery delivery) =>
        await store.ReadExecutionAsync(tenant, executionId) is { } record
        && new Machine(await history.ReadStateAsync(record), links).WouldTake(delivery, Now());
}
