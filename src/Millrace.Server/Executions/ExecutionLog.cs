using System.Text.Json;
using Millrace.Core.Values;
using Millrace.Engine.Storage;
using Millrace.Server.Access;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Executions;

/// <summary>The log of an execution: what its nodes wrote, and what the engine has to say, in the order of the journal.</summary>
internal sealed class ExecutionLog(IStore store)
{
    /// <summary>The lines of a page where nobody says how many.</summary>
    public const int DefaultLines = 1_000;

    /// <summary>The most lines of a page.</summary>
    public const int MaxLines = 10_000;

    private static readonly string[] Levels = ["debug", "info", "warn", "error"];

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
        var least = Level(query);
        var node = query.Text("node");
        if (query.Problem is not null)
            return query.Problem;
        if (await store.ReadExecutionAsync(context.Tenant(), context.RouteText("id"), context.RequestAborted) is not { } record)
            return ProblemReply.NotFound("execution", context.RouteText("id"));
        var lines = new List<LoggedLine>();
        await foreach (var e in JournalReader.ReadAsync(store, record.Tenant, record.Id, after, context.RequestAborted))
        {
            var line = LoggedLine.Of(e);
            if (Array.IndexOf(Levels, line.Level) < least || (node is not null && !string.Equals(line.NodeId, node, StringComparison.Ordinal)))
                continue;
            lines.Add(line);
            if (lines.Count > limit)
                break;
        }
        return Paging.Reply(context, Listing.Cut(lines, limit, line => line.Seq.ToString()), static (writer, line) => line.Write(writer), "after");
    }

    private static int Level(QueryParameters query)
    {
        var name = query.Text("level")?.ToLowerInvariant() switch
        {
            null => "debug",
            "warning" => "warn",
            "information" => "info",
            var given => given,
        };
        var level = Array.IndexOf(Levels, name);
        if (level < 0)
            query.Wrong("level", $"'{name}' is not a level. Use {string.Join(", ", Levels)}; lines of that level and above are listed.");
        return level;
    }

    /// <summary>One line.</summary>
    private sealed record LoggedLine(long Seq, Value Time, string Level, string Source, string? NodeId, string? Iteration, string Message, Value Data)
    {
        public static LoggedLine Of(JournaledEvent e)
        {
            var json = ValueJson.Parse(e.Json.Span);
            var data = json["data"];
            var nodeId = Text(json["nodeId"]);
            var isNodes = string.Equals(e.Type, "log", StringComparison.Ordinal);
            var (level, message) = isNodes ? (Text(data["level"]) ?? "info", Text(data["message"]) ?? "") : Describe(e.Type, nodeId, data);
            return new LoggedLine(e.Seq, json["time"], level, isNodes ? "node" : "engine", nodeId, Text(json["iteration"]), message, isNodes ? data["data"] : Value.Null);
        }

        public void Write(Utf8JsonWriter writer)
        {
            writer.WriteStartObject();
            writer.WriteNumber("seq", Seq);
            ExecutionJson.WriteValue(writer, "time", Time);
            writer.WriteString("level", Level);
            writer.WriteString("source", Source);
            writer.WriteString("nodeId", NodeId);
            if (Iteration is not null)
                writer.WriteString("iteration", Iteration);
            writer.WriteString("message", Message);
            if (!Data.IsNull)
                ExecutionJson.WriteValue(writer, "data", Data);
            writer.WriteEndObject();
        }

        private static (string Level, string Message) Describe(string type, string? nodeId, Value data)
        {
            var error = Text(data["error"]["message"]);
            return type switch
            {
                "workflow_started" => ("info", "The execution started."),
                "workflow_waiting" => ("info", Text(data["until"]) is { } until ? $"The execution waits until {until}." : "The execution waits for a signal."),
                "workflow_completed" => ("info", "The execution completed."),
                "workflow_failed" => ("error", $"The execution failed: {error}"),
                "workflow_cancelled" => ("warn", Text(data["reason"]) is { } reason ? $"The execution was cancelled: {reason}" : "The execution was cancelled."),
                "node_started" => ("debug", $"Node '{nodeId}' started attempt {data["attempt"].ToJson()}."),
                "node_completed" => ("info", $"Node '{nodeId}' completed in {data["duration"].ToJson()} ms."),
                "node_failed" => ("error", $"Node '{nodeId}' failed: {error}"),
                "node_retrying" => ("warn", $"Node '{nodeId}' failed and will be retried at {Text(data["dueAt"])}: {error}"),
                "node_skipped" => ("info", $"Node '{nodeId}' was skipped ({Text(data["reason"])})."),
                "node_waiting" => ("info", $"Node '{nodeId}' waits."),
                "node_in_doubt" => ("warn", $"It is unknown whether the effect of node '{nodeId}' happened before the server stopped; policy: {Text(data["policy"])}."),
                "step_completed" when error is not null => ("warn", $"Step '{Text(data["name"])}' of node '{nodeId}' failed: {error}"),
                "step_completed" => ("debug", $"Step '{Text(data["name"])}' of node '{nodeId}' completed in {data["duration"].ToJson()} ms."),
                "variables_changed" => ("debug", $"Node '{nodeId}' set variables."),
                _ => ("info", type),
            };
        }

        private static string? Text(Value value) => value.TryGetString(out var text) ? text : null;
    }
}
