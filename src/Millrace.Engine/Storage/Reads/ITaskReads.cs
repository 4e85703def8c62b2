namespace Millrace.Engine.Storage.Reads;

/// <summary>Reads the tasks of workers, and the node types that workers have registered.</summary>
public interface ITaskReads
{
    /// <summary>A task of a worker; null where the tenant has none by this id.</summary>
    ValueTask<WorkerTask?> ReadTaskAsync(string tenant, string id, CancellationToken cancellation = default);

    /// <summary>The node types that a tenant's workers do, by name. There are no pages: their number is bounded when they are registered.</summary>
    ValueTask<IReadOnlyList<WorkerTypeRecord>> ListWorkerTypesAsync(string tenant, CancellationToken cancellation = default);
}
