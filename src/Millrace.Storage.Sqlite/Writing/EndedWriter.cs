using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Writing;

/// <summary>
/// Lists executions by when they ended, from the moment that a retention is set: who keeps everything pays nothing for it. What had ended
/// before is listed afterwards, in pieces, up to a cursor that is stored with each.
/// </summary>
internal sealed class EndedWriter
{
    // No id comes after it.
    private const string AllListed = "~";

    private readonly Statement _insert;
    private readonly Statement _delete;
    private readonly Statement _readCursor;
    private readonly Statement _writeCursor;
    private readonly Statement _pieceEnd;
    private readonly Statement _listPiece;

    // Null: no retention was ever set.
    private string? _cursor;

    public EndedWriter(Connection connection)
    {
        _insert = connection.Prepare("insert into ended (tenant, workflow_id, status, completed_at, execution_id) values (?, ?, ?, ?, ?) on conflict do nothing");
        _delete = connection.Prepare("""
            delete from ended where (tenant, workflow_id, status, completed_at, execution_id) in
              (select tenant, workflow_id, status, completed_at, id from executions where id = ?)
            """);
        _readCursor = connection.Prepare("select value from meta where name = 'ended_listed_to'");
        _writeCursor = connection.Prepare("insert into meta values ('ended_listed_to', ?) on conflict (name) do update set value = excluded.value");
        _pieceEnd = connection.Prepare("select id from executions where id > ? order by id limit 1 offset ?");
        _listPiece = connection.Prepare("""
            insert into ended (tenant, workflow_id, status, completed_at, execution_id)
            select tenant, workflow_id, status, completed_at, id from executions
             where id > ?1 and id <= ?2 and completed_at is not null and status in ('completed', 'failed', 'cancelled')
            on conflict do nothing
            """);
        Load();
    }

    /// <summary>Reads where the listing stands; also after a transaction was rolled back, which may have begun it.</summary>
    public void Load()
    {
        _cursor = _readCursor.Step() ? _readCursor.Text(0) : null;
        _readCursor.Reset();
    }

    /// <summary>Begins to list.</summary>
    public void Begin()
    {
        if (_cursor is null)
            MoveTo("");
    }

    public void Ended(string tenant, string workflowId, ExecutionStatus status, DateTimeOffset? completedAt, string id)
    {
        if (_cursor is not null && completedAt is { } at)
            _insert.Bind(tenant).Bind(workflowId).Bind(status.Name()).Bind(at).Bind(id).Run();
    }

    /// <summary>Takes one off, which must still be there.</summary>
    public void Deleted(string id)
    {
        if (_cursor is not null)
            _delete.Bind(id).Run();
    }

    public CommitResult Apply(IndexEnded index)
    {
        if (index.Begin)
            Begin();
        if (_cursor is null or AllListed)
            return new CommitResult.Indexed(HasMore: false);
        _pieceEnd.Bind(_cursor).Bind(index.Limit - 1);
        var hasMore = _pieceEnd.Step();
        var end = hasMore ? _pieceEnd.Text(0) : AllListed;
        _pieceEnd.Reset();
        _listPiece.Bind(_cursor).Bind(end).Run();
        MoveTo(end);
        return new CommitResult.Indexed(hasMore);
    }

    private void MoveTo(string cursor)
    {
        _writeCursor.Bind(cursor).Run();
        _cursor = cursor;
    }
}
