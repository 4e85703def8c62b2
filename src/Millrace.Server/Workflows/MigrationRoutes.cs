using System.Text.Json;
using Millrace.Core.Executions;
using Millrace.Server.Access;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Workflows;

/// <summary>Moving running executions to another version of their workflow.</summary>
internal sealed class MigrationRoutes(Migrations migrations)
{
    public void Map(IEndpointRouteBuilder api) =>
        api.MapPost("/workflows/{id}/migrate", Reply.Of(MigrateAsync)).RequirePermission(Permission.EditWorkflows).Describe("Move running executions to another version", route => route
            .Detail(
                "With dryRun nothing is changed: the response says for each execution whether it is safe to move, needs a mapping of "
                    + "nodes, or is blocked, and why. Otherwise all executions are moved, each in one commit, or none if one of them is "
                    + "not safe (409).")
            .Body("MigrateRequest", """{"from": 1, "to": 2, "mapping": {"old": "new"}, "dryRun": true}""")
            .Replies(200, "For each execution, whether it can be moved, or that it is being moved.", "MigrationReport").Problems(404, 409, 422));

    private async ValueTask<Reply> MigrateAsync(HttpContext context)
    {
        var bound = await BodyFields.BindAsync(context, fields => Read(fields, context.RouteText("id")));
        return bound.IsRead(out var command, out var problem)
            ? (await migrations.MigrateAsync(context.Caller(), command, context.RequestAborted)).ToReply(report => Reply.Json(report, Write))
            : problem;
    }

    private static MigrateCommand Read(BodyFields fields, string workflowId)
    {
        var to = fields.Integer("to", 1, int.MaxValue);
        if (to is null && !fields.HasProblems)
            fields.Wrong("to", "'to' is missing. It must be the number of the version to move to.", "missing_field");
        return new MigrateCommand(
            workflowId,
            fields.Integer("from", 1, int.MaxValue),
            to ?? 0,
            fields.Map("mapping"),
            fields.Inside("filter", filter => filter.Texts("ids", Migrations.MaxAtOnce, BulkExecutions.MaxIdLength)),
            fields.Flag("dryRun"));
    }

    private static void Write(Utf8JsonWriter writer, MigrationReport report)
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
