using Millrace.Core.Definitions;
using Millrace.Core.Values;
using Millrace.Engine.Storage;
using Millrace.Engine.Workflows;
using Millrace.Server.Access;
using Millrace.Server.Http;

namespace Millrace.Server.Workflows;

/// <summary>Workflows: lists, single ones, saving and deleting.</summary>
internal sealed class WorkflowRoutes(WorkflowLibrary library, IStore store, WorkflowSaving saving)
{
    public void Map(IEndpointRouteBuilder api)
    {
        var workflows = api.MapGroup("/workflows").RequirePermission(Permission.ViewWorkflows);
        workflows.MapGet("", Reply.Of(ListAsync));
        workflows.MapGet("/{id}", Reply.Of(ReadAsync));
        var editing = api.MapGroup("/workflows").RequirePermission(Permission.EditWorkflows);
        editing.MapPost("", Reply.Of(CreateAsync));
        editing.MapPut("/{id}", Reply.Of(SaveAsync));
        editing.MapDelete("/{id}", Reply.Of(DeleteAsync));
        editing.MapPost("/{id}/activate", Reply.Of(context => SetActiveAsync(context, isActive: true)));
        editing.MapPost("/{id}/deactivate", Reply.Of(context => SetActiveAsync(context, isActive: false)));
    }

    private async ValueTask<Reply> ListAsync(HttpContext context)
    {
        var query = new QueryParameters(context.Request);
        var page = Paging.Read(query);
        var filter = new WorkflowFilter(query.List("tags"), query.Flag("active_only") || query.Flag("activeOnly"), query.Text("q"), query.Text("owner"));
        if (query.Problem is not null)
            return query.Problem;
        var found = await store.ListWorkflowsAsync(context.Tenant(), filter, page with { Limit = page.Limit + 1 }, context.RequestAborted);
        return Paging.Reply(context, found, page.Limit, workflow => workflow.Id, WorkflowJson.WriteSummary);
    }

    private async ValueTask<Reply> ReadAsync(HttpContext context)
    {
        var id = context.RouteText("id");
        if (await store.ReadWorkflowAsync(context.Tenant(), id, context.RequestAborted) is not { } record)
            return ProblemReply.NotFound("workflow", id);
        return Reply.Json(Show(record), WorkflowJson.Write, etag: VersionTags.Of(record.Version));
    }

    private ValueTask<Reply> CreateAsync(HttpContext context) => saving.SaveAsync(context, new SaveRequest
    {
        Tenant = context.Tenant(),
        Document = default,
        User = context.Caller().User,
        ExpectedVersion = 0,
        Idempotency = IdempotencyKeys.Read(context, "workflows"),
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
            Idempotency = IdempotencyKeys.Read(context, "workflows/" + id),
        });
    }

    private async ValueTask<Reply> DeleteAsync(HttpContext context)
    {
        if (!VersionTags.TryRead(context.Request, out var expected, out var problem))
            return problem!;
        var id = context.RouteText("id");
        return await library.DeleteAsync(context.Tenant(), id, expected, IdempotencyKeys.Read(context, "delete/" + id)) switch
        {
            WriteOutcome.NotFound => ProblemReply.NotFound("workflow", id),
            WriteOutcome.Conflict => VersionTags.Failed($"Workflow '{id}' is not at version {expected}."),
            _ => Reply.NoContent,
        };
    }

    private async ValueTask<Reply> SetActiveAsync(HttpContext context, bool isActive)
    {
        var (tenant, id) = (context.Tenant(), context.RouteText("id"));
        var outcome = await library.SetActiveAsync(tenant, id, isActive, IdempotencyKeys.Read(context, $"{(isActive ? "activate" : "deactivate")}/{id}"));
        if (outcome == WriteOutcome.Conflict)
            return ProblemReply.Conflict("draft", $"Workflow '{id}' is a draft and cannot be activated. Correct its problems and save it without ?draft=true.");
        return await store.ReadWorkflowAsync(tenant, id) is { } record
            ? Reply.Json(Show(record), WorkflowJson.Write, etag: VersionTags.Of(record.Version))
            : ProblemReply.NotFound("workflow", id);
    }

    private ShownWorkflow Show(WorkflowRecord record)
    {
        var format = WorkflowLibrary.FormatOf(record.Format);
        if (!record.IsDraft)
            return new ShownWorkflow(record, DefinitionReader.Read(record.Document.Utf8.Span, format, library.Types).Document, []);
        var analysis = library.Analyze(record.Document.Utf8.Span, format);
        return new ShownWorkflow(record, analysis.Read.Document, analysis.Problems);
    }
}
