using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Storage.Sqlite.Connections;
using Millrace.Storage.Sqlite.Limits;

namespace Millrace.Storage.Sqlite.Writing;

/// <summary>Moves executions on. The guarded update comes first; where it changes no row, nothing else is written.</summary>
internal sealed class ExecutionAdvancer(
    Connection connection, StatisticsWriter statistics, EndedWriter ended, InboxAppender inbox, Admissions admissions,
    WaitWriter waits, CacheWriter cache, BudgetWriter budgets, JournalWriter journal)
{
    private readonly BlobReferenceWriter _blobs = new(connection);
    private readonly SnapshotWriter _snapshots = new(connection);
    private readonly NodeRunWriter _runs = new(connection);

    // Most commits change neither the owner nor the status. Leaving those columns out spares the indexes on them.
    private readonly Statement _continue = connection.Prepare("""
        update executions
           set seq = ?, current_step = ?, total_nodes = ?, completed_nodes = ?, started_at = ?
         where id = ? and tenant = ? and seq = ? and owner = ? and status = ? and owner > 0
        """);

    private readonly Statement _advance = connection.Prepare("""
        update executions
           set seq = ?, current_step = ?, total_nodes = ?, completed_nodes = ?, started_at = ?,
               status = ?, owner = ?, wake_at = ?, completed_at = ?
         where id = ? and tenant = ? and seq = ? and owner = ? and owner > 0
        """);

    private readonly Statement _update = connection.Prepare("""
        update execution_data
           set variables = coalesce(?, variables), result = coalesce(?, result), error = coalesce(?, error), cost = coalesce(?, cost)
         where execution_id = ?
        """);

    private readonly Statement _signals = connection.Prepare("update execution_data set signals = ? where execution_id = ?");

    private readonly Statement _version = connection.Prepare("update executions set version = ? where id = ?");

    private readonly Statement _consume = connection.Prepare("delete from inbox where id = ? and execution_id = ?");

    private readonly Statement _wakeForInbox = connection.Prepare(
        "update executions set wake_at = 0 where id = ?1 and exists (select 1 from inbox where execution_id = ?1)");

    private readonly Statement _more = connection.Prepare("select 1 from inbox where execution_id = ? limit 1 offset ?");

    public CommitResult Apply(AdvanceExecution advance)
    {
        if (advance.KnownMessages is { } known && HasMore(advance.ExecutionId, known))
            return CommitResult.Refused(WriteOutcome.UnreadMessages);
        if (!Continue(advance) && !Advance(advance))
            return CommitResult.Refused(WriteOutcome.Fenced);

        if (advance.Entry is { } entry)
            journal.Append(advance.Tenant, advance.WorkflowId, advance.ExecutionId, entry);
        if (advance.Update is { } update)
            Update(advance.ExecutionId, update);
        _blobs.Add(advance.ExecutionId, advance.Blobs);
        _snapshots.Replace(advance.ExecutionId, advance.Snapshot);
        _runs.Apply(advance.ExecutionId, advance.Runs);
        foreach (var message in advance.ConsumedMessages)
            _consume.Bind(message).Bind(advance.ExecutionId).Run();
        if (advance.Signals is { } signals)
            _signals.Bind(signals).Bind(advance.ExecutionId).Run();
        if (advance.Version is { } version)
            _version.Bind(version).Bind(advance.ExecutionId).Run();
        var result = inbox.Apply(advance.Messages);
        waits.Apply(advance.Tenant, advance.Waits);
        cache.GiveUp(advance.Tenant, advance.GivenUp);
        budgets.Settle(advance.Tenant, advance.ExecutionId, advance.Settlements);
        if (advance.Status.IsTerminal())
        {
            waits.Ended(advance.Tenant, advance.ExecutionId);
            budgets.Ended(advance.Tenant, advance.ExecutionId);
            statistics.Ended(advance.Tenant, advance.WorkflowId, advance.Status, advance.Update?.Duration ?? 0);
            ended.Ended(advance.Tenant, advance.WorkflowId, advance.Status, advance.Update?.CompletedAt, advance.ExecutionId);
            if (admissions.Release(advance.ExecutionId))
                return CommitResult.WithRoom(result);
        }
        else if (advance.NewOwner == 0)
        {
            _wakeForInbox.Bind(advance.ExecutionId).Run(); // A message that came while it was owned woke nobody.
        }
        return result;
    }

    private bool HasMore(string executionId, int known)
    {
        var hasMore = _more.Bind(executionId).Bind(known).Step();
        _more.Reset();
        return hasMore;
    }

    private bool Continue(AdvanceExecution advance) =>
        advance.NewOwner == advance.Owner
        && !advance.Status.IsTerminal()
        && Guard(Progress(_continue, advance), advance).Bind(advance.Status.Name()).Run() == 1;

    private bool Advance(AdvanceExecution advance)
    {
        var (owner, wakeAt) = ExecutionColumns.Ownership(advance.Status, advance.NewOwner, advance.WakeAt);
        var statement = Progress(_advance, advance)
            .Bind(advance.Status.Name()).Bind(owner).Bind(wakeAt).Bind(advance.Update?.CompletedAt);
        return Guard(statement, advance).Run() == 1;
    }

    private static Statement Progress(Statement statement, AdvanceExecution advance) =>
        statement
            .Bind(advance.Entry?.LastSeq ?? advance.ExpectedSeq)
            .Bind(advance.CurrentStep).Bind(advance.TotalNodes).Bind(advance.CompletedNodes).Bind(advance.StartedAt);

    private static Statement Guard(Statement statement, AdvanceExecution advance) =>
        statement.Bind(advance.ExecutionId).Bind(advance.Tenant).Bind(advance.ExpectedSeq).Bind(advance.Owner);

    private void Update(string executionId, ExecutionUpdate update)
    {
        if (update.Variables.IsEmpty && update.Result.IsEmpty && update.Error.IsEmpty && update.Cost.IsEmpty)
            return;
        _update
            .Bind(update.Variables).Bind(update.Result).Bind(update.Error).Bind(update.Cost)
            .Bind(executionId)
            .Run();
    }
}
