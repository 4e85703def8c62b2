using Millrace.Core.Definitions;
using Millrace.Core.Values;

namespace Millrace.Core.Tests.Definitions;

public sealed class SeedDocumentTests
{
    private const string CustomerSupport = """
        {
            "name": "Customer Support Workflow",
            "description": "Automated customer support workflow",
            "nodes": [
                {
                    "id": "start",
                    "type": "start",
                    "config": {}
                },
                {
                    "id": "classify",
                    "type": "llm",
                    "config": {
                        "model": "gpt-4",
                        "prompt": "Classify this customer inquiry: {{input.message}}"
                    }
                },
                {
                    "id": "route",
                    "type": "conditional",
                    "config": {
                        "condition": "{{classify.output.category}} == 'technical'",
                        "true_edge": "technical_support",
                        "false_edge": "general_support"
                    }
                }
            ],
            "edges": [
                {"source": "start", "target": "classify"},
                {"source": "classify", "target": "route"}
            ]
        }
        """;

    [Fact]
    public void The_graph_sample_is_told_exactly_which_branch_targets_are_missing()
    {
        var result = Reading.Checked(CustomerSupport);

        Assert.Equal(Dialect.Graph, result.Definition!.Dialect);
        Assert.Equal(
            [
                ("/nodes/2/config/true_edge", "unknown_branch_target", "Add a node with that id."),
                ("/nodes/2/config/false_edge", "unknown_branch_target", "Add a node with that id."),
            ],
            result.Problems.Select(problem => (problem.Pointer, problem.Code, problem.Message[(problem.Message.IndexOf('.', StringComparison.Ordinal) + 2)..])));
    }

    [Fact]
    public void The_graph_sample_with_the_nodes_it_names_is_clean_and_gets_the_edges()
    {
        var completed = CustomerSupport.Replace(
            "\"nodes\": [",
            """
            "nodes": [
                {"id": "technical_support", "type": "llm", "config": {"model": "gpt-4", "prompt": "{{data}}"}},
                {"id": "general_support", "type": "noop"},
            """,
            StringComparison.Ordinal);

        var definition = Reading.Clean(completed);

        Assert.Equal(
            ["start --> classify", "classify --> route", "route -true-> technical_support", "route -false-> general_support"],
            definition.Ways());
    }

    [Theory]
    [InlineData("""{"id": "llm_node", "type": "llm", "config": {"model": "gpt-4", "prompt": "{{input.prompt}}", "temperature": 0.7, "max_tokens": 1000}}""")]
    [InlineData("""{"id": "http_node", "type": "http", "config": {"method": "POST", "url": "https://api.example.com/endpoint", "headers": {"Authorization": "Bearer {{secrets.api_key}}"}, "body": {"data": "{{input.data}}"}}}""")]
    [InlineData("""{"id": "code_node", "type": "code", "config": {"language": "python", "code": "def process(input_data):\n    result = input_data * 2\n    return {\"output\": result}\n", "input_mapping": {"input_data": "{{input.value}}"}}}""")]
    public void A_node_fragment_is_no_workflow_by_itself_but_is_clean_inside_one(string node)
    {
        var alone = Reading.Json(node);
        Assert.Null(alone.Definition);
        var problem = Assert.Single(alone.Problems);
        Assert.Equal("unknown_dialect", problem.Code);
        Assert.EndsWith("This is a single node: put it into 'nodes' of a workflow.", problem.Message, StringComparison.Ordinal);

        Reading.Clean($$"""{"name": "One", "nodes": [{{node}}], "edges": []}""");
    }

    [Fact]
    public void The_conditional_fragment_gets_its_two_paths()
    {
        var definition = Reading.Clean("""
            {"name": "One", "nodes": [
                {"id": "conditional_node", "type": "conditional", "config": {"condition": "{{input.value}} > 10", "true_edge": "success_path", "false_edge": "failure_path"}},
                {"id": "success_path", "type": "noop"}, {"id": "failure_path", "type": "noop"}],
             "edges": []}
            """);

        Assert.Equal(
            ["start --> conditional_node", "conditional_node -true-> success_path", "conditional_node -false-> failure_path"],
            definition.Ways());
    }

    [Fact]
    public void The_yaml_sample_is_a_sequence_that_runs_in_order()
    {
        var result = Reading.CheckedYaml("""
            # Example workflow definition
            name: "Document Processing"
            version: "1.0"
            description: "Process and analyze documents with AI"

            steps:
              - id: "document_input"
                type: "input"
                config:
                  required_fields:
                    - "document_url"
                    - "document_type"

              - id: "ai_analysis"
                type: "ai_processing"
                config:
                  model: "gpt-4"
                  max_tokens: 1000
                  temperature: 0.7

              - id: "result_storage"
                type: "storage"
                config:
                  storage_type: "s3"
                  bucket: "processed-documents"
            """);

        Assert.Empty(result.Problems);
        var definition = result.Definition!;
        Assert.Equal(Dialect.Sequence, definition.Dialect);
        Assert.Equal("1.0", definition.VersionLabel);
        Assert.Equal(["start --> document_input", "document_input --> ai_analysis", "ai_analysis --> result_storage"], definition.Ways());
        Assert.Equal("llm", definition.Node("ai_analysis").Type);
        Assert.Equal("document_url", definition.Node("document_input").Config()["required_fields"].AsList()[0]);
        Assert.True(definition.Node("ai_analysis").BypassWhenGated);
        Assert.Equal(Value.Null, result.Document["nodes"]);
    }

    [Fact]
    public void The_steps_model_reads_with_everything_its_interface_lists()
    {
        var definition = Reading.Clean("""
            {
                "id": "8b7d2f0e-4a53-4a39-9d0e-6a2a4c9d9a11",
                "name": "Triage",
                "description": "By priority",
                "version": 3,
                "isActive": false,
                "trigger": {"type": "schedule", "cron": "0 9 * * 1"},
                "steps": [
                    {"id": "load", "name": "Load", "type": "http", "config": {"url": "https://example.com"}, "nextSteps": ["check"],
                     "onError": {"strategy": "retry", "max_retries": 2}},
                    {"id": "check", "name": "Check", "type": "conditional", "config": {"condition": "load.output.body.ok"}, "nextSteps": ["report", "load"],
                     "onError": "continue"},
                    {"id": "report", "name": "Report", "type": "log", "config": {"message": "done"},
                     "conditions": ["variables.loud", {"field": "variables.level", "operator": "greaterThan", "value": 3}], "nextSteps": [], "onError": "fail"}
                ],
                "variables": {"loud": true, "level": 5},
                "owner": "someone",
                "tags": ["triage"],
                "createdAt": "2026-01-01T00:00:00Z",
                "updatedAt": "2026-01-01T00:00:00Z",
                "lastExecuted": "2026-01-01T00:00:00Z",
                "executionStats": {}
            }
            """);

        Assert.Equal(Dialect.Steps, definition.Dialect);
        Assert.Null(definition.VersionLabel);
        Assert.False(definition.IsActive);
        var trigger = Assert.Single(definition.Triggers);
        Assert.Equal(("schedule", "schedule", "0 9 * * 1"), (trigger.Id, trigger.Type, ((Value)trigger.Config)["cron"].AsString()));
        Assert.Equal(["start --> load", "load --> check", "check -true-> report", "check -false-> load"], definition.Ways());
        Assert.Equal(3, definition.Node("load").Retry!.MaxAttempts);
        Assert.Equal(ErrorAction.Continue, definition.Node("check").OnError.Action);
        Assert.Equal(2, definition.Node("report").Conditions.Length);
        Assert.False(definition.Node("report").BypassWhenGated);
        Assert.Equal("/steps/1/nextSteps/1", definition.Edges[3].Location.Pointer);
    }

    [Fact]
    public void The_canvas_types_read_from_a_react_flow_document()
    {
        var definition = Reading.Clean("""
            {
                "name": "Canvas",
                "viewport": {"x": 0, "y": 0, "zoom": 1},
                "nodes": [
                    {"id": "1", "type": "trigger", "position": {"x": 0, "y": 0}, "data": {"label": "Start"}, "width": 120, "selected": false},
                    {"id": "2", "type": "manualInput", "position": {"x": 0, "y": 90}, "data": {"label": "Ask", "config": {"field": "city"}}},
                    {"id": "3", "type": "addField", "position": {"x": 0, "y": 180}, "data": {"label": "Mark", "fields": {"checked": true}}, "measured": {"width": 1}},
                    {"id": "4", "type": "condition", "data": {"label": "Warm?", "condition": "nodes['2'].output.city == 'Rome'"}},
                    {"id": "5", "type": "http", "config": {"url": "https://example.com"}, "data": {"label": "Call"}},
                    {"id": "6", "type": "join", "data": {}},
                    {"id": "7", "type": "output", "data": {"label": "Done"}},
                    {"id": "8", "type": "comment", "data": {"text": "only words"}}
                ],
                "edges": [
                    {"id": "e1", "source": "1", "target": "2", "sourceHandle": null, "targetHandle": null, "animated": true},
                    {"id": "e2", "source": "2", "target": "3", "sourceHandle": "output"},
                    {"id": "e3", "source": "3", "target": "4", "sourceHandle": "source"},
                    {"id": "e4", "source": "4", "target": "5", "sourceHandle": "true"},
                    {"id": "e5", "source": "4", "target": "6", "sourceHandle": "false"},
                    {"id": "e6", "source": "5", "target": "6"},
                    {"id": "e7", "source": "6", "target": "7"}
                ]
            }
            """);

        Assert.Equal(Dialect.Canvas, definition.Dialect);
        Assert.Equal(
            ["1 --> 2", "2 --> 3", "3 --> 4", "4 -true-> 5", "4 -false-> 6", "5 --> 6", "6 --> 7"],
            definition.Ways());
        Assert.Equal("start", definition.Node("1").Type);
        Assert.Equal("Ask", definition.Node("2").Name);
        Assert.Equal("city", definition.Node("2").Config()["field"]);
        Assert.Equal(MapValue.Of("fields", MapValue.Of("checked", true)), definition.Node("3").Config());
        Assert.Equal("https://example.com", definition.Node("5").Config()["url"]);
        Assert.Equal("/nodes/3/data", definition.Node("4").ConfigSource.Pointer);
    }

    [Fact]
    public void The_connections_model_carries_conditions_on_its_transitions()
    {
        var definition = Reading.Clean("""
            {
                "name": "Transitions",
                "nodes": [
                    {"id": "a", "type": "noop"}, {"id": "b", "type": "noop"},
                    {"id": "c", "type": "conditional", "config": {"condition": "true"}}, {"id": "d", "type": "noop"}
                ],
                "connections": [
                    {"from": "a", "to": "b", "condition": "variables.x > 1"},
                    {"from": "a", "to": "c", "label": "otherwise"},
                    {"from": "c", "to": "d", "label": "Yes"}
                ]
            }
            """);

        Assert.Equal(Dialect.Connections, definition.Dialect);
        Assert.Equal(["start --> a", "a --> b", "a --> c", "c -true-> d"], definition.Ways());
        Assert.Equal("variables.x > 1", definition.Edges[1].When);
        Assert.Equal("otherwise", definition.Edges[2].Label);
    }
}
