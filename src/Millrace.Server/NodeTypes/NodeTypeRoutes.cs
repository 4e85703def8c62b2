using System.Text.Json;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Server.Access;
using Millrace.Server.Executions;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.NodeTypes;

/// <summary>The node types that workflows may use, with the schemas of their configs.</summary>
internal sealed class NodeTypeRoutes(NodeTypeOperations types)
{
    // A palette wants all of them, and there are few.
    private const int UsualPage = 200;

    public void Map(IEndpointRouteBuilder api)
    {
        var nodes = api.MapGroup("/nodes").RequirePermission(Permission.ViewWorkflows);
        nodes.MapGet("", Reply.Of(ListAsync)).Describe("List node types", route => route
            .Pages(UsualPage).Lists("NodeType", "Node types by name."));
        nodes.MapGet("/{type}", Reply.Of(ReadAsync)).Describe("Read a node type", route => route.Replies(200, "The type.", "NodeType").Problems(404));
    }

    private async ValueTask<Reply> ListAsync(HttpContext context)
    {
        var query = new QueryParameters(context);
        var page = Paging.Read(query, UsualPage);
        if (query.Problem is not null)
            return query.Problem;
        return (await types.ListAsync(context.Caller(), page, context.RequestAborted)).ToReply(listed => Paging.Reply(context, listed, Write));
    }

    private async ValueTask<Reply> ReadAsync(HttpContext context) =>
        (await types.ReadAsync(context.Caller(), context.RouteText("type"), context.RequestAborted)).ToReply(type => Reply.Json(type, Write));

    private static void Write(Utf8JsonWriter writer, NodeTypeDescription type)
    {
        writer.WriteStartObject();
        writer.WriteString("type", type.Type);
        WriteNames(writer, "aliases", type.Aliases);
        writer.WriteString("title", type.Title);
        writer.WriteString("description", type.Summary);
        writer.WriteString("category", type.Category);
        writer.WriteString("kind", JsonNamingPolicy.CamelCase.ConvertName(type.Kind.ToString()));
        if (type.Kind == NodeKind.Effect)
            writer.WriteString("repetition", JsonNamingPolicy.CamelCase.ConvertName(type.Repetition.ToString()));
        writer.WriteString("role", JsonNamingPolicy.CamelCase.ConvertName(type.Role.ToString()));
        WriteNames(writer, "ports", type.Ports);
        writer.WriteBoolean("hasConfiguredPorts", type.PortsOf is not null);
        ExecutionJson.WriteValue(writer, "configSchema", type.ConfigSchema);
        WriteNames(writer, "expressionFields", type.ExpressionFields);
        WriteNames(writer, "secretFields", type.SecretFields);
        WriteNames(writer, "verbatimFields", type.VerbatimFields);
        writer.WriteEndObject();
    }

    private static void WriteNames(Utf8JsonWriter writer, string name, IEnumerable<string> names)
    {
        writer.WriteStartArray(name);
        foreach (var item in names)
            writer.WriteStringValue(item);
        writer.WriteEndArray();
    }
}
