using Millrace.Core.Executions;
using Millrace.Engine.Blobs;
using Millrace.Engine.Storage;
using Millrace.Engine.Workflows;

namespace Millrace.Engine.Runtime;

/// <summary>Folds journals: the state of an execution now, or as of any event. Without a blob store there are no large values.</summary>
public sealed class ExecutionHistory(IStore store, WorkflowLibrary workflows, IBlobStore? blobs = null)
{
    private const int JournalPage = 1_000;

    /// <summary>The state as of an event; null: as of the last one.</summary>
    /// <exception cref="InvalidDataException">The journal or the workflow version cannot be read.</exception>
    public async Task<ExecutionState> ReadStateAsync(ExecutionRecord record, long? atSeq = null, CancellationToken cancellation = default)
    {
        var graph = await workflows.GraphAsync(record.Tenant, record.WorkflowId, record.Version);
        var state = new ExecutionState(new(record.Tenant, record.Id, record.WorkflowId, record.Version), graph);
        var values = new ExecutionValues(blobs, record.Tenant);
        while (true)
        {
            var entries = await store.ReadJournalAsync(record.Tenant, record.Id, state.Seq, JournalPage, cancellation);
            foreach (var entry in entries)
            {
                foreach (var e in EventReader.ReadAll(entry.Events.Utf8.Span, graph, values))
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

    /// <summary>A large value, in full; null where no execution of this tenant refers to one by this id.</summary>
    /// <exception cref="InvalidDataException">It is missing, or not what it was.</exception>
    public async Task<JsonText?> ReadBlobAsync(string tenant, string id, CancellationToken cancellation = default) =>
        await store.RefersToBlobAsync(tenant, id, cancellation) ? new ExecutionValues(blobs, tenant).ReadJson(id) : null;

    /// <summary>An execution with its large values in their places.</summary>
    /// <exception cref="InvalidDataException">One of them is missing.</exception>
    public ExecutionRecord InFull(ExecutionRecord record)
    {
        var values = new ExecutionValues(blobs, record.Tenant);
        return record with { Input = values.InFull(record.Input), Variables = values.InFull(record.Variables), Result = values.InFull(record.Result) };
    }
}
