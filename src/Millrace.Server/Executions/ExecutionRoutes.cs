using System.Collections.Immutable;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Server.Access;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Executions;

/// <summary>Executions: lists and single ones. The seeds also call them jobs.</summary>
internal sealed class ExecutionRoutes(ExecutionReads executions)
{
    public void Map(IEndpointRouteBuilder api)
    {
        foreach (var name in (ReadOnlySpan<string>)["/executions", "/jobs"])
        {
            var routes = api.MapGroup(name).RequirePermission(Permission.ViewExecutions);
            routes.MapGet("", Reply.Of(ListAsync)).Describe("List executions", route => Filters(route.Query("workflow_id", "Only those of this workflow.")));
            routes.MapGet("/{id}", Reply.Of(ReadAsync)).Describe("Read an execution", route => route.Replies(200, "The execution as it is now.", "Execution").Problems(404));
        }
        api.MapGet("/workflows/{id}/executions", Reply.Of(ListOfWorkflowAsync)).RequirePermission(Permission.ViewExecutions)
            .Describe("List a workflow's executions", route => Filters(route).Problems(404));
        api.MapGet("/blobs/{id}", Reply.Of(ReadBlobAsync)).RequirePermission(Permission.ViewExecutions).Describe("Read a large value or a file", route => route
            .Detail(
                "Returns a value that is too large for a journal, a list or a stream, which have {\"$blob\": id} in its place. Also "
                    + "returns the content of a file that a node has stored, {\"blob\": id, \"mediaType\": ...}, always as a download.")
            .Content(200, "The value, or the file.", "LargeValue", ["application/json", "*/*"]).Problems(404));
    }

    /// <summary>Describes a list of executions.</summary>
    public static RouteDescriptionBuilder Filters(RouteDescriptionBuilder route) => route
        .Query("status", "Only those with one of these statuses, separated by commas.")
        .Query("from", "Only those created at this time or later.", ParameterSchemas.Time)
        .Query("to", "Only those created before this time.", ParameterSchemas.Time)
        .Query("correlation_id", "Only those with this correlation id.")
        .Query("q", "Only those with this text in an id, the current step or the error. A page may have fewer entries than asked for, or none, and still be followed by others.")
        .Query(ExecutionFields.Parameter, "Only these fields of each execution, separated by commas; all by default. Without `input`, `variables` and `result` a list is read much faster.")
        .Pages()
        .Lists("Execution", "Executions, the latest first.");

    /// <summary>The sentence about a status that there is not.</summary>
    public static string NotAStatus(string name) => $"'{name}' is not a status. Use {string.Join(", ", Enum.GetValues<ExecutionStatus>().Select(known => known.Name()))}.";

    /// <summary>The executions of one workflow.</summary>
    public async ValueTask<Reply> ListOfWorkflowAsync(HttpContext context)
    {
        var (filter, page, fields, problem) = ReadQuery(context, workflowId: null);
        return problem ?? Show(context, fields, await executions.ListOfWorkflowAsync(
            context.Caller(), context.RouteText("id"), filter, page, fields.HasValues, context.RequestAborted));
    }

    private async ValueTask<Reply> ListAsync(HttpContext context)
    {
        var (filter, page, fields, problem) = ReadQuery(context, "workflow_id");
        return problem ?? Show(context, fields, await executions.ListAsync(context.Caller(), filter, page, fields.HasValues, context.RequestAborted));
    }

    private async ValueTask<Reply> ReadAsync(HttpContext context) =>
        (await executions.ReadAsync(context.Caller(), context.RouteText("id"), context.RequestAborted)).ToReply(execution => Reply.Json(execution, ExecutionJson.Write));

    private async ValueTask<Reply> ReadBlobAsync(HttpContext context) =>
        (await executions.ReadBlobAsync(context.Caller(), context.RouteText("id"), context.RequestAborted)).ToReply(blob => blob switch
        {
            ReadBlob.File file => new FileReply(file.Content),
            ReadBlob.Json json => Reply.Json(json.Text, static (writer, text) => writer.WriteRawValue(text.Utf8.Span, skipInputValidation: true)),
            _ => throw new InvalidOperationException($"Unknown blob {blob.GetType().Name}."),
        });

    private static Reply Show(HttpContext context, ExecutionFields fields, Outcome<Listed<ExecutionSummary>> outcome) =>
        outcome.ToReply(listed => Paging.Reply(context, listed, fields.Write));

    private static (ExecutionFilter Filter, Page Page, ExecutionFields Fields, ProblemReply? Problem) ReadQuery(HttpContext context, string? workflowId)
    {
        var query = new QueryParameters(context);
        var page = Paging.Read(query);
        var filter = new ExecutionFilter(
            workflowId is null ? null : query.Text(workflowId),
            Statuses(query),
            query.Time("from"),
            query.Time("to"),
            query.Text("correlation_id"),
            query.Text("q", ExecutionReads.MaxTextLength));
        return (filter, page, ExecutionFields.Read(query), query.Problem);
    }

    private static ImmutableArray<ExecutionStatus> Statuses(QueryParameters query)
    {
        var statuses = ImmutableArray.CreateBuilder<ExecutionStatus>();
        foreach (var name in query.List("status"))
        {
            if (StatusNames.ParseExecution(name) is { } status)
                statuses.Add(status);
            else
                query.Wrong("status", NotAStatus(name));
        }
        return statuses.ToImmutable();
    }
}
