using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Definitions.Documents;
using Millrace.Engine.Storage;
using Millrace.Engine.Workflows;

namespace Millrace.Engine.Operations.Workflows;

/// <summary>Checks, saves, imports, restores, switches and deletes workflows. Nothing here executes one.</summary>
public sealed class WorkflowWrites(WorkflowLibrary library, IStore store, WorkflowReads reads)
{
    /// <summary>Says what a document means and what is wrong with it. Stores nothing.</summary>
    public async ValueTask<Outcome<Analysis>> ValidateAsync(
        Caller caller, ReadOnlyMemory<byte> document, DocumentFormat format, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.EditWorkflows) is { } forbidden)
            return forbidden;
        var analysis = await library.ValidateAsync(caller.Tenant, document, format, cancellation);
        return analysis.IsMalformed ? Malformed(analysis.Problems) : analysis;
    }

    /// <summary>Saves a document as a new workflow.</summary>
    public ValueTask<Outcome<SavedWorkflow>> CreateAsync(
        Caller caller, AuthoredDocument document, string? key, CancellationToken cancellation) =>
        SaveAsync(
            caller,
            Request(caller, document) with { ExpectedVersion = 0, Idempotency = IdempotencyKey.In("workflows", key) },
            cancellation);

    /// <summary>Saves a document as a new workflow that starts nothing by itself before somebody has looked at it.</summary>
    public ValueTask<Outcome<SavedWorkflow>> ImportAsync(
        Caller caller, AuthoredDocument document, string? key, CancellationToken cancellation) =>
        SaveAsync(
            caller,
            Request(caller, document) with { IsActive = false, ExpectedVersion = 0, Idempotency = IdempotencyKey.In("import", key) },
            cancellation);

    /// <summary>Saves a document as the next version of a workflow; an id that there is not yet creates it.</summary>
    /// <param name="caller">The caller, whose tenant and permissions apply.</param>
    /// <param name="id">The workflow.</param>
    /// <param name="document">The document.</param>
    /// <param name="expectedVersion">The version it must stand at; 0: it must be new; null: any.</param>
    /// <param name="key">The caller's idempotency key; null: none.</param>
    /// <param name="cancellation">Cancels reading; what was committed stays.</param>
    public ValueTask<Outcome<SavedWorkflow>> SaveAsync(
        Caller caller, string id, AuthoredDocument document, int? expectedVersion, string? key, CancellationToken cancellation) =>
        SaveAsync(
            caller,
            Request(caller, document) with
            {
                Id = id,
                ExpectedVersion = expectedVersion,
                Idempotency = IdempotencyKey.In("workflows/" + id, key),
            },
            cancellation);

    /// <summary>Saves the document of an earlier version as the next one.</summary>
    /// <param name="caller">The caller, whose tenant and permissions apply.</param>
    /// <param name="id">The workflow.</param>
    /// <param name="version">The number of the earlier version, as the caller wrote it.</param>
    /// <param name="expectedVersion">The version it must stand at; null: any.</param>
    /// <param name="key">The caller's idempotency key; null: none.</param>
    /// <param name="cancellation">Cancels reading; what was committed stays.</param>
    public async ValueTask<Outcome<SavedWorkflow>> RestoreAsync(
        Caller caller, string id, string version, int? expectedVersion, string? key, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.EditWorkflows) is { } forbidden)
            return forbidden;
        if (!(await reads.FindVersionAsync(caller, id, version, cancellation)).IsDone(out var found, out var refusal))
            return refusal;
        var current = await store.ReadWorkflowAsync(caller.Tenant, id, cancellation);
        var request = Request(caller, new AuthoredDocument(found.Document.Utf8, WorkflowLibrary.FormatOf(found.Format), found.IsDraft)) with
        {
            Id = id,
            IsActive = current?.IsActive,
            ExpectedVersion = expectedVersion,
            Idempotency = IdempotencyKey.In($"restore/{id}/{found.Version}", key),
        };
        return await SaveAsync(caller, request, cancellation);
    }

    /// <summary>Deletes a workflow from sight; its running executions finish. Null: it is deleted.</summary>
    /// <param name="caller">The caller, whose tenant and permissions apply.</param>
    /// <param name="id">The workflow.</param>
    /// <param name="expectedVersion">The version it must stand at; null: any.</param>
    /// <param name="key">The caller's idempotency key; null: none.</param>
    public async ValueTask<Refusal?> DeleteAsync(Caller caller, string id, int? expectedVersion, string? key)
    {
        if (caller.Refuse(Permission.EditWorkflows) is { } forbidden)
            return forbidden;
        return await library.DeleteAsync(caller.Tenant, id, expectedVersion, IdempotencyKey.In("delete/" + id, key)) switch
        {
            WriteOutcome.NotFound => new Refusal.NotFound("workflow", id),
            WriteOutcome.Conflict => NotAt(id, expectedVersion),
            _ => null,
        };
    }

    /// <summary>Turns a workflow's triggers on or off; the workflow as it is then. A draft cannot be turned on.</summary>
    public async ValueTask<Outcome<ShownWorkflow>> SetActiveAsync(
        Caller caller, string id, bool isActive, string? key, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.EditWorkflows) is { } forbidden)
            return forbidden;
        var (outcome, taken) = await library.SetActiveAsync(
            caller.Tenant, id, isActive, IdempotencyKey.In($"{(isActive ? "activate" : "deactivate")}/{id}", key));
        if (taken is not null)
            return new Refusal.Conflict("webhook_taken", taken);
        if (outcome == WriteOutcome.Conflict)
            return new Refusal.Conflict(
                "draft", $"Workflow '{id}' is a draft and cannot be activated. Correct its problems and save it without ?draft=true.");
        return await store.ReadWorkflowAsync(caller.Tenant, id, cancellation) is { } record
            ? await reads.ShowAsync(record, cancellation)
            : new Refusal.NotFound("workflow", id);
    }

    private static SaveRequest Request(Caller caller, AuthoredDocument document) => new()
    {
        Tenant = caller.Tenant,
        Document = document.Text,
        Format = document.Format,
        AsDraft = document.AsDraft,
        User = caller.User,
    };

    private async ValueTask<Outcome<SavedWorkflow>> SaveAsync(Caller caller, SaveRequest request, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.EditWorkflows) is { } forbidden)
            return forbidden;
        return await library.SaveAsync(request) switch
        {
            SaveOutcome.Saved saved => await ShowAsync(request.Tenant, saved.Id, saved.Created, saved.Analysis, cancellation),
            SaveOutcome.Duplicate duplicate =>
                await ShowAsync(request.Tenant, duplicate.Id, created: request.Id is null, analysis: null, cancellation),
            SaveOutcome.Malformed malformed => Malformed(malformed.Problems),
            SaveOutcome.Invalid invalid => Invalid(invalid.Problems),
            SaveOutcome.Conflict conflict => Conflicting(request, conflict.Id),
            var other => throw new InvalidOperationException($"Unknown outcome {other.GetType().Name}."),
        };
    }

    private async ValueTask<Outcome<SavedWorkflow>> ShowAsync(
        string tenant, string id, bool created, Analysis? analysis, CancellationToken cancellation)
    {
        if (await store.ReadWorkflowAsync(tenant, id, cancellation) is not { } record)
            return analysis is not null
                ? new Refusal.NotFound("workflow", id)
                : new Refusal.Conflict(
                    "deleted",
                    $"The workflow '{id}', which was saved under this idempotency key, has been deleted. Use another key to save one.");
        analysis ??= await library.AnalyzeAsync(tenant, record.Document.Utf8, WorkflowLibrary.FormatOf(record.Format), cancellation);
        return new SavedWorkflow(new ShownWorkflow(record, analysis.Read.Document, analysis.Problems), created);
    }

    private static Refusal.Malformed Malformed(ImmutableArray<Problem> problems)
    {
        var first = problems[0];
        var place = first.Line is { } line ? $"At line {line}, column {first.Column}: " : "";
        return new Refusal.Malformed(first.Code, place + first.Message, problems);
    }

    private static Refusal.Invalid Invalid(ImmutableArray<Problem> problems)
    {
        var errors = problems.Where(problem => problem.Severity == Severity.Error).ToList();
        return new Refusal.Invalid(
            errors.Count == 1 ? errors[0].Message : $"The workflow has {errors.Count} problems. The first: {errors[0].Message}", errors);
    }

    private static Refusal Conflicting(SaveRequest request, string id)
    {
        if (request.Id is null)
            return new Refusal.Conflict(
                "id_taken",
                $"The id '{id}' is or was in use. Choose another id, omit it, or PUT /api/v1/workflows/{id} to save the next "
                    + "version.");
        return request.ExpectedVersion is not null
            ? NotAt(id, request.ExpectedVersion)
            : new Refusal.Conflict("id_taken", $"Workflow '{id}' was deleted, and its id cannot be used again. Choose another id.");
    }

    private static Refusal.Stale NotAt(string id, int? version) =>
        Refusal.Stale.For(version == 0 ? $"Workflow '{id}' already exists." : $"Workflow '{id}' is not at version {version}.");
}

/// <summary>A document that somebody wrote.</summary>
/// <param name="Text">Its text, kept verbatim.</param>
/// <param name="Format">Its format.</param>
/// <param name="AsDraft">Whether to keep it although it is invalid.</param>
public sealed record AuthoredDocument(ReadOnlyMemory<byte> Text, DocumentFormat Format, bool AsDraft);

/// <summary>A workflow that was saved.</summary>
/// <param name="Workflow">As it is now.</param>
/// <param name="Created">Whether it is new.</param>
public sealed record SavedWorkflow(ShownWorkflow Workflow, bool Created);
