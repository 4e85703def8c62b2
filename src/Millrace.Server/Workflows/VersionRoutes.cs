using System.Globalization;
using Millrace.Core.Values;
using Millrace.Server.Access;
using Millrace.Server.Executions;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Workflows;

/// <summary>The history of a workflow: every save is a version, and any of them can be brought back.</summary>
internal sealed class VersionRoutes(WorkflowReads reads, WorkflowWrites writes)
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
        versions.MapPost("/{version}/restore", Reply.Of(RestoreAsync)).RequirePermission(Permission.EditWorkflows).Describe("Restore a version", route => route
            .Detail("Saves its document as the next version.")
            .Idempotent().Guarded().Replies(200, "The next version is stored.", "Workflow", "ETag").Problems(404, 409, 422));
    }

    private async ValueTask<Reply> ListAsync(HttpContext context)
    {
        var query = new QueryParameters(context);
        var page = Paging.Read(query);
        if (page.After is not null && !int.TryParse(page.After, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            query.Wrong("cursor", "'cursor' must be the one from the previous page.");
        if (query.Problem is not null)
            return query.Problem;
        return (await reads.ListVersionsAsync(context.Caller(), context.RouteText("id"), page, context.RequestAborted)).ToReply(listed =>
            Paging.Reply(context, listed, WorkflowJson.WriteVersion));
    }

    private async ValueTask<Reply> ReadAsync(HttpContext context) =>
        (await reads.ReadVersionAsync(context.Caller(), context.RouteText("id"), context.RouteText("version"), context.RequestAborted)).ToReply(shown =>
            Reply.Json((shown.Version, shown.Document), WorkflowJson.WriteVersion));

    private async ValueTask<Reply> DiffAsync(HttpContext context)
    {
        var outcome = await reads.CompareAsync(context.Caller(), context.RouteText("id"), context.RouteText("version"), context.RouteText("other"), context.RequestAborted);
        return outcome.ToReply(compared => Reply.Json(compared, static (writer, versions) =>
        {
            writer.WriteStartObject();
            writer.WriteNumber("from", versions.From);
            writer.WriteNumber("to", versions.To);
            foreach (var part in versions.Diff.AsMap().Entries)
                ExecutionJson.WriteValue(writer, part.Key.AsString(), part.Value);
            writer.WriteEndObject();
        }));
    }

    private async ValueTask<Reply> RestoreAsync(HttpContext context)
    {
        if (!VersionTags.TryRead(context.Request, out var expected, out var mismatch))
            return mismatch!;
        var (id, version) = (context.RouteText("id"), context.RouteText("version"));
        return AuthoredDocuments.Show(context, await writes.RestoreAsync(context.Caller(), id, version, expected, context.IdempotencyKey(), context.RequestAborted));
    }
}
