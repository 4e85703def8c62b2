using System.Reflection;
using System.Text;
using Millrace.Core.Executions;
using Millrace.Engine.Feed;
using Millrace.Engine.Storage;

namespace Millrace.Server.Tests.Events;

/// <summary>One execution's journal, to which something is committed at the very moment that somebody reads it.</summary>
public class RacingStore : DispatchProxy
{
    public const string Tenant = "default";
    public const string ExecutionId = "e1";
    public const string WorkflowId = "w1";

    private EventFeed _feed = null!;
    private readonly List<JournalEntry> _journal = [];
    private ExecutionStatus _status = ExecutionStatus.Running;

    /// <summary>Called once each, at the beginning of a read: what it commits is in what is read.</summary>
    public Queue<Action> BeforeReads { get; } = new();

    /// <summary>Called once each, at the end of a read: what it commits is not in what is read.</summary>
    public Queue<Action> AfterReads { get; } = new();

    public long LastSeq => _journal.Count == 0 ? 0 : _journal[^1].LastSeq;

    /// <summary>The store of one execution, and a feed that it tells of what is committed.</summary>
    public static (IStore Store, RacingStore Control, EventFeed Feed) Create()
    {
        var store = Create<IStore, RacingStore>();
        var control = (RacingStore)store;
        control._feed = new EventFeed(store);
        return (store, control, control._feed);
    }

    /// <summary>Commits some events, and tells the followers, unless they miss it.</summary>
    public void Commit(int count, bool ends = false, bool isTold = true)
    {
        var first = LastSeq + 1;
        var events = Enumerable.Range(0, count).Select(i => $$"""{"seq":{{first + i}},"type":"{{(ends && i == count - 1 ? "workflow_completed" : "log")}}","time":"2026-01-01T00:00:00Z","data":null}""");
        var entry = new JournalEntry(first, first + count - 1, new JsonText(Encoding.UTF8.GetBytes($"[{string.Join(',', events)}]")));
        _journal.Add(entry);
        if (ends)
            _status = ExecutionStatus.Completed;
        if (isTold)
            _feed.Committed(new ExecutionIdentity(Tenant, ExecutionId, WorkflowId, 1), entry.Events.Utf8.Span, JournalText.Marks(entry.Events.Utf8.Span));
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod?.Name switch
    {
        nameof(IStore.ReadExecutionAsync) => new ValueTask<ExecutionRecord?>(new ExecutionRecord { Tenant = Tenant, Id = ExecutionId, WorkflowId = WorkflowId, Status = _status, Seq = LastSeq }),
        nameof(IStore.ReadJournalAsync) => new ValueTask<IReadOnlyList<JournalEntry>>(ReadJournal((long)args![2]!, (int)args[3]!)),
        var other => throw new NotSupportedException(other),
    };

    private List<JournalEntry> ReadJournal(long afterSeq, int limit)
    {
        if (BeforeReads.TryDequeue(out var before))
            before();
        var read = _journal.Where(entry => entry.LastSeq > afterSeq).Take(limit).ToList();
        if (AfterReads.TryDequeue(out var after))
            after();
        return read;
    }
}
