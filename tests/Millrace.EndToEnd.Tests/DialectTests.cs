using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace Millrace.EndToEnd.Tests;

/// <summary>Workflows in each of the five dialects, through the public surface: posted, run, watched, read back.</summary>
public sealed class DialectTests
{
    public static TheoryData<string, string, string, string, string> Documents => new()
    {
        {
            "graph", "application/json",
            """
            {"id":"graph","name":"Route","nodes":[
              {"id":"start","type":"start","config":{}},
              {"id":"big","type":"conditional","config":{"condition":"{{input.value}} > 10","true_edge":"success_path","false_edge":"failure_path"}},
              {"id":"yes","type":"transform","config":{"expression":"{'size': 'big', 'value': data.value}"}},
              {"id":"no","type":"transform","config":{"expression":"{'size': 'small'}"}}],
             "edges":[
              {"source":"start","target":"big"},
              {"id":"success_path","source":"big","target":"yes"},
              {"id":"failure_path","source":"big","target":"no"}]}
            """,
            """{"input":{"value":42}}""",
            """{"size":"big","value":42}"""
        },
        {
            "canvas", "application/json",
            """
            {"id":"canvas","name":"Greeting","nodes":[
              {"id":"t","type":"trigger","position":{"x":0,"y":0},"data":{"label":"Start"}},
              {"id":"who","type":"manualInput","position":{"x":100,"y":0},"data":{"label":"Who","config":{"default":"world"}}},
              {"id":"greet","type":"addField","position":{"x":200,"y":0},"data":{"config":{"field":"greeting","value":"Hello {{who.output}}","keep":"only"}}},
              {"id":"memo","type":"comment","position":{"x":0,"y":100},"data":{"text":"Says hello"}},
              {"id":"out","type":"output","position":{"x":300,"y":0},"data":{}}],
             "edges":[
              {"id":"e1","source":"t","target":"who"},
              {"id":"e2","source":"who","target":"greet"},
              {"id":"e3","source":"greet","target":"out"}]}
            """,
            """{"inputs":{"who":"Ada"}}""",
            """{"greeting":"Hello Ada"}"""
        },
        {
            "steps", "application/json",
            """
            {"id":"steps","name":"Orders","isActive":true,"trigger":{"type":"manual"},"variables":{"limit":100},"owner":"u1","tags":["orders"],"steps":[
              {"id":"total","name":"Total","type":"transform","config":{"expression":"{'total': input.items.map(i, i.price).size() * 10}"},"nextSteps":["approve"]},
              {"id":"approve","name":"Approve","type":"transform","config":{"expression":"{'approved': data.total < variables.limit}"},"conditions":["data.total > 0"],"nextSteps":[],"onError":"fail"}]}
            """,
            """{"input":{"items":[{"price":1},{"price":2}]}}""",
            """{"approved":true}"""
        },
        {
            "sequence", "application/yaml",
            """
            id: sequence
            name: "Document Processing"
            version: "1.0"
            description: "Process and analyze documents"
            steps:
              - id: "document_input"
                type: "input"
                config:
                  required_fields:
                    - "document_url"
                    - "document_type"
              - id: "never"
                type: transform
                conditions: ["false"]
                config:
                  expression: "'not run'"
              - id: "summary"
                type: "transform"
                config:
                  template:
                    url: "{{input.document_url}}"
                    kind: "{{input.document_type}}"
            """,
            """{"input":{"document_url":"https://example.com/a.pdf","document_type":"invoice"}}""",
            """{"url":"https://example.com/a.pdf","kind":"invoice"}"""
        },
        {
            "connections", "application/json",
            """
            {"id":"connections","name":"Tickets","nodes":[
              {"id":"intake","type":"start"},
              {"id":"urgent","type":"transform","config":{"expression":"'page somebody'"}},
              {"id":"normal","type":"transform","config":{"expression":"'queue it'"}}],
             "connections":[
              {"from":"intake","to":"urgent","condition":"input.priority == 'high'"},
              {"from":"intake","to":"normal","condition":"input.priority != 'high'"}]}
            """,
            """{"input":{"priority":"high"}}""",
            "\"page somebody\""
        },
    };

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task A_workflow_is_posted_run_watched_and_read_back(string id, string type, string document, string start, string result)
    {
        await using var server = await ServerProcess.StartAsync();

        var (created, workflow) = await server.PostAsync("api/v1/workflows", document, type);
        Assert.True(created == HttpStatusCode.Created, workflow.ToString());
        Assert.Equal(id, workflow.GetProperty("id").GetString());

        var (ran, execution) = await server.PostAsync($"api/v1/workflows/{id}/execute?wait=30", start);
        Assert.True(ran == HttpStatusCode.OK, execution.ToString());
        Assert.Equal("completed", execution.GetProperty("status").GetString());
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(result).RootElement, execution.GetProperty("result")), execution.ToString());
        Assert.Equal(100, execution.GetProperty("progress").GetProperty("percentage").GetInt32());

        var executionId = execution.GetProperty("id").GetString()!;
        var events = await ReadEventsAsync(server, executionId);
        Assert.Equal("workflow_started", events[0]);
        Assert.Equal(["workflow_completed", "end"], events[^2..]);
        Assert.Equal(executionId, (await server.GetAsync($"api/v1/executions/{executionId}")).GetProperty("id").GetString());
        Assert.Equal($"{executionId}|{id}|completed", await SqliteAsync(server.DatabasePath, $"SELECT id, workflowId, status FROM workflow_executions WHERE id = '{executionId}'"));
        Assert.NotEqual("0", await SqliteAsync(server.DatabasePath, $"SELECT count(*) FROM execution_logs WHERE executionId = '{executionId}' AND nodeType <> ''"));
    }

    [Fact]
    public async Task The_seeds_incomplete_example_gets_the_error_it_deserves()
    {
        await using var server = await ServerProcess.StartAsync();

        var (status, body) = await server.PostAsync("api/v1/workflows", """
            {"name":"Customer Support Workflow","description":"Automated customer support workflow",
             "nodes":[
              {"id":"start","type":"start","config":{}},
              {"id":"route","type":"conditional","config":{"condition":"{{start.output.category}} == 'technical'","true_edge":"technical_support","false_edge":"general_support"}}],
             "edges":[{"source":"start","target":"route"}]}
            """);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        var pointers = body.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("pointer").GetString()).ToList();
        Assert.Contains("/nodes/1/config/true_edge", pointers);
        Assert.Contains("/nodes/1/config/false_edge", pointers);
    }

    private static async Task<List<string>> ReadEventsAsync(ServerProcess server, string executionId)
    {
        using var response = await server.Http.GetAsync(server.Url($"api/v1/executions/{executionId}/events"), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        var names = new List<string>();
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal))
                names.Add(line["event: ".Length..]);
            if (names is [.., "end"])
                break;
        }
        return names;
    }

    // The command line tool, as a person who debugs would use it, while the server runs.
    private static async Task<string> SqliteAsync(string database, string sql)
    {
        using var process = Process.Start(new ProcessStartInfo("sqlite3") { ArgumentList = { "-readonly", database, sql }, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, errors);
        return output.Trim();
    }
}
