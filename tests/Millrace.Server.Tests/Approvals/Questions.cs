using Millrace.Core.Values;

namespace Millrace.Server.Tests.Approvals;

/// <summary>Workflows that ask people, and what they ask.</summary>
internal static class Questions
{
    public const string Approval = """
        {
          "name": "Refund",
          "nodes": [
            {"id": "ask", "type": "approval", "config": {
              "title": "Refund {{ input.amount }}?", "message": "For <b>{{ input.who }}</b>", "assignees": ["ann", "ada"],
              "form": {"type": "object", "properties": {
                "limit": {"type": "integer", "minimum": 1, "title": "Limit", "description": "In euros"},
                "reason": {"enum": ["goodwill", "defect"]},
                "urgent": {"type": "boolean"}}, "required": ["limit"]}}},
            {"id": "yes", "type": "transform", "config": {"expression": "ask.output"}},
            {"id": "no", "type": "transform", "config": {"expression": "'refused: ' + ask.output.comment"}}
          ],
          "edges": [{"source": "ask", "target": "yes", "port": "approved"}, {"source": "ask", "target": "no", "port": "rejected"}]
        }
        """;

    public const string Form = """
        {
          "name": "Address",
          "nodes": [
            {"id": "where", "type": "manualInput", "name": "Where to?", "config": {"form": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}},
            {"id": "out", "type": "transform", "config": {"expression": "where.output.city"}}
          ],
          "edges": [{"source": "where", "target": "out"}]
        }
        """;

    /// <summary>Starts a workflow, and gives the execution's id and the open question's.</summary>
    public static async Task<(string Execution, string Approval)> AskAsync(this ServerFixture server, string document, string body = """{"input": {"amount": 5, "who": "Bob"}}""", params (string Name, string Value)[] headers)
    {
        var workflow = await server.CreateAsync(document, headers);
        var started = await server.PostAsync($"/api/v1/workflows/{workflow}/execute", body, headers);
        Assert.True(started.Status == 202, started.Text);
        var execution = started["id"].AsString();
        var open = (await server.GetAsync($"/api/v1/approvals?execution_id={execution}&status=open", headers)).Body.AsList();
        return (execution, Assert.Single((IEnumerable<Value>)open)["id"].AsString());
    }

    /// <summary>Waits for the end of an execution.</summary>
    public static async Task<Answer> WhenEndedAsync(this ServerFixture server, string execution, params (string Name, string Value)[] headers)
    {
        await using var events = await SseReader.OpenAsync(server, $"/api/v1/executions/{execution}/events");
        await events.ReadToEndAsync();
        return await server.GetAsync($"/api/v1/executions/{execution}", headers);
    }

    /// <summary>The path and query of a link.</summary>
    public static string PathOf(Value link) => new Uri(link.AsString()).PathAndQuery;
}
