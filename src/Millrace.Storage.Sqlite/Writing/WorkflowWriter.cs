using System.Text.Json;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Storage.Sqlite.Connections;
using Millrace.Storage.Sqlite.Limits;

namespace Millrace.Storage.Sqlite.Writing;

/// <summary>Saves, switches and deletes workflows.</summary>
internal sealed class WorkflowWriter(Connection connection, EndedWriter ended, Admissions admissions)
{
    private readonly RetentionWriter _retention = new(connection, ended);

    private readonly Statement _find = connection.Prepare(
        "select version, deleted_at is not null from workflows where tenant = ? and id = ?");

    private readonly Statement _insert = connection.Prepare("""
        insert into workflows (name, description, tags, is_active, is_draft, version, updated_at, tenant, id, owner, created_at)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?7)
        """);

    private readonly Statement _update = connection.Prepare("""
        update workflows set name = ?, description = ?, tags = ?, is_active = ?, is_draft = ?, version = ?, updated_at = ?
         where tenant = ? and id = ?
        """);

    private readonly Statement _insertVersion = connection.Prepare("""
        insert into workflow_versions (tenant, workflow_id, version, document, format, is_draft, created_at, created_by)
        values (?, ?, ?, ?, ?, ?, ?, ?)
        """);

    private readonly Statement _activate = connection.Prepare(
        "update workflows set is_active = ?, updated_at = ? where tenant = ? and id = ?");

    private readonly Statement _delete = connection.Prepare(
        "update workflows set is_active = 0, deleted_at = ? where tenant = ? and id = ?");

    public CommitResult Apply(SaveWorkflow save)
    {
        var workflow = save.Workflow;
        var found = Find(workflow.Tenant, workflow.Id);
        if (found is { IsDeleted: true })
            return CommitResult.Refused(WriteOutcome.Conflict);
        if (found is null && save.ExpectedVersion > 0)
            return CommitResult.Refused(WriteOutcome.NotFound);
        if (save.ExpectedVersion is { } expected && expected != (found?.Version ?? 0))
            return CommitResult.Refused(WriteOutcome.Conflict);

        var version = (found?.Version ?? 0) + 1;
        SaveHead(workflow, version, created: found is null);
        SaveVersion(save, version);
        var makesRoom = !workflow.IsDraft && admissions.LimitWorkflow(workflow.Tenant, workflow.Id, save.Concurrency);
        if (save.Retention is { } retention)
            _retention.Replace(workflow.Tenant, workflow.Id, retention);
        return new CommitResult.Saved(version, Created: found is null) { MakesRoom = makesRoom };
    }

    public CommitResult Apply(ActivateWorkflow activate)
    {
        if (Find(activate.Tenant, activate.Id) is not { IsDeleted: false })
            return CommitResult.Refused(WriteOutcome.NotFound);
        _activate.Bind(activate.IsActive).Bind(activate.Now).Bind(activate.Tenant).Bind(activate.Id).Run();
        return CommitResult.Done;
    }

    public CommitResult Apply(DeleteWorkflow delete)
    {
        if (Find(delete.Tenant, delete.Id) is not { IsDeleted: false } found)
            return CommitResult.Refused(WriteOutcome.NotFound);
        if (delete.ExpectedVersion is { } expected && expected != found.Version)
            return CommitResult.Refused(WriteOutcome.Conflict);
        _delete.Bind(delete.Now).Bind(delete.Tenant).Bind(delete.Id).Run();
        return CommitResult.Done;
    }

    private Head? Find(string tenant, string id)
    {
        _find.Bind(tenant).Bind(id);
        Head? head = _find.Step() ? new Head(_find.Int(0), _find.Bool(1)) : null;
        _find.Reset();
        return head;
    }

    private void SaveHead(WorkflowRecord workflow, int version, bool created)
    {
        var statement = (created ? _insert : _update)
            .Bind(workflow.Name).Bind(workflow.Description).Bind(JsonSerializer.Serialize(workflow.Tags))
            .Bind(workflow.IsActive).Bind(workflow.IsDraft).Bind(version).Bind(workflow.UpdatedAt)
            .Bind(workflow.Tenant).Bind(workflow.Id);
        if (created)
            statement.Bind(workflow.Owner);
        statement.Run();
    }

    private void SaveVersion(SaveWorkflow save, int version)
    {
        var workflow = save.Workflow;
        _insertVersion
            .Bind(workflow.Tenant).Bind(workflow.Id).Bind(version).Bind(workflow.Document).Bind(workflow.Format)
            .Bind(workflow.IsDraft).Bind(workflow.UpdatedAt).Bind(save.SavedBy)
            .Run();
    }

    private sealed record Head(int Version, bool IsDeleted);
}
