using Millrace.Core.Executions;
using Millrace.Core.Graphs;
using Millrace.Core.Values;
using Millrace.Engine.Blobs;
using Millrace.Engine.Storage;
using Millrace.Engine.Workflows;

namespace Millrace.Engine.History;

/// <summary>
/// Walks along an execution's journal, event by event, as far as it is stored when its end is reached. It holds a page of journal rows at a
/// time.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="workflows">Where the versions of its workflow are.</param>
/// <param name="values">Where its large values are.</param>
/// <param name="identity">The execution, with the version that it has where the walk begins; of a walk from the first event, any.</param>
/// <param name="graph">The graph of that version.</param>
/// <param name="after">The event after which the walk begins.</param>
internal sealed class JournalWalk(
    IStore store, WorkflowLibrary workflows, ExecutionValues values, ExecutionIdentity identity, CompiledGraph graph, long after)
{
    private const int Page = 32;

    private IReadOnlyList<JournalEntry> _entries = [];
    private ListValue _events = ListValue.Empty;
    private long _seq = after;
    private int _nextEntry;
    private int _nextEvent;
    private bool _isLastPage;

    /// <summary>The execution, with the version that the event is of which came last.</summary>
    public ExecutionIdentity Identity { get; private set; } = identity;

    /// <summary>The graph of that version.</summary>
    public CompiledGraph Graph { get; private set; } = graph;

    /// <summary>The bytes of journal walked along.</summary>
    public long Bytes { get; private set; }

    /// <summary>The next event; null: there are no more.</summary>
    /// <exception cref="InvalidDataException">The journal or a version of the workflow cannot be read.</exception>
    public async ValueTask<ExecutionEvent?> NextAsync(CancellationToken cancellation)
    {
        while (true)
        {
            while (_nextEvent < _events.Count)
            {
                var item = _events[_nextEvent];
                if (EventReader.VersionOf(item) is { } version && version != Identity.WorkflowVersion)
                {
                    Identity = Identity with { WorkflowVersion = version };
                    Graph = await workflows.GraphAsync(Identity.Tenant, Identity.WorkflowId, version);
                }
                var e = EventReader.Read(item, Graph, _nextEvent++);
                if (e.Seq <= _seq)
                    continue;
                _seq = e.Seq;
                return e;
            }
            if (!await NextEntryAsync(cancellation))
                return null;
        }
    }

    private async ValueTask<bool> NextEntryAsync(CancellationToken cancellation)
    {
        if (_nextEntry == _entries.Count)
        {
            if (_isLastPage)
                return false;
            _entries = await store.ReadJournalAsync(Identity.Tenant, Identity.Id, _seq, Page, cancellation: cancellation);
            _isLastPage = _entries.Count < Page;
            _nextEntry = 0;
            if (_entries.Count == 0)
                return false;
        }
        cancellation.ThrowIfCancellationRequested();
        var utf8 = _entries[_nextEntry++].Events.Utf8;
        Bytes += utf8.Length;
        await values.LoadAsync(utf8, cancellation);
        _events = EventReader.Parse(utf8.Span, values);
        values.Unload();
        _nextEvent = 0;
        return true;
    }
}
