using System.Text.Json;
using Millrace.Core.Values;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Server.Access;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Executions;

/// <summary>The same thing done to many executions, with a result for each.</summary>
internal sealed class BulkRoutes(WorkflowEngine engine, IStore store, ForkRoutes forks)
{
    private const int MostAtOnce = 1_000;
    private const int LongestId = 128;
    private const int LongestReason = 1_000;

    public void Map(IEndpointRouteBuilder api) =>
        api.MapPost("/executions/bulk", Reply.Of(RunAsync)).RequirePermission(Permission.RunWorkflows).Describe("Cancel, retry or delete many executions", route => route
            .Detail("At most 1,000 at a time, named by their ids or found by a filter with the names of the list's. What cannot be done to one does not keep it from the others.")
            .Body("BulkRequest", """{"action": "cancel", "filter": {"workflowId": "orders", "status": ["waiting"]}}""")
            .Replies(200, "What became of each.", "BulkResults").Problems(422));

    private sealed record Result(string Id, int Status, string? Code = null, string? Detail = null, string? ExecutionId = null);

    private async ValueTask<Reply> RunAsync(HttpContext context)
    {
        var (body, problem) = await RequestBody.ReadObjectAsync(context);
        if (body is null)
            return problem!;
        var fields = new BodyFields(body);
        var action = fields.RequiredText("action", LongestId);
        var reason = fields.Text("reason", LongestReason);
        var confirm = fields.Flag("confirm");
        var ids = fields.Texts("ids", MostAtOnce, LongestId);
        var filter = BulkFilter.Read(fields);
        if (fields.Problem is null && action is not ("cancel" or "retry" or "delete"))
            fields.Wrong("action", $"'{action}' is no action. Use cancel, retry or delete.");
        if (fields.Problem is null && (ids is null) == (filter is null))
            fields.Wrong("ids", "Name the executions either by 'ids' or by a 'filter'.", "missing_field");
        if (fields.Problem is not null)
            return fields.Problem;
        var tenant = context.Tenant();
        ids ??= await FindAsync(tenant, filter!, context.RequestAborted);
        var results = action switch
        {
            "cancel" => await EachAsync(ids, id => CancelAsync(tenant, id, reason)),
            "retry" => await EachAsync(ids, id => RetryAsync(tenant, id, confirm, context.RequestAborted)),
            _ => await DeleteAsync(tenant, ids, context.RequestAborted),
        };
        return Reply.Json(results, Write);
    }

    private async Task<IReadOnlyList<string>> FindAsync(string tenant, ExecutionFilter filter, CancellationToken cancellation)
    {
        var ids = new List<string>();
        while (ids.Count < MostAtOnce)
        {
            var page = await store.ListExecutionsAsync(tenant, filter, new Page(Math.Min(200, MostAtOnce - ids.Count), ids.Count == 0 ? null : ids[^1]), cancellation);
            if (page.Count == 0)
                break;
            ids.AddRange(page.Select(execution => execution.Id));
        }
        return ids;
    }

    private static async Task<IReadOnlyList<Result>> EachAsync(IReadOnlyList<string> ids, Func<string, Task<Result>> run)
    {
        var results = new List<Result>(ids.Count);
        // Together, so that they share commits; not all at once, so that others are heard too.
        foreach (var some in ids.Chunk(100))
            results.AddRange(await Task.WhenAll(some.Select(run)));
        return results;
    }

    private async Task<Result> CancelAsync(string tenant, string id, string? reason) => await engine.CancelAsync(tenant, id, reason) switch
    {
        WriteOutcome.Done => new Result(id, StatusCodes.Status202Accepted),
        WriteOutcome.Terminal => new Result(id, StatusCodes.Status409Conflict, "already_ended", "It has ended and can no longer be cancelled."),
        _ => NotFound(id),
    };

    private async Task<Result> RetryAsync(string tenant, string id, bool confirm, CancellationToken cancellation)
    {
        var outcome = await forks.RetryAsync(tenant, id, confirm, null, cancellation);
        if (outcome is ForkOutcome.Accepted accepted)
            return new Result(id, StatusCodes.Status202Accepted, ExecutionId: accepted.Execution.Id);
        var refusal = ForkRoutes.Refusal(outcome);
        return new Result(id, refusal.Status, refusal.Code, refusal.Detail);
    }

    private async Task<IReadOnlyList<Result>> DeleteAsync(string tenant, IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        var outcomes = await engine.DeleteAsync(tenant, ids, cancellation);
        return [.. ids.Select((id, i) => outcomes[i] switch
        {
            WriteOutcome.Done => new Result(id, StatusCodes.Status204NoContent),
            WriteOutcome.NotFound => NotFound(id),
            _ => new Result(id, StatusCodes.Status409Conflict, "not_ended", "It has not ended yet; cancel it first."),
        })];
    }

    private static Result NotFound(string id) => new(id, StatusCodes.Status404NotFound, "not_found", $"There is no execution '{id}'.");

    private static void Write(Utf8JsonWriter writer, IReadOnlyList<Result> results)
    {
        writer.WriteStartArray();
        foreach (var result in results)
        {
            writer.WriteStartObject();
            writer.WriteString("id", result.Id);
            writer.WriteNumber("status", result.Status);
            if (result.Code is not null)
                writer.WriteString("code", result.Code);
            if (result.Detail is not null)
                writer.WriteString("detail", result.Detail);
            if (result.ExecutionId is not null)
                writer.WriteString("executionId", result.ExecutionId);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }
}
