using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Writing;

/// <summary>
/// Deletes executions: first what others can see of them, then, in pieces of bounded size, their journals, their node runs and their
/// references to blobs, which may be many.
/// </summary>
internal sealed class ExecutionDeleter(Connection connection, EndedWriter ended, WaitWriter waits, FeedIndex feed, BudgetWriter budgets)
{
    private readonly Statement _status = connection.Prepare("select status, workflow_id from executions where id = ? and tenant = ?");

    private readonly Statement[] _deleteHead =
    [
        connection.Prepare("delete from executions where id = ?"),
        connection.Prepare("delete from execution_data where execution_id = ?"),
        connection.Prepare("delete from snapshots where execution_id = ?"),
        connection.Prepare("delete from inbox where execution_id = ?"),
    ];

    private readonly Statement _remember = connection.Prepare("insert into deletions (execution_id, tenant, workflow_id) values (?, ?, ?)");
    private readonly Statement _remembered = connection.Prepare("select execution_id, tenant, workflow_id from deletions limit ?");
    private readonly Statement _forget = connection.Prepare("delete from deletions where execution_id = ?");

    // Never the last row of all: its position would be given to the next one, which readers that have seen it would then miss.
    private readonly Statement _deleteEvents = connection.Prepare("""
        delete from journal where position in
          (select position from journal where execution_id = ? and position < (select max(position) from journal) limit ?)
        returning position
        """);

    private readonly Statement _deleteRuns = connection.Prepare(
        "delete from node_runs where execution_id = ?1 and number in (select number from node_runs where execution_id = ?1 limit ?2)");

    private readonly Statement _hasEvents = connection.Prepare("select 1 from journal where execution_id = ? limit 1");
    private readonly Statement _blobs = connection.Prepare("select blob_id from blob_references where execution_id = ? limit ?");
    private readonly Statement _deleteBlob = connection.Prepare("delete from blob_references where execution_id = ? and blob_id = ?");
    private readonly Statement _isReferred = connection.Prepare("select 1 from blob_references where blob_id = ? limit 1");

    public CommitResult Apply(DeleteExecutions delete) => new CommitResult.Deleted([.. delete.Ids.Select(id => Delete(delete.Tenant, id))]);

    public CommitResult Apply(PurgeDeleted purge)
    {
        List<string> freed = [];
        var rows = purge.Rows;
        var removed = 0;
        foreach (var deletion in ReadDeletions(purge.Rows))
        {
            if (rows <= 0)
                break;
            var some = Purge(deletion, rows, freed);
            rows -= Math.Max(some, 1);
            removed += some;
        }
        return new CommitResult.Purged(freed, HasMore: rows <= 0 && removed > 0);
    }

    private WriteOutcome Delete(string tenant, string id)
    {
        if (!_status.Bind(id).Bind(tenant).Step())
            return WriteOutcome.NotFound;
        var (status, workflowId) = (_status.Text(0), _status.Text(1));
        _status.Reset();
        if (StatusNames.ParseExecution(status)?.IsTerminal() != true)
            return WriteOutcome.NotEnded;
        ended.Deleted(id);
        foreach (var statement in _deleteHead)
            statement.Bind(id).Run();
        waits.Delete(tenant, id);
        budgets.Deleted(tenant, id);
        _remember.Bind(id).Bind(tenant).Bind(workflowId).Run();
        return WriteOutcome.Done;
    }

    /// <summary>Removes some of what is left of one.</summary>
    /// <returns>The number of rows deleted.</returns>
    private int Purge(Deletion deletion, int limit, List<string> freed)
    {
        var id = deletion.ExecutionId;
        var removed = DeleteEvents(deletion, limit);
        if (removed < limit)
            removed += _deleteRuns.Bind(id).Bind(limit - removed).Run();
        if (removed < limit)
        {
            foreach (var blob in ReadTexts(_blobs.Bind(id).Bind(limit - removed)))
            {
                _deleteBlob.Bind(id).Bind(blob).Run();
                removed++;
                if (ReadTexts(_isReferred.Bind(blob)).Count == 0)
                    freed.Add(blob);
            }
        }
        if (removed < limit && ReadTexts(_hasEvents.Bind(id)).Count == 0)
        {
            _forget.Bind(id).Run();
            removed++;
        }
        return removed;
    }

    private int DeleteEvents(Deletion deletion, int limit)
    {
        List<long> positions = [];
        _deleteEvents.Bind(deletion.ExecutionId).Bind(limit);
        while (_deleteEvents.Step())
            positions.Add(_deleteEvents.Long(0));
        if (deletion is { Tenant: { } tenant, WorkflowId: { } workflowId })
            positions.ForEach(position => feed.Removed(tenant, workflowId, position));
        return positions.Count;
    }

    private List<Deletion> ReadDeletions(int limit)
    {
        List<Deletion> deletions = [];
        _remembered.Bind(limit);
        while (_remembered.Step())
            deletions.Add(new Deletion(_remembered.Text(0), _remembered.TextOrNull(1), _remembered.TextOrNull(2)));
        return deletions;
    }

    private static List<string> ReadTexts(Statement statement)
    {
        List<string> texts = [];
        while (statement.Step())
            texts.Add(statement.Text(0));
        return texts;
    }

    // Of one that began before an upgrade it is not known whose it was.
    private readonly record struct Deletion(string ExecutionId, string? Tenant, string? WorkflowId);
}
