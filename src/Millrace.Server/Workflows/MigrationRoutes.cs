using System.Collections.Immutable;
using System.Text.Json;
using Millrace.Core.Executions;
using Millrace.Core.Graphs;
using Millrace.Core.Values;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Server.Access;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Workflows;

/// <summary>Moves running executions to another version of their workflow, or says which could be moved.</summary>
internal sealed class MigrationRoutes(WorkflowEngine engine, IStore store, ExecutionHistory history)
{
    private const int MostAtOnce = 10_000;

    private static readonly ImmutableArray<ExecutionStatus> NotEnded =
        [ExecutionStatus.Pending, ExecutionStatus.Running, ExecutionStatus.Waiting, ExecutionStatus.Paused, ExecutionStatus.Compensating];

    public void Map(IEndpointRouteBuilder api) =>
        api.MapPost("/workflows/{id}/migrate", Reply.Of(MigrateAsync)).RequirePermission(Permission.EditWorkflows).Describe("Move running executions to another version", route => route
            .Detail("With dryRun nothing is changed: the answer says of each execution whether it is safe to move, needs a mapping of nodes, or is blocked, and why. Else either all that were found are moved, each in one commit, or, where one is not safe, none (409).")
            .Body("MigrateRequest", """{"from": 1, "to": 2, "mapping": {"old": "new"}, "dryRun": true}""")
            .Replies(200, "What can be moved; or, for all that are, that they are being moved.", "MigrationReport").Problems(404, 409, 422));

    private sealed record Entry(string Id, ExecutionStatus Status, int Version, Migration Plan);

    private sealed record Report(int To, bool IsDryRun, IReadOnlyList<Entry> Entries, bool IsCut);

    private async ValueTask<Reply> MigrateAsync(HttpContext context)
    {
        var (body, problem) = await RequestBody.ReadObjectAsync(context);
        if (body is null)
            return problem!;
        var fields = new BodyFields(body);
        var from = fields.Integer("from", 1, int.MaxValue);
        var to = fields.Integer("to", 1, int.MaxValue);
        var mapping = fields.Map("mapping");
        var isDryRun = fields.Flag("dryRun");
        var ids = BodyFields.Inside(fields.Map("filter")).Texts("ids", MostAtOnce, 128);
        if (to is null)
            fields.Wrong("to", "'to' is missing. It must be the number of the version to move to.", "missing_field");
        if (mapping.Entries.ToArray().Any(entry => !entry.Value.TryGetString(out _)))
            fields.Wrong("mapping", "'mapping' gives the new id of a node by its old one: {\"old\": \"new\"}.");
        if (fields.Problem is not null)
            return fields.Problem;
        var (tenant, workflowId) = (context.Tenant(), context.RouteText("id"));
        if (await store.ReadWorkflowAsync(tenant, workflowId, context.RequestAborted) is null)
            return ProblemReply.NotFound("workflow", workflowId);
        if (await history.FindGraphAsync(tenant, workflowId, to!.Value, context.RequestAborted) is not { } graph)
            return ProblemReply.NotFound($"version {to} of workflow", workflowId);
        foreach (var entry in mapping.Entries)
        {
            if (graph.Find(entry.Value.AsString()) is null)
                fields.Wrong("mapping", $"Version {to} has no node '{entry.Value.AsString()}'.");
        }
        if (fields.Problem is not null)
            return fields.Problem;
        var (entries, isCut) = await PlanAsync(tenant, workflowId, from, to.Value, ids, graph, mapping, context.RequestAborted);
        if (isDryRun)
            return Reply.Json(new Report(to.Value, true, entries, isCut), Write);
        if (entries.Where(entry => entry.Plan.Verdict != MigrationVerdict.Safe).ToList() is { Count: > 0 } unsafeOnes)
            return ProblemReply.Conflict("not_all_safe", $"{unsafeOnes.Count} of {entries.Count} executions cannot be moved, so none was. The first: '{unsafeOnes[0].Id}': {string.Join(' ', unsafeOnes[0].Plan.Reasons)} A dry run lists them all; 'filter': {{\"ids\": [...]}} moves only some.");
        foreach (var some in entries.Chunk(100))
            await Task.WhenAll(some.Select(entry => engine.SendAsync(tenant, entry.Id, "migrate", MapValue.Of(("version", (long)to.Value), ("mapping", mapping)))));
        return Reply.Json(new Report(to.Value, false, entries, isCut), Write);
    }

    private async Task<(IReadOnlyList<Entry> Entries, bool IsCut)> PlanAsync(
        string tenant, string workflowId, int? from, int to, IReadOnlyList<string>? ids, CompiledGraph graph, MapValue mapping, CancellationToken cancellation)
    {
        var entries = new List<Entry>();
        string? after = null;
        while (true)
        {
            var page = await store.ListExecutionsAsync(tenant, new ExecutionFilter(workflowId, NotEnded), new Page(200, after), cancellation);
            foreach (var record in page)
            {
                if (record.Version == to || (from is not null && record.Version != from) || ids?.Contains(record.Id, StringComparer.Ordinal) == false)
                    continue;
                if (entries.Count == MostAtOnce)
                    return (entries, true);
                entries.Add(new Entry(record.Id, record.Status, record.Version, Migration.Plan(await history.ReadStateAsync(record, cancellation: cancellation), graph, mapping)));
            }
            if (page.Count < 200)
                return (entries, false);
            after = page[^1].Id;
        }
    }

    private static void Write(Utf8JsonWriter writer, Report report)
    {
        int Count(MigrationVerdict verdict) => report.Entries.Count(entry => entry.Plan.Verdict == verdict);
        writer.WriteStartObject();
        writer.WriteNumber("to", report.To);
        writer.WriteBoolean("dryRun", report.IsDryRun);
        writer.WriteNumber("total", report.Entries.Count);
        writer.WriteNumber("safe", Count(MigrationVerdict.Safe));
        writer.WriteNumber("needsMapping", Count(MigrationVerdict.NeedsMapping));
        writer.WriteNumber("blocked", Count(MigrationVerdict.Blocked));
        writer.WriteBoolean("truncated", report.IsCut);
        writer.WriteStartArray("executions");
        foreach (var entry in report.Entries)
        {
            writer.WriteStartObject();
            writer.WriteString("executionId", entry.Id);
            writer.WriteString("status", entry.Status.Name());
            writer.WriteNumber("version", entry.Version);
            writer.WriteString("verdict", JsonNamingPolicy.CamelCase.ConvertName(entry.Plan.Verdict.ToString()));
            writer.WriteStartArray("reasons");
            foreach (var reason in entry.Plan.Reasons)
                writer.WriteStringValue(reason);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
