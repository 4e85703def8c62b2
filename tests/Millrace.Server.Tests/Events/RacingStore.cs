using System.Reflection;
using System.Text;
using Millrace.Core.Executions;
using Millrace.Engine.Events;
using Millrace.Engine.Storage;

namespace Millrace.Server.Tests.Events;

/// <summary>One execution's journal, to which something is committed at the very moment that somebody reads it.</summary>
public class RacingStore : DispatchProxy
{
    public const string Tenant = "default";
    public const string ExecutionId = "e1";
    public const string WorkflowId = "w1";

    private LiveEvents _live = new();
    private readonly List<JournalEntry> _journal = [];
    private ExecutionStatus _status = ExecutionStatus.Running;

    /// <summary>Called once each, at the beginning of a read: what it commits is in what is read.</summary>
    public Queue<Action> BeforeReads { get; } = new();

    /// <summary>Called once each, at the end of a read: what it commits is not in what is read.</summary>
    public Queue<Action> AfterReads { get; } = new();

    public long LastSeq => _journal.Count == 0 ? 0 : _journal[^1].LastSeq;

    /// <summary>The store of one execution, which tells some subscribers.</summary>
    public static (IStore Store, RacingStore Control) Create(LiveEvents live)
    {
        var store = Create<IStore, RacingStore>();
        var control = (RacingStore)store;
        control._live = live;
        return (store, control);
    }

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
            _live.Publish(new LiveBatch(Tenant, WorkflowId, ExecutionId, entry, ends));
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
