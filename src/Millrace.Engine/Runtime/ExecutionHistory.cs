using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Workflows;

namespace Millrace.Engine.Runtime;

/// <summary>Folds journals: the state of an execution now, or as of any event.</summary>
public sealed class ExecutionHistory(IStore store, WorkflowLibrary workflows)
{
    private const int JournalPage = 1_000;

    /// <summary>The state as of an event; null: as of the last one.</summary>
    /// <exception cref="InvalidDataException">The journal or the workflow version cannot be read.</exception>
    public async Task<ExecutionState> ReadStateAsync(ExecutionRecord record, long? atSeq = null, CancellationToken cancellation = default)
    {
        var graph = await workflows.GraphAsync(record.Tenant, record.WorkflowId, record.Version);
        var state = new ExecutionState(new(record.Tenant, record.Id, record.WorkflowId, record.Version), graph);
        while (true)
        {
            var entries = await store.ReadJournalAsync(record.Tenant, record.Id, state.Seq, JournalPage, cancellation);
            foreach (var entry in entries)
            {
                foreach (var e in EventReader.ReadAll(entry.Events.Utf8.Span, graph))
                {
                    if (e.Seq > atSeq)
                        return state;
                    state.Apply(e);
                }
            }
            if (entries.Count < JournalPage)
                return state;
        }
    }
}
