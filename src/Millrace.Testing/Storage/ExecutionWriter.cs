using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Testing.Storage;

/// <summary>Creates executions and moves them on.</summary>
internal sealed class ExecutionWriter(MemoryStoreData data, long epoch, MemoryAdmissions admissions, InboxWriter inbox)
{
    public CommitResult Apply(CreateExecution create)
    {
        // Who is no longer the owner may leave work for the one that is, but not begin it.
        if (create.Entry is not null && data.HasEnded(epoch))
            return CommitResult.Refused(WriteOutcome.Fenced);
        if (data.Executions.ContainsKey(create.Execution.Id))
            return CommitResult.Refused(WriteOutcome.Conflict);
        if (create.Admission is not { } admission)
            return Create(create, create.Execution, create.Entry, []);

        var (reason, heldAt, makesRoom) = admissions.Admit(create.Execution, admission);
        if (reason is not null)
        {
            var pending = admission.Pending with { WakeAt = (reason as PendingReason.Rate)?.Until, PendingReason = reason };
            Create(create, pending, entry: null, admission.Slots);
            data.Executions[create.Execution.Id].HeldAt = heldAt;
            return new CommitResult.Throttled(pending) { MakesRoom = makesRoom };
        }
        var result = Create(create, create.Execution, create.Entry, admission.Slots);
        if (create.Execution.Status.IsTerminal())
            makesRoom |= admissions.Release(data.Executions[create.Execution.Id]);
        return makesRoom ? CommitResult.WithRoom(result) : result;
    }

    public CommitResult Apply(AdvanceExecution advance)
    {
        if (data.Find(advance.Tenant, advance.ExecutionId) is not { Record: { Owner: > 0 } record } row || record.Owner != advance.Owner || record.Seq != advance.ExpectedSeq)
            return CommitResult.Refused(WriteOutcome.Fenced);
        if (row.Inbox.Count > advance.KnownMessages)
            return CommitResult.Refused(WriteOutcome.UnreadMessages);
        row.Record = Advanced(record, advance);
        Append(row, advance.Entry);
        data.RememberBlobs(advance.ExecutionId, advance.Blobs);
        row.Snapshot = advance.Snapshot ?? row.Snapshot;
        Put(row, advance.Runs);
        row.Signals = advance.Signals ?? row.Signals;
        if (!advance.ConsumedMessages.IsEmpty)
            row.Inbox.RemoveAll(message => advance.ConsumedMessages.Contains(message.Id));
        var result = inbox.Apply(advance.Messages);
        WaitTable.Apply(data, advance.Tenant, advance.Waits);
        CacheTable.GiveUp(data, advance.Tenant, advance.GivenUp);
        data.Budgets.Settle(advance.Tenant, advance.ExecutionId, advance.Settlements);
        if (advance.Status.IsTerminal())
        {
            End(row, advance.WorkflowId, advance.Update?.Duration ?? 0);
            if (admissions.Release(row))
                return CommitResult.WithRoom(result);
        }
        else if (advance.NewOwner == 0 && row.Inbox.Count > 0)
        {
            // A message that came while it was owned woke nobody.
            row.Record = row.Record with { WakeAt = DateTimeOffset.UnixEpoch };
        }
        return result;
    }

    private static ExecutionRecord Advanced(ExecutionRecord record, AdvanceExecution advance)
    {
        var update = advance.Update;
        var (owner, wakeAt) = Ownership(advance.Status, advance.NewOwner, advance.WakeAt);
        return record with
        {
            Seq = advance.Entry?.LastSeq ?? advance.ExpectedSeq,
            Status = advance.Status,
            Owner = owner,
            WakeAt = wakeAt,
            Version = advance.Version ?? record.Version,
            CurrentStep = advance.CurrentStep,
            TotalNodes = advance.TotalNodes,
            CompletedNodes = advance.CompletedNodes,
            StartedAt = advance.StartedAt,
            CompletedAt = update?.CompletedAt,
            Variables = Or(update?.Variables, record.Variables),
            Result = Or(update?.Result, record.Result),
            Error = Or(update?.Error, record.Error),
            Cost = Or(update?.Cost, record.Cost),
        };
    }

    private CommitResult Create(CreateExecution create, ExecutionRecord execution, JournalEntry? entry, IReadOnlyList<SlotLimit> slots)
    {
        var (owner, wakeAt) = Ownership(execution.Status, execution.Owner, execution.WakeAt);
        var row = new ExecutionRow(execution with { Owner = owner, WakeAt = wakeAt }) { Slots = slots };
        data.Executions.Add(execution.Id, row);
        data.RememberBlobs(execution.Id, create.Blobs);
        var result = CommitResult.Done;
        if (entry is not null)
        {
            Append(row, entry);
            row.Snapshot = create.Snapshot;
            Put(row, create.Runs);
            result = inbox.Apply(create.Messages);
            WaitTable.Apply(data, execution.Tenant, create.Waits);
        }
        Count(execution);
        if (execution.Status.IsTerminal())
            End(row, execution.WorkflowId, execution.CompletedAt is { } end ? (long)(end - (execution.StartedAt ?? execution.CreatedAt)).TotalMilliseconds : 0);
        return result;
    }

    private void Append(ExecutionRow row, JournalEntry? appended)
    {
        if (appended is not { } entry)
            return;
        // The writer uses its buffer again.
        entry = entry with { Events = new JsonText(entry.Events.Utf8.ToArray()) };
        row.Journal.Add(entry);
        data.Feed.Add(new FeedRow(row.Record.Tenant, new FeedEntry(data.Feed.Count + 1, row.Record.Id, row.Record.WorkflowId, entry)));
    }

    private static void Put(ExecutionRow row, NodeRunChanges? changes)
    {
        foreach (var run in changes?.Changed ?? [])
            row.Runs[run.Number] = run;
        foreach (var number in changes?.Gone ?? [])
            row.Runs.Remove(number);
    }

    private void Count(ExecutionRecord execution)
    {
        var key = (execution.Tenant, execution.WorkflowId);
        var statistics = data.Statistics.GetValueOrDefault(key);
        data.Statistics[key] = statistics with { Total = statistics.Total + 1 };
        if (!data.LastExecuted.TryGetValue(key, out var last) || last < execution.CreatedAt)
            data.LastExecuted[key] = execution.CreatedAt;
    }

    private void End(ExecutionRow row, string workflowId, long duration)
    {
        var record = row.Record;
        var statistics = data.Statistics.GetValueOrDefault((record.Tenant, workflowId));
        data.Statistics[(record.Tenant, workflowId)] = statistics with
        {
            Completed = statistics.Completed + (record.Status == ExecutionStatus.Completed ? 1 : 0),
            Failed = statistics.Failed + (record.Status == ExecutionStatus.Failed ? 1 : 0),
            Cancelled = statistics.Cancelled + (record.Status == ExecutionStatus.Cancelled ? 1 : 0),
            TotalDuration = statistics.TotalDuration + duration,
        };
        row.IsListed = data.ListedTo is not null;
        WaitTable.Ended(data, record.Tenant, record.Id);
        data.Budgets.Ended(record.Tenant, record.Id);
    }

    // One that has ended has neither an owner nor a wake time, and only one that nobody owns has a wake time.
    private static (long Owner, DateTimeOffset? WakeAt) Ownership(ExecutionStatus status, long owner, DateTimeOffset? wakeAt) =>
        status.IsTerminal() ? (0, null) : (owner, owner == 0 ? wakeAt : null);

    private static JsonText Or(JsonText? given, JsonText known) => given is { IsEmpty: false } text ? text : known;
}
