using System.Text;
using Millrace.Core.Executions;
using Millrace.Engine.Events;
using Millrace.Engine.Storage;

namespace Millrace.Server.Tests.Events;

/// <summary>One execution's journal, to which something is committed at the very moment that somebody reads it.</summary>
internal sealed class RacingStore(LiveEvents live) : IStore
{
    public const string Tenant = "default";
    public const string ExecutionId = "e1";
    public const string WorkflowId = "w1";

    private readonly List<JournalEntry> _journal = [];
    private ExecutionStatus _status = ExecutionStatus.Running;

    /// <summary>Called once each, at the beginning of a read: what it commits is in what is read.</summary>
    public Queue<Action> BeforeReads { get; } = new();

    /// <summary>Called once each, at the end of a read: what it commits is not in what is read.</summary>
    public Queue<Action> AfterReads { get; } = new();

    public long Epoch => 1;

    public long LastSeq => _journal.Count == 0 ? 0 : _journal[^1].LastSeq;

    /// <summary>Commits some events, and tells the subscribers, unless they miss it.</summary>
    public void Commit(int count, bool ends = false, bool isTold = true)
    {
        var first = LastSeq + 1;
        var events = Enumerable.Range(0, count).Select(i => $$"""{"seq":{{first + i}},"type":"{{(ends && i == count - 1 ? "workflow_completed" : "log")}}","time":"2026-01-01T00:00:00Z","data":null}""");
        var entry = new JournalEntry(first, first + count - 1, new JsonText(Encoding.UTF8.GetBytes($"[{string.Join(',', events)}]")));
        _journal.Add(entry);
        if (ends)
            _status = ExecutionStatus.Completed;
        if (isTold)
            live.Publish(new LiveBatch(Tenant, WorkflowId, ExecutionId, entry, ends));
    }

    public ValueTask<ExecutionRecord?> ReadExecutionAsync(string tenant, string id, CancellationToken cancellation = default) =>
        new(new ExecutionRecord { Tenant = Tenant, Id = ExecutionId, WorkflowId = WorkflowId, Status = _status, Seq = LastSeq });

    public ValueTask<IReadOnlyList<JournalEntry>> ReadJournalAsync(string tenant, string executionId, long afterSeq, int limit, CancellationToken cancellation = default)
    {
        if (BeforeReads.TryDequeue(out var before))
            before();
        var read = _journal.Where(entry => entry.LastSeq > afterSeq).Take(limit).ToList();
        if (AfterReads.TryDequeue(out var after))
            after();
        return new(read);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public void Write(IReadOnlyList<Write> batch) => throw new NotSupportedException();

    public ValueTask<WorkflowRecord?> ReadWorkflowAsync(string tenant, string id, CancellationToken cancellation = default) => throw new NotSupportedException();

    public ValueTask<WorkflowVersion?> ReadVersionAsync(string tenant, string id, int version, CancellationToken cancellation = default) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<WorkflowVersion>> ListVersionsAsync(string tenant, string id, Page page, CancellationToken cancellation = default) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<WorkflowRecord>> ListWorkflowsAsync(string tenant, WorkflowFilter filter, Page page, CancellationToken cancellation = default) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<ExecutionRecord>> ListExecutionsAsync(string tenant, ExecutionFilter filter, Page page, CancellationToken cancellation = default) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<FeedEntry>> ReadFeedAsync(string tenant, string? workflowId, long after, int limit, CancellationToken cancellation = default) => throw new NotSupportedException();

    public ValueTask<long> ReadFeedEndAsync(CancellationToken cancellation = default) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<InboxMessage>> ReadInboxAsync(string tenant, string executionId, CancellationToken cancellation = default) => throw new NotSupportedException();

    public ValueTask<DateTimeOffset?> NextWakeAsync(CancellationToken cancellation = default) => throw new NotSupportedException();
}
