using System.Diagnostics;
using System.Text.Json;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Storage.Sqlite.Connections;
using Millrace.Storage.Sqlite.Reading;

namespace Millrace.Storage.Sqlite.Writing;

/// <summary>Opens, answers and closes waits for the outside.</summary>
internal sealed class WaitWriter(Connection connection, InboxAppender inbox, TaskWriter tasks)
{
    private const string Insert = """
        insert into waits (tenant, id, execution_id, workflow_id, node_id, iteration, kind, title, message, assignees, form, created_at, due_at, status)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open')
        """;

    private readonly Statement _insert = connection.Prepare(Insert);

    private readonly Statement _open = connection.Prepare(Insert + """
         on conflict (tenant, id) do update
           set kind = excluded.kind, title = excluded.title, message = excluded.message, assignees = excluded.assignees, form = excluded.form,
               created_at = excluded.created_at, due_at = excluded.due_at, status = 'open',
               decision = null, comment = null, data = null, answered_by = null, answered_at = null
         where waits.status = 'closed'
        """);

    private readonly Statement _find = connection.Prepare("select status from waits where tenant = ? and id = ?");

    private readonly Statement _answer = connection.Prepare("""
        update waits set status = 'answered', decision = ?, comment = ?, data = ?, answered_by = ?, answered_at = ? where tenant = ? and id = ?
        """);

    private readonly Statement _take = connection.Prepare("update waits set status = 'answered' where tenant = ? and id = ? and status = 'open'");

    private readonly Statement _close = connection.Prepare("update waits set status = 'closed' where tenant = ? and id = ?");

    private readonly Statement _closeAll = connection.Prepare("""
        update waits set status = 'closed' where tenant = ? and id > ? and id < ? and execution_id = ? and status = 'open'
        """);

    private readonly Statement _delete = connection.Prepare("delete from waits where tenant = ? and id > ? and id < ? and execution_id = ?");

    public CommitResult Apply(AnswerWait write)
    {
        var status = Status(write.Tenant, write.WaitId);
        if (status is not (null or "open"))
            return CommitResult.Refused(WriteOutcome.Conflict);
        if (status is null && write.Early is null)
            return CommitResult.Refused(WriteOutcome.NotFound);
        var appended = inbox.Apply(write.Message);
        if (appended.Outcome != WriteOutcome.Done)
            return appended;
        if (status is null)
            Bind(_insert, write.Early!).Run();
        var answer = write.Answer;
        _answer
            .Bind(answer.Decision).Bind(answer.Comment).Bind(answer.Data).Bind(answer.By).Bind(answer.At)
            .Bind(write.Tenant).Bind(write.WaitId)
            .Run();
        return appended;
    }

    /// <summary>Does what a commit of an execution says of its waits.</summary>
    public void Apply(string tenant, IReadOnlyList<WaitChange> changes)
    {
        for (var index = 0; index < changes.Count; index++)
        {
            switch (changes[index])
            {
                case WaitChange.Opened opened: Bind(_open, opened.Wait).Run(); break;
                case WaitChange.Taken taken: _take.Bind(tenant).Bind(taken.Id).Run(); break;
                case WaitChange.Closed closed: _close.Bind(tenant).Bind(closed.Id).Run(); break;
                case WaitChange.Queued queued: tasks.Queue(queued.Task); break;
                case WaitChange.Finished finished: tasks.Finish(tenant, finished.Id); break;
                case var other: throw new UnreachableException($"No way to write a {other.GetType().Name}.");
            }
        }
    }

    /// <summary>An execution has ended: nothing of it can be answered any more.</summary>
    public void Ended(string tenant, string executionId)
    {
        Run(_closeAll, tenant, executionId);
        tasks.Ended(tenant, executionId);
    }

    /// <summary>An execution is deleted.</summary>
    public void Delete(string tenant, string executionId)
    {
        Run(_delete, tenant, executionId);
        tasks.Delete(tenant, executionId);
    }

    private static void Run(Statement statement, string tenant, string executionId) =>
        statement.Bind(tenant).Bind(WaitRange.After(executionId)).Bind(WaitRange.Before(executionId)).Bind(executionId).Run();

    private string? Status(string tenant, string id)
    {
        _find.Bind(tenant).Bind(id);
        var status = _find.Step() ? _find.Text(0) : null;
        _find.Reset();
        return status;
    }

    private static Statement Bind(Statement statement, WaitRecord wait) =>
        statement
            .Bind(wait.Tenant).Bind(wait.Id).Bind(wait.ExecutionId).Bind(wait.WorkflowId).Bind(wait.NodeId).Bind(wait.Iteration).Bind(wait.Kind)
            .Bind(wait.Title).Bind(wait.Message).Bind(JsonSerializer.Serialize(wait.Assignees)).Bind(wait.Form).Bind(wait.CreatedAt).Bind(wait.DueAt);
}
