using Millrace.Core.Definitions;
using Millrace.Core.Values;
using Millrace.Engine.Storage;
using Millrace.Engine.Workflows;
using Millrace.Server.Access;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Workflows;

/// <summary>Workflows: lists, single ones, saving and deleting.</summary>
internal sealed class WorkflowRoutes(WorkflowLibrary library, IStore store, WorkflowSaving saving)
{
    public void Map(IEndpointRouteBuilder api)
    {
        var workflows = api.MapGroup("/workflows").RequirePermission(Permission.ViewWorkflows);
        workflows.MapGet("", Reply.Of(ListAsync)).Describe("List workflows", route => route
            .Query("tags", "Only those with all of these tags, separated by commas.")
            .Query("active_only", "Only active ones.", ParameterSchemas.Flag)
            .Query("q", "Only those with this text in the id, name or description.")
            .Query("owner", "Only those of this owner.")
            .Pages()
            .Lists("WorkflowSummary", "Workflows without their documents."));
        workflows.MapGet("/{id}", Reply.Of(ReadAsync)).Describe("Read a workflow", route => route.Replies(200, "The workflow.", "Workflow", "ETag").Problems(404));
        var editing = api.MapGroup("/workflows").RequirePermission(Permission.EditWorkflows);
        editing.MapPost("", Reply.Of(CreateAsync)).Describe("Create a workflow", route => Saves(route)
            .Replies(201, "It is stored.", "Workflow", "Location", "ETag"));
        editing.MapPut("/{id}", Reply.Of(SaveAsync)).Describe("Save a workflow", route => Saves(route)
            .Detail("Saves the next version; an id that there is not yet creates the workflow.")
            .Guarded()
            .Replies(200, "The next version is stored.", "Workflow", "ETag")
            .Replies(201, "There was no such workflow; now there is.", "Workflow", "Location", "ETag"));
        editing.MapDelete("/{id}", Reply.Of(DeleteAsync)).Describe("Delete a workflow", route => route
            .Detail("Its running executions finish.")
            .Idempotent().Guarded().Replies(204, "It is deleted.").Problems(404));
        editing.MapPost("/{id}/activate", Reply.Of(context => SetActiveAsync(context, isActive: true))).Describe("Turn a workflow's triggers on", Switches);
        editing.MapPost("/{id}/deactivate", Reply.Of(context => SetActiveAsync(context, isActive: false))).Describe("Turn a workflow's triggers off", Switches);
    }

    private static RouteDescriptionBuilder Saves(RouteDescriptionBuilder route) => route
        .Query("draft", "Keep the document although it is invalid; a draft does not run.", ParameterSchemas.Flag)
        .Idempotent().Document().Problems(409, 422);

    private static void Switches(RouteDescriptionBuilder route) => route.Idempotent().Replies(200, "The workflow as it is now.", "Workflow", "ETag").Problems(404, 409);

    private async ValueTask<Reply> ListAsync(HttpContext context)
    {
        var query = new QueryParameters(context);
        var page = Paging.Read(query);
        var filter = new WorkflowFilter(query.List("tags"), query.Flag("active_only"), query.Text("q"), query.Text("owner"));
        if (query.Problem is not null)
            return query.Problem;
        var listed = await Listing.ReadAsync(page, part => store.ListWorkflowsAsync(context.Tenant(), filter, part, context.RequestAborted), workflow => workflow.Id);
        return Paging.Reply(context, listed, WorkflowJson.WriteSummary);
    }

    private async ValueTask<Reply> ReadAsync(HttpContext context)
    {
        var id = context.RouteText("id");
        if (await store.ReadWorkflowAsync(context.Tenant(), id, context.RequestAborted) is not { } record)
            return ProblemReply.NotFound("workflow", id);
        return Reply.Json(await ShowAsync(record), WorkflowJson.Write, etag: VersionTags.Of(record.Version));
    }

    private ValueTask<Reply> CreateAsync(HttpContext context) => saving.SaveAsync(context, new SaveRequest
    {
        Tenant = context.Tenant(),
        Document = default,
        User = context.Caller().User,
        ExpectedVersion = 0,
        Idempotency = IdempotencyKey.In("workflows", context.IdempotencyKey()),
    });

    private async ValueTask<Reply> SaveAsync(HttpContext context)
    {
        if (!VersionTags.TryRead(context.Request, out var expected, out var problem))
            return problem!;
        var id = context.RouteText("id");
        return await saving.SaveAsync(context, new SaveRequest
        {
            Tenant = context.Tenant(),
            Id = id,
            Document = default,
            User = context.Caller().User,
            ExpectedVersion = expected,
            Idempotency = IdempotencyKey.In("workflows/" + id, context.IdempotencyKey()),
        });
    }

    private async ValueTask<Reply> DeleteAsync(HttpContext context)
    {
        if (!VersionTags.TryRead(context.Request, out var expected, out var problem))
            return problem!;
        var id = context.RouteText("id");
        return await library.DeleteAsync(context.Tenant(), id, expected, IdempotencyKey.In("delete/" + id, context.IdempotencyKey())) switch
        {
            WriteOutcome.NotFound => ProblemReply.NotFound("workflow", id),
            WriteOutcome.Conflict => VersionTags.Failed($"Workflow '{id}' is not at version {expected}."),
            _ => Reply.NoContent,
        };
    }

    private async ValueTask<Reply> SetActiveAsync(HttpContext context, bool isActive)
    {
        var (tenant, id) = (context.Tenant(), context.RouteText("id"));
        var outcome = await library.SetActiveAsync(tenant, id, isActive, IdempotencyKey.In($"{(isActive ? "activate" : "deactivate")}/{id}", context.IdempotencyKey()));
        if (outcome == WriteOutcome.Conflict)
            return ProblemReply.Conflict("draft", $"Workflow '{id}' is a draft and cannot be activated. Correct its problems and save it without ?draft=true.");
        return await store.ReadWorkflowAsync(tenant, id) is { } record
            ? Reply.Json(await ShowAsync(record), WorkflowJson.Write, etag: VersionTags.Of(record.Version))
            : ProblemReply.NotFound("workflow", id);
    }

    private async ValueTask<ShownWorkflow> ShowAsync(WorkflowRecord record)
    {
        var format = WorkflowLibrary.FormatOf(record.Format);
        if (!record.IsDraft)
            return new ShownWorkflow(record, DefinitionReader.Read(record.Document.Utf8.Span, format, library.Types).Document, []);
        var analysis = await library.AnalyzeAsync(record.Tenant, record.Document.Utf8, format);
        return new ShownWorkflow(record, analysis.Read.Document, analysis.Problems);
    }
}
