using Millrace.Core.Definitions;
using Millrace.Engine.Storage;
using Millrace.Engine.Workflows;
using Millrace.Server.Access;
using Millrace.Server.Executions;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Workflows;

/// <summary>The history of a workflow: every save is a version, and any of them can be brought back.</summary>
internal sealed class WorkflowVersions(WorkflowLibrary library, IStore store, WorkflowSaving saving)
{
    public void Map(IEndpointRouteBuilder api)
    {
        var versions = api.MapGroup("/workflows/{id}/versions").RequirePermission(Permission.ViewWorkflows);
        versions.MapGet("", Reply.Of(ListAsync)).Describe("List a workflow's versions", route => route
            .Pages().Lists("WorkflowVersion", "Versions without their documents.").Problems(404));
        versions.MapGet("/{version}", Reply.Of(ReadAsync)).Describe("Read a version", route => route
            .Replies(200, "The version with its document.", "WorkflowVersion").Problems(404));
        versions.MapGet("/{version}/diff/{other}", Reply.Of(DiffAsync)).Describe("Compare two versions", route => route
            .Replies(200, "What changed from the first to the second.", "WorkflowDiff").Problems(404, 409));
        versions.MapPost("/{version}/restore", Reply.Of(RestoreAsync)).RequirePermission(Permission.EditWorkflows).Describe("Bring a version back", route => route
            .Detail("Saves its document as the next version.")
            .Idempotent().Guarded().Replies(200, "The next version is stored.", "Workflow", "ETag").Problems(404, 409, 422));
    }

    private async ValueTask<Reply> ListAsync(HttpContext context)
    {
        var query = new QueryParameters(context);
        var page = Paging.Read(query);
        if (page.After is not null && !int.TryParse(page.After, out _))
            query.Wrong("cursor", "'cursor' must be the one that the page before gave.");
        if (query.Problem is not null)
            return query.Problem;
        var (tenant, id) = (context.Tenant(), context.RouteText("id"));
        if (await store.ReadWorkflowAsync(tenant, id, context.RequestAborted) is null)
            return ProblemReply.NotFound("workflow", id);
        var listed = await Listing.ReadAsync(page, part => store.ListVersionsAsync(tenant, id, part, context.RequestAborted), version => version.Version.ToString());
        return Paging.Reply(context, listed, WorkflowJson.WriteVersion);
    }

    private async ValueTask<Reply> ReadAsync(HttpContext context)
    {
        var (version, problem) = await FindAsync(context, "version");
        if (version is null)
            return problem!;
        return Reply.Json((version, Read(version).Document), WorkflowJson.WriteVersion);
    }

    private async ValueTask<Reply> DiffAsync(HttpContext context)
    {
        var (before, problem) = await FindAsync(context, "version");
        if (before is null)
            return problem!;
        (var after, problem) = await FindAsync(context, "other");
        if (after is null)
            return problem!;
        if (Read(before).Definition is not { } left || Read(after).Definition is not { } right)
            return ProblemReply.Conflict("draft", "One of the two versions is a draft of no known shape, which cannot be compared.");
        return Reply.Json((Before: before, After: after, Diff: DefinitionDiff.Compare(left, right)), static (writer, compared) =>
        {
            writer.WriteStartObject();
            writer.WriteNumber("from", compared.Before.Version);
            writer.WriteNumber("to", compared.After.Version);
            foreach (var part in compared.Diff.AsMap().Entries)
                ExecutionJson.WriteValue(writer, part.Key.AsString(), part.Value);
            writer.WriteEndObject();
        });
    }

    private async ValueTask<Reply> RestoreAsync(HttpContext context)
    {
        if (!VersionTags.TryRead(context.Request, out var expected, out var mismatch))
            return mismatch!;
        var (version, problem) = await FindAsync(context, "version");
        if (version is null)
            return problem!;
        var (tenant, id) = (context.Tenant(), context.RouteText("id"));
        var current = await store.ReadWorkflowAsync(tenant, id, context.RequestAborted);
        return await saving.SaveDocumentAsync(context, new SaveRequest
        {
            Tenant = tenant,
            Id = id,
            Document = version.Document.Utf8,
            Format = WorkflowLibrary.FormatOf(version.Format),
            AsDraft = version.IsDraft,
            IsActive = current?.IsActive,
            User = context.Caller().User,
            ExpectedVersion = expected,
            Idempotency = IdempotencyKey.In($"restore/{id}/{version.Version}", context.IdempotencyKey()),
        });
    }

    private ReadResult Read(WorkflowVersion version) =>
        DefinitionReader.Read(version.Document.Utf8.Span, WorkflowLibrary.FormatOf(version.Format), library.Types);

    /// <summary>A version that the path names.</summary>
    private async ValueTask<(WorkflowVersion? Version, ProblemReply? Problem)> FindAsync(HttpContext context, string part)
    {
        var (tenant, id) = (context.Tenant(), context.RouteText("id"));
        // A deleted workflow keeps its versions for executions that still run; to callers it is gone.
        if (await store.ReadWorkflowAsync(tenant, id, context.RequestAborted) is null)
            return (null, ProblemReply.NotFound("workflow", id));
        var found = context.RouteNumber(part) is { } number ? await store.ReadVersionAsync(tenant, id, number, context.RequestAborted) : null;
        return (found, found is null ? ProblemReply.NotFound($"version of workflow '{id}' named", context.RouteText(part)) : null);
    }
}
