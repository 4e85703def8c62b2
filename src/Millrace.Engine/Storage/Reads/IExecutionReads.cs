namespace Millrace.Engine.Storage.Reads;

/// <summary>Reads executions as they were last committed.</summary>
public interface IExecutionReads
{
    /// <summary>An execution as last committed; null where the tenant has none by this id.</summary>
    ValueTask<ExecutionRecord?> ReadExecutionAsync(string tenant, string id, CancellationToken cancellation = default);

    /// <summary>Executions, newest id first.</summary>
    ValueTask<IReadOnlyList<ExecutionRecord>> ListExecutionsAsync(string tenant, ExecutionFilter filter, Page page, CancellationToken cancellation = default);

    /// <summary>When the next execution that nobody owns wants to run; null: none does.</summary>
    ValueTask<DateTimeOffset?> NextWakeAsync(CancellationToken cancellation = default);
}
