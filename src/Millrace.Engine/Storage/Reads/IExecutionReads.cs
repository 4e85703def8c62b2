namespace Millrace.Engine.Storage.Reads;

/// <summary>Reads executions as they were last committed.</summary>
public interface IExecutionReads
{
    /// <summary>An execution as last committed; null where the tenant has none by this id.</summary>
    ValueTask<ExecutionRecord?> ReadExecutionAsync(string tenant, string id, CancellationToken cancellation = default);

    /// <summary>
    /// Executions without their values, newest id first. A page may end early, but never before its list does without saying where it goes on: a search
    /// for text looks through <see cref="ExecutionPage.MaxSearched"/> executions at a time, and a page has no more than about
    /// <see cref="ExecutionPage.MaxBytes"/>. A span of time is one of ids, because ids begin with their time.
    /// </summary>
    ValueTask<ExecutionPage> ListExecutionsAsync(string tenant, ExecutionFilter filter, Page page, CancellationToken cancellation = default);

    /// <summary>
    /// Those of some executions that the tenant has, with their values, in the order of <paramref name="ids"/>: as many as have no more than
    /// <paramref name="maxBytes"/> of values together, and at least one where there is any.
    /// </summary>
    ValueTask<IReadOnlyList<ExecutionRecord>> ReadExecutionsAsync(
        string tenant, IReadOnlyList<string> ids, int maxBytes = int.MaxValue, CancellationToken cancellation = default);

    /// <summary>When the next execution that nobody owns wants to run; null: none does.</summary>
    ValueTask<DateTimeOffset?> NextWakeAsync(CancellationToken cancellation = default);
}
