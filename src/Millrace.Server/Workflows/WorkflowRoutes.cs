using Millrace.Core.Definitions.Documents;
using Millrace.Engine.Storage;
using Millrace.Server.Access;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Workflows;

/// <summary>Workflows: lists, single ones, saving, switching and deleting.</summary>
internal sealed class WorkflowRoutes(WorkflowReads reads, WorkflowWrites writes)
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
            .Detail("Saves the next version, or creates the workflow if it does not exist.")
            .Guarded()
            .Replies(200, "The next version is stored.", "Workflow", "ETag")
            .Replies(201, "The workflow was created.", "Workflow", "Location", "ETag"));
        editing.MapDelete("/{id}", Reply.Of(DeleteAsync)).Describe("Delete a workflow", route => route
            .Detail("Its running executions finish.")
            .Idempotent().Guarded().Replies(204, "It is deleted.").Problems(404));
        editing.MapPost("/{id}/activate", Reply.Of(context => SetActiveAsync(context, isActive: true))).Describe("Turn a workflow's triggers on", Switches);
        editing.MapPost("/{id}/deactivate", Reply.Of(context => SetActiveAsync(context, isActive: false))).Describe("Turn a workflow's triggers off", Switches);
    }

    private static RouteDescriptionBuilder Saves(RouteDescriptionBuilder route) => route
        .Query("draft", "Save the document even if it is invalid; a draft does not run.", ParameterSchemas.Flag)
        .Idempotent().Document().Problems(409, 422);

    private static void Switches(RouteDescriptionBuilder route) => route.Idempotent().Replies(200, "The workflow as it is now.", "Workflow", "ETag").Problems(404, 409);

    private async ValueTask<Reply> ListAsync(HttpContext context)
    {
        var query = new QueryParameters(context);
        var page = Paging.Read(query);
        var filter = new WorkflowFilter(query.List("tags"), query.Flag("active_only"), query.Text("q"), query.Text("owner"));
        if (query.Problem is not null)
            return query.Problem;
        return (await reads.ListAsync(context.Caller(), filter, page, context.RequestAborted)).ToReply(listed => Paging.Reply(context, listed, WorkflowJson.WriteSummary));
    }

    private async ValueTask<Reply> ReadAsync(HttpContext context) => Show(await reads.ReadAsync(context.Caller(), context.RouteText("id"), context.RequestAborted));

    private async ValueTask<Reply> CreateAsync(HttpContext context)
    {
        var (document, problem) = await AuthoredDocuments.ReadAsync(context);
        return document is null
            ? problem!
            : AuthoredDocuments.Show(context, await writes.CreateAsync(context.Caller(), document, context.IdempotencyKey(), context.RequestAborted));
    }

    private async ValueTask<Reply> SaveAsync(HttpContext context)
    {
        if (!VersionTags.TryRead(context.Request, out var expected, out var mismatch))
            return mismatch!;
        var (document, problem) = await AuthoredDocuments.ReadAsync(context);
        if (document is null)
            return problem!;
        return AuthoredDocuments.Show(context, await writes.SaveAsync(context.Caller(), context.RouteText("id"), document, expected, context.IdempotencyKey(), context.RequestAborted));
    }

    private async ValueTask<Reply> DeleteAsync(HttpContext context) => VersionTags.TryRead(context.Request, out var expected, out var problem)
        ? (await writes.DeleteAsync(context.Caller(), context.RouteText("id"), expected, context.IdempotencyKey())).ToNoContent()
        : problem!;

    private async ValueTask<Reply> SetActiveAsync(HttpContext context, bool isActive) =>
        Show(await writes.SetActiveAsync(context.Caller(), context.RouteText("id"), isActive, context.IdempotencyKey(), context.RequestAborted));

    private static Reply Show(Outcome<ShownWorkflow> outcome) =>
        outcome.ToReply(workflow => Reply.Json(workflow, WorkflowJson.Write, etag: VersionTags.Of(workflow.Record.Version)));
}

/// <summary>Documents in requests, and what their saves are answered with.</summary>
internal static class AuthoredDocuments
{
    /// <summary>The body as a document; `?draft=true` keeps it although it is invalid.</summary>
    public static async ValueTask<(AuthoredDocument? Document, ProblemReply? Problem)> ReadAsync(HttpContext context)
    {
        var query = new QueryParameters(context);
        var asDraft = query.Flag("draft");
        if (query.Problem is not null)
            return (null, query.Problem);
        var (text, problem) = await RequestBody.ReadTextAsync(context);
        var format = RequestBody.FormatOf(context.Request) ?? DocumentFormat.Json;
        return problem is null ? (new AuthoredDocument(text, format, asDraft), null) : (null, problem);
    }

    /// <summary>The answer to a save.</summary>
    public static Reply Show(HttpContext context, Outcome<SavedWorkflow> outcome) => outcome.ToReply(saved =>
    {
        var record = saved.Workflow.Record;
        var etag = VersionTags.Of(record.Version);
        return saved.Created
            ? Reply.Json(saved.Workflow, WorkflowJson.Write, StatusCodes.Status201Created, $"{context.Request.PathBase}/api/v1/workflows/{record.Id}", etag)
            : Reply.Json(saved.Workflow, WorkflowJson.Write, etag: etag);
    });
}
