using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Definitions.Documents;
using Millrace.Engine.Storage;
using Millrace.Engine.Workflows;
using Millrace.Server.Http;

namespace Millrace.Server.Workflows;

/// <summary>Saves what a request brings, and says what became of it.</summary>
internal sealed class WorkflowSaving(WorkflowLibrary library, IStore store)
{
    /// <summary>Saves the body as a workflow or as its next version; `?draft=true` keeps it although it is invalid.</summary>
    public async ValueTask<Reply> SaveAsync(HttpContext context, SaveRequest request)
    {
        var query = new QueryParameters(context);
        var asDraft = query.Flag("draft");
        if (query.Problem is not null)
            return query.Problem;
        var format = RequestBody.FormatOf(context.Request) ?? DocumentFormat.Json;
        var document = await RequestBody.ReadBytesAsync(context);
        return await SaveDocumentAsync(context, request with { Document = document, Format = format, AsDraft = asDraft });
    }

    /// <summary>Saves a document that is at hand.</summary>
    public async ValueTask<Reply> SaveDocumentAsync(HttpContext context, SaveRequest request) => await library.SaveAsync(request) switch
    {
        SaveOutcome.Saved saved => await ShowAsync(context, request.Tenant, saved.Id, saved.Created, saved.Analysis),
        SaveOutcome.Duplicate duplicate => await ShowAsync(context, request.Tenant, duplicate.Id, created: request.Id is null, analysis: null),
        SaveOutcome.Malformed malformed => Malformed(malformed.Problems),
        SaveOutcome.Invalid invalid => Invalid(invalid.Problems),
        SaveOutcome.Conflict conflict => Conflicting(request, conflict.Id),
        var other => throw new InvalidOperationException($"Unknown outcome {other.GetType().Name}."),
    };

    /// <summary>The answer to a text that is not even of its format.</summary>
    public static ProblemReply Malformed(ImmutableArray<Problem> problems)
    {
        var first = problems[0];
        var place = first.Line is { } line ? $"At line {line}, column {first.Column}: " : "";
        return new ProblemReply(StatusCodes.Status400BadRequest, first.Code, place + first.Message) { Errors = problems };
    }

    private static ProblemReply Invalid(ImmutableArray<Problem> problems)
    {
        var errors = problems.Where(problem => problem.Severity == Severity.Error).ToList();
        var detail = errors.Count == 1 ? errors[0].Message : $"The workflow has {errors.Count} problems. The first: {errors[0].Message}";
        return ProblemReply.Invalid(detail, errors);
    }

    private static ProblemReply Conflicting(SaveRequest request, string id)
    {
        if (request.Id is null)
            return ProblemReply.Conflict("id_taken", $"There is, or was, a workflow '{id}'. Choose another id, leave it out, or PUT /api/v1/workflows/{id} to save the next version.");
        return request.ExpectedVersion is { } expected
            ? VersionTags.Failed(expected == 0 ? $"Workflow '{id}' exists already." : $"Workflow '{id}' is not at version {expected}.")
            : ProblemReply.Conflict("id_taken", $"Workflow '{id}' was deleted, and its id is not given out again. Choose another one.");
    }

    private async ValueTask<Reply> ShowAsync(HttpContext context, string tenant, string id, bool created, Analysis? analysis)
    {
        if (await store.ReadWorkflowAsync(tenant, id, context.RequestAborted) is not { } record)
            return ProblemReply.NotFound("workflow", id);
        var format = WorkflowLibrary.FormatOf(record.Format);
        analysis ??= await library.AnalyzeAsync(tenant, record.Document.Utf8, format, context.RequestAborted);
        var shown = new ShownWorkflow(record, analysis.Read.Document, analysis.Problems);
        var etag = VersionTags.Of(record.Version);
        return created
            ? Reply.Json(shown, WorkflowJson.Write, StatusCodes.Status201Created, $"{context.Request.PathBase}/api/v1/workflows/{id}", etag)
            : Reply.Json(shown, WorkflowJson.Write, etag: etag);
    }
}
