using System.Text.Json;
using Millrace.Engine.History;
using Millrace.Server.Access;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Executions;

/// <summary>The log of an execution: what its nodes wrote, and what the engine has to say, in the order of the journal.</summary>
internal sealed class ExecutionLogRoutes(JournalReads journals)
{
    /// <summary>The lines of a page where nobody says how many.</summary>
    public const int DefaultLines = 1_000;

    /// <summary>The most lines of a page.</summary>
    public const int MaxLines = 10_000;

    public void Map(IEndpointRouteBuilder api)
    {
        foreach (var route in (ReadOnlySpan<string>)["/executions/{id}/logs", "/jobs/{id}/logs"])
            api.MapGet(route, Reply.Of(ReadAsync)).RequirePermission(Permission.ViewExecutions).Describe("Read an execution's log", description => description
                .Query("level", "Only lines of this level and above.", """{"enum": ["debug", "info", "warn", "error"], "default": "debug"}""")
                .Query("node", "Only lines of this node.")
                .PagesAfter().Lists("LogLine", "The lines of nodes and of the engine, in order.").Problems(404));
    }

    private async ValueTask<Reply> ReadAsync(HttpContext context)
    {
        var query = new QueryParameters(context);
        var after = query.Long("after", 0, 0, long.MaxValue);
        var limit = query.Integer("limit", DefaultLines, 1, MaxLines);
        var filter = new LogFilter(Level(query), query.Text("node"));
        if (query.Problem is not null)
            return query.Problem;
        return (await journals.ReadLogAsync(context.Caller(), context.RouteText("id"), after, limit, filter, context.RequestAborted))
            .ToReply(page => Paging.Reply(context, page, Write));
    }

    private static string Level(QueryParameters query)
    {
        var level = query.Text("level")?.ToLowerInvariant() switch
        {
            null => "debug",
            "warning" => "warn",
            "information" => "info",
            var given => given,
        };
        if (!ExecutionLogLine.Levels.Contains(level, StringComparer.Ordinal))
        {
            var known = string.Join(", ", ExecutionLogLine.Levels);
            query.Wrong("level", $"'{level}' is not a level. Use {known}; lines of that level and above are listed.");
        }
        return level;
    }

    private static void Write(Utf8JsonWriter writer, ExecutionLogLine line)
    {
        writer.WriteStartObject();
        writer.WriteNumber("seq", line.Seq);
        ExecutionJson.WriteValue(writer, "time", line.Time);
        writer.WriteString("level", line.Level);
        writer.WriteString("source", line.Source);
        writer.WriteString("nodeId", line.NodeId);
        if (line.Iteration is not null)
            writer.WriteString("iteration", line.Iteration);
        writer.WriteString("message", line.Message);
        if (!line.Data.IsNull)
            ExecutionJson.WriteValue(writer, "data", line.Data);
        writer.WriteEndObject();
    }
}
