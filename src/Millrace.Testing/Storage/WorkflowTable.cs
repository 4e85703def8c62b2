using System.Collections.Immutable;
using System.Globalization;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Testing.Storage;

/// <summary>Saves, switches, deletes and reads workflows.</summary>
internal static class WorkflowTable
{
    public static CommitResult Apply(MemoryStoreData data, SaveWorkflow save, MemoryAdmissions admissions)
    {
        var workflow = save.Workflow;
        data.Workflows.TryGetValue((workflow.Tenant, workflow.Id), out var row);
        if (row is { IsDeleted: true })
            return CommitResult.Refused(WriteOutcome.Conflict);
        if (row is null && save.ExpectedVersion > 0)
            return CommitResult.Refused(WriteOutcome.NotFound);
        if (save.ExpectedVersion is { } expected && expected != (row?.Record.Version ?? 0))
            return CommitResult.Refused(WriteOutcome.Conflict);

        var created = row is null;
        var version = (row?.Record.Version ?? 0) + 1;
        if (row is null)
            data.Workflows.Add((workflow.Tenant, workflow.Id), row = new WorkflowRow(workflow with { CreatedAt = workflow.UpdatedAt }));
        row.Record = workflow with { Version = version, Owner = row.Record.Owner, CreatedAt = row.Record.CreatedAt, LastExecuted = null, Stats = default };
        row.Versions.Add(new WorkflowVersion(version, workflow.Document, workflow.Format, workflow.IsDraft, workflow.UpdatedAt, save.SavedBy));
        var makesRoom = !workflow.IsDraft
            && admissions.Limit(
                slot =>
                    string.Equals(slot.Tenant, workflow.Tenant, StringComparison.Ordinal)
                        && string.Equals(slot.Scope.WorkflowId, workflow.Id, StringComparison.Ordinal),
                save.Concurrency);
        if (save.Retention is { } retention)
            RetentionTable.Replace(data, row, retention);
        return new CommitResult.Saved(version, created) { MakesRoom = makesRoom };
    }

    public static CommitResult Apply(MemoryStoreData data, ActivateWorkflow activate)
    {
        if (Seen(data, activate.Tenant, activate.Id) is not { } row)
            return CommitResult.Refused(WriteOutcome.NotFound);
        row.Record = row.Record with { IsActive = activate.IsActive, UpdatedAt = activate.Now };
        return CommitResult.Done;
    }

    public static CommitResult Apply(MemoryStoreData data, DeleteWorkflow delete)
    {
        if (Seen(data, delete.Tenant, delete.Id) is not { } row)
            return CommitResult.Refused(WriteOutcome.NotFound);
        if (delete.ExpectedVersion is { } expected && expected != row.Record.Version)
            return CommitResult.Refused(WriteOutcome.Conflict);
        row.Record = row.Record with { IsActive = false };
        row.IsDeleted = true;
        return CommitResult.Done;
    }

    public static WorkflowRecord? Find(MemoryStoreData data, string tenant, string id) => Seen(data, tenant, id) is { } row ? WithStatistics(data, row.Record) : null;

    public static WorkflowVersion? FindVersion(MemoryStoreData data, string tenant, string id, int version) =>
        data.Workflows.TryGetValue((tenant, id), out var row) ? row.Versions.Find(one => one.Version == version) : null;

    /// <summary>The cursor of this list is a version number.</summary>
    public static IReadOnlyList<WorkflowVersion> ListVersions(MemoryStoreData data, string tenant, string id, Page page)
    {
        if (Seen(data, tenant, id) is not { } row)
            return [];
        var isNumber = int.TryParse(page.After, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        var before = isNumber ? number : int.MaxValue;
        return [
            .. row.Versions.AsEnumerable()
            .Reverse()
            .Where(version => version.Version < before)
            .Skip(page.Offset)
            .Take(Math.Clamp(page.Limit, 1, Page.MaxLimit))
            .Select(version => version with { Document = default }),
        ];
    }

    public static IReadOnlyList<WorkflowRecord> List(MemoryStoreData data, string tenant, WorkflowFilter filter, Page page) => Pages.Of(
        data.Workflows.Values.Where(
            row => !row.IsDeleted && string.Equals(row.Record.Tenant, tenant, StringComparison.Ordinal) && Fits(row.Record, filter))
            .Select(row => WithStatistics(data, row.Record)),
        page,
        workflow => workflow.Id);

    private static WorkflowRow? Seen(MemoryStoreData data, string tenant, string id) => data.Workflows.TryGetValue((tenant, id), out var row) && !row.IsDeleted ? row : null;

    private static WorkflowRecord WithStatistics(MemoryStoreData data, WorkflowRecord record)
    {
        var key = (record.Tenant, record.Id);
        return record with { Stats = data.Statistics.GetValueOrDefault(key), LastExecuted = data.LastExecuted.TryGetValue(key, out var last) ? last : null };
    }

    private static bool Fits(WorkflowRecord workflow, WorkflowFilter filter) =>
        (filter.Tags.IsDefaultOrEmpty || filter.Tags.All(tag => workflow.Tags.Contains(tag, StringComparer.Ordinal)))
        && (!filter.ActiveOnly || (workflow.IsActive && !workflow.IsDraft))
        && (filter.Owner is null || string.Equals(workflow.Owner, filter.Owner, StringComparison.Ordinal))
        && (string.IsNullOrEmpty(filter.Text) || new[] { workflow.Id, workflow.Name, workflow.Description }.Any(text => text?.Contains(filter.Text, StringComparison.OrdinalIgnoreCase) == true));
}
