using System.Text.Json;
using Millrace.Core.Definitions;
using Millrace.Core.Definitions.Documents;
using Millrace.Engine.Workflows;
using Millrace.Server.Access;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Workflows;

/// <summary>Documents in and out: checking, importing and exporting.</summary>
internal sealed class ExchangeRoutes(WorkflowReads reads, WorkflowWrites writes)
{
    public void Map(IEndpointRouteBuilder api)
    {
        var editing = api.MapGroup("/workflows").RequirePermission(Permission.EditWorkflows);
        editing.MapPost("/validate", Reply.Of(ValidateAsync)).Describe("Check a document", route => route
            .Detail("Stores nothing. Problems of the workflow are part of the response, which is not an error.")
            .Document().Replies(200, "The problems, and the graph of the document.", "Validation"));
        editing.MapPost("/import", Reply.Of(ImportAsync)).Describe("Import a workflow", route => route
            .Detail("Like creating a workflow, but its triggers are off until it is activated.")
            .Query("draft", "Save the document even if it is invalid; a draft does not run.", ParameterSchemas.Flag)
            .Idempotent().Document().Replies(201, "It is stored.", "Workflow", "Location", "ETag").Problems(409, 422));
        editing.MapGet("/{id}/export", Reply.Of(ExportAsync)).RequirePermission(Permission.ViewWorkflows).Describe("Export a workflow", route => route
            .Query("format", "The format; by default the document's own.", """{"enum": ["json", "yaml"]}""")
            .Content(200, "The document, as a download.", "WorkflowDocument", ["application/json", "application/yaml"]).Problems(404));
    }

    private async ValueTask<Reply> ValidateAsync(HttpContext context)
    {
        var (document, problem) = await RequestBody.ReadTextAsync(context);
        if (problem is not null)
            return problem;
        var format = RequestBody.FormatOf(context.Request) ?? DocumentFormat.Json;
        return (await writes.ValidateAsync(context.Caller(), document, format, context.RequestAborted)).ToReply(analysis => Reply.Json(analysis, WriteAnalysis));
    }

    private async ValueTask<Reply> ImportAsync(HttpContext context)
    {
        var (document, problem) = await AuthoredDocuments.ReadAsync(context);
        return document is null
            ? problem!
            : AuthoredDocuments.Show(context, await writes.ImportAsync(context.Caller(), document, context.IdempotencyKey(), context.RequestAborted));
    }

    private async ValueTask<Reply> ExportAsync(HttpContext context)
    {
        var query = new QueryParameters(context);
        var id = context.RouteText("id");
        DocumentFormat? format = null;
        switch (query.Text("format"))
        {
            case null: break;
            case "json": format = DocumentFormat.Json; break;
            case "yaml": format = DocumentFormat.Yaml; break;
            case var other: return ProblemReply.InvalidParameter("format", $"'{other}' is not a supported format. Use json or yaml.");
        }
        return (await reads.ExportAsync(context.Caller(), id, format, context.RequestAborted)).ToReply(exported => exported.Format == DocumentFormat.Yaml
            ? new TextReply(exported.Text, "application/yaml; charset=utf-8", id + ".yaml")
            : new TextReply(exported.Text, "application/json; charset=utf-8", id + ".json"));
    }

    private static void WriteAnalysis(Utf8JsonWriter writer, Analysis analysis)
    {
        writer.WriteStartObject();
        writer.WriteBoolean(
            "valid", analysis.Graph is not null && analysis.Problems.All(problem => problem.Severity != Severity.Error));
        ProblemJson.WriteAll(writer, "errors", analysis.Problems.Where(problem => problem.Severity == Severity.Error));
        ProblemJson.WriteAll(writer, "warnings", analysis.Problems.Where(problem => problem.Severity == Severity.Warning));
        writer.WritePropertyName("graph");
        if (analysis.Definition is { } definition)
            WriteGraph(writer, definition);
        else
            writer.WriteNullValue();
        writer.WriteEndObject();
    }

    private static void WriteGraph(Utf8JsonWriter writer, WorkflowDefinition definition)
    {
        writer.WriteStartObject();
        writer.WriteString("dialect", definition.Dialect.ToString().ToLowerInvariant());
        writer.WriteStartArray("nodes");
        foreach (var node in definition.Nodes)
        {
            writer.WriteStartObject();
            writer.WriteString("id", node.Id);
            writer.WriteString("name", node.Name ?? node.Id);
            writer.WriteString("type", node.Type);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteStartArray("edges");
        foreach (var edge in definition.Edges)
        {
            writer.WriteStartObject();
            writer.WriteString("id", edge.Id);
            writer.WriteString("source", edge.Source);
            writer.WriteString("target", edge.Target);
            writer.WriteString("port", edge.Port);
            writer.WriteString("when", edge.When);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
