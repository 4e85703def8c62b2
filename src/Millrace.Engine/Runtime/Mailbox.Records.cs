using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Engine.Budgets;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Budgets;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Engine.Runtime;

// What is written of an execution.
internal sealed partial class Mailbox
{
    private ExecutionRecord _record;
    private long _committedSeq;
    // The text of the events that are being committed, and what holds it.
    private ReadOnlyMemory<byte> _journaled;
    private byte[]? _journal;
    // Where in that text the events are; empty if nobody followed anything when it was written.
    private readonly List<EventMark> _marks = [];
    private Spending _storedSpending;
    private int _storedSignals;
    private long _snapshotSeq;

    private CreateExecution Creating(Admission? admission, IdempotencyKey? idempotency) => new(_record, Serialize())
    {
        Admission = admission,
        Idempotency = idempotency,
        Messages = OutgoingMessages(),
        Waits = _waits.Changes(_machine.Events, _machine.Stopped, _state),
        Runs = RunsIfLong(),
        // Last: what was written above is among them.
        Blobs = _values.TakeKept(),
    };

    private AdvanceExecution Advance() => new(_record.Tenant, _record.Id, _host.Epoch, _committedSeq)
    {
        WorkflowId = _record.WorkflowId,
        Entry = _machine.Events.Count == 0 ? null : Serialize(),
        Status = _state.Status,
        NewOwner = _isLetGo ? 0 : _host.Epoch,
        WakeAt = _isLetGo ? _state.NextDue() : null,
        CurrentStep = _state.CurrentStep,
        Version = _state.Identity.WorkflowVersion == _record.Version ? null : _state.Identity.WorkflowVersion,
        TotalNodes = _state.Graph.Size,
        CompletedNodes = _state.CompletedNodes,
        StartedAt = _state.StartedAt,
        Update = UpdateIfChanged(),
        // Before those that are consumed are taken out.
        KnownMessages = _hasTimePassed ? _messages?.Known ?? 0 : null,
        ConsumedMessages = _messages?.Tracker.Take(all: _state.Status.IsTerminal()) ?? [],
        Messages = OutgoingMessages(),
        Waits = _waits.Changes(_machine.Events, _machine.Stopped, _state),
        GivenUp = _computations.GivenUp(_machine.Events, _machine.Stopped, _state),
        Settlements = Settlements(),
        Signals = SignalsIfChanged(),
        Snapshot = SnapshotIfDue(),
        Runs = RunsIfLong(),
        // Last: what was written above is among them.
        Blobs = _values.TakeKept(),
    };

    private IReadOnlyList<BudgetSettlement> Settlements()
    {
        var charges = BudgetCharges.Of(_machine.Events, _machine.Stopped);
        return _effects?.TakeReleased(charges) ?? charges;
    }

    private JournalEntry Serialize()
    {
        _marks.Clear();
        var marks = _host.Feed.HasFollowers ? _marks : null;
        _journaled = EventJson.ToUtf8(_machine.Events, _state.Graph, _values, marks, ref _journal);
        _journaledBytes += _journaled.Length;
        _runs?.Journaled(_journaled.Length);
        return new(_committedSeq + 1, _state.Seq, new JsonText(_journaled));
    }

    /// <summary>The execution as the commit that creates it leaves it.</summary>
    private ExecutionRecord RecordNow() => RecordWith(Update());

    /// <summary>The execution as the last commit leaves it.</summary>
    private ExecutionRecord RecordWith(ExecutionUpdate update) => _record with
    {
        Status = _state.Status,
        Seq = _state.Seq,
        Owner = _isLetGo ? 0 : _host.Epoch,
        WakeAt = _isLetGo ? _state.NextDue() : null,
        CurrentStep = _state.CurrentStep,
        Version = _state.Identity.WorkflowVersion,
        TotalNodes = _state.Graph.Size,
        CompletedNodes = _state.CompletedNodes,
        StartedAt = _state.StartedAt,
        CompletedAt = _state.CompletedAt,
        Variables = update.Variables,
        Result = update.Result,
        Error = update.Error,
        Cost = update.Cost,
    };

    private ExecutionUpdate? UpdateIfChanged()
    {
        if (!_state.Status.IsTerminal() && !AreVariablesDue && _storedSpending == _state.Spending)
            return null;
        _storedSpending = _state.Spending;
        return Update();
    }

    private ExecutionUpdate Update()
    {
        var duration = _state.CompletedAt is { } end && _state.StartedAt is { } start ? (long)(end - start).TotalMilliseconds : 0;
        var (error, cost) = (Json(_state.Error?.ToValue()), Json(_state.Spending.ToValue()));
        return new(StoredVariables(), Stored(_state.Result), error, cost, _state.CompletedAt, duration);
    }

    private IReadOnlyList<AppendInbox> OutgoingMessages() => _machine.Messages.Count == 0 ? [] :
        [.. _machine.Messages.Select(message => _host.ToInbox(_record.Tenant, message, _values.Pending))];

    private JsonText Stored(Value value) => value.IsNull ? default : new JsonText(_values.ToUtf8(value));

    // Of one that ends too: whoever looks at it later reads that instead of the journal.
    private ExecutionSnapshot? SnapshotIfDue()
    {
        // While the machine has more to do at once nobody comes back but after a crash. Further apart as it grows, so that all snapshots
        // together cost no more than twice the last.
        var apart = _machine.IsUnfinished ? ExecutionHistory.SnapshotEveryUnfinished : ExecutionHistory.SnapshotEvery;
        if (_state.Seq - _snapshotSeq < Math.Max(apart, _snapshotSeq))
            return null;
        _snapshotSeq = _state.Seq;
        return new ExecutionSnapshot(_state.Seq, new JsonText(_values.ToUtf8AroundKnown(_state.ToSnapshot())));
    }

    private NodeRunChanges? RunsIfLong() => _runs?.Take(_values.HasKept, _host.Options.MaxEventsWithoutRuns);

    private int? SignalsIfChanged()
    {
        if (_storedSignals == _state.Received.Count)
            return null;
        return _storedSignals = _state.Received.Count;
    }

    private static JsonText Json(Value value) => value.IsNull ? default : new JsonText(value.ToUtf8());
}
