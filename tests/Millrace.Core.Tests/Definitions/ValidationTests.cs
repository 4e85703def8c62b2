using Millrace.Core.Definitions;

namespace Millrace.Core.Tests.Definitions;

public sealed class ValidationTests
{
    private const string Http = """ "type": "http", "config": {"url": "https://example.com"} """;

    private static string Graph(string nodes, string edges = "", string head = "") =>
        $$"""{ {{head}} "name": "x", "nodes": [{{nodes}}], "edges": [{{edges}}] }""";

    private static string One(string fields) => Graph($$"""{"id": "a", {{fields}} }, {"id": "b", "type": "noop"}""", """{"source": "a", "target": "b"}""");

    [Theory]
    // ids, types and names
    [InlineData("""{"type": "noop"}""", "missing_field", "/nodes/0")]
    [InlineData("""{"id": "a"}""", "missing_field", "/nodes/0")]
    [InlineData("""{"id": "a\nb", "type": "noop"}""", "invalid_id", "/nodes/0/id")]
    [InlineData("""{"id": "a", "type": "noop"}, {"id": "a", "type": "noop"}""", "duplicate_id", "/nodes/1/id")]
    [InlineData("""{"id": "a", "type": "htp"}""", "unknown_node_type", "/nodes/0/type")]
    [InlineData("""{"id": "a", "type": "noop", "label": "x\u0007"}""", "invalid_name", "/nodes/0/label")]
    [InlineData("""{"id": "c", "type": "comment"}""", "no_nodes", "/nodes")]
    [InlineData("", "no_nodes", "/nodes")]
    [InlineData("5", "wrong_type", "/nodes/0")]
    // policies
    [InlineData("""{"id": "a", "type": "noop", "timeout": 0}""", "out_of_range", "/nodes/0/timeout")]
    [InlineData("""{"id": "a", "type": "noop", "retry": {"maxAttempts": 0}}""", "out_of_range", "/nodes/0/retry/maxAttempts")]
    [InlineData("""{"id": "a", "type": "noop", "max_retries": 5000}""", "out_of_range", "/nodes/0/max_retries")]
    [InlineData("""{"id": "a", "type": "noop", "retry": {"maxAttempts": 2, "delay": "PT2H", "maxDelay": "PT1H"}}""", "out_of_range", "/nodes/0/retry/maxDelay")]
    [InlineData("""{"id": "a", "type": "noop", "retry": {"backoff": "linear"}}""", "unknown_backoff", "/nodes/0/retry/backoff")]
    [InlineData("""{"id": "a", "type": "noop", "cache": {"ttl": "1h"}}""", "missing_field", "/nodes/0/cache")]
    [InlineData("""{"id": "a", "type": "noop", "cache": {"key": "k", "ttl": 0}}""", "out_of_range", "/nodes/0/cache/ttl")]
    [InlineData("""{"id": "a", "type": "noop", "onError": "goto:"}""", "missing_field", "/nodes/0/onError")]
    [InlineData("""{"id": "a", "type": "noop", "on_error": {"goto": "nowhere"}}""", "unknown_goto_target", "/nodes/0/on_error/goto")]
    [InlineData("""{"id": "a", "type": "noop", "onError": "explode"}""", "unknown_error_action", "/nodes/0/onError")]
    [InlineData("""{"id": "a", "type": "noop", "inDoubt": "maybe"}""", "unknown_in_doubt_policy", "/nodes/0/inDoubt")]
    [InlineData("""{"id": "a", "type": "noop", "compensation": {"config": {}}}""", "missing_field", "/nodes/0/compensation")]
    [InlineData("""{"id": "a", "type": "noop", "compensation": {"type": "undo"}}""", "unknown_node_type", "/nodes/0/compensation/type")]
    [InlineData("""{"id": "a", "type": "noop", "compensation": {"type": "http", "config": {}}}""", "missing_field", "/nodes/0/compensation/config")]
    [InlineData("""{"id": "a", "type": "noop", "outputSchema": {"type": "objekt"}}""", "invalid_schema", "/nodes/0/outputSchema/type")]
    // gates
    [InlineData("""{"id": "a", "type": "noop", "conditions": [{"value": 1}]}""", "missing_field", "/nodes/0/conditions/0")]
    [InlineData("""{"id": "a", "type": "noop", "conditions": [{"field": "input.x", "operator": "grater", "value": 1}]}""", "unknown_operator", "/nodes/0/conditions/0/operator")]
    [InlineData("""{"id": "a", "type": "noop", "conditions": [5]}""", "wrong_type", "/nodes/0/conditions/0")]
    [InlineData("""{"id": "a", "type": "noop", "conditions": ["1 +"]}""", "invalid_expression", "/nodes/0/conditions/0")]
    [InlineData("""{"id": "a", "type": "noop", "conditions": [{"field": "inptu.x", "value": 1}]}""", "unknown_reference", "/nodes/0/conditions/0/field")]
    [InlineData("""{"id": "a", "type": "noop", "conditions": [{"field": "input.x", "value": "{{nope}}"}]}""", "unknown_reference", "/nodes/0/conditions/0/value")]
    // config
    [InlineData("""{"id": "a", "type": "http"}""", "missing_field", "/nodes/0")]
    [InlineData("""{"id": "a", "type": "http", "config": {"method": "GET"}}""", "missing_field", "/nodes/0/config")]
    [InlineData("""{"id": "a", "type": "http", "config": {"url": 5}}""", "wrong_type", "/nodes/0/config/url")]
    [InlineData("""{"id": "a", "type": "http", "config": "x"}""", "wrong_type", "/nodes/0/config")]
    [InlineData("""{"id": "a", "type": "ai_processing", "config": {"model": "m", "maxTokens": 0}}""", "invalid_value", "/nodes/0/config/maxTokens")]
    [InlineData("""{"id": "a", "type": "http", "config": {"url": "x", "methd": "GET"}}""", "unknown_field", "/nodes/0/config/methd")]
    [InlineData("""{"id": "a", "type": "switch", "config": {"cases": [{"port": "p", "whn": "true"}]}}""", "unknown_field", "/nodes/0/config/cases/0/whn")]
    [InlineData("""{"id": "a", "type": "http", "config": {"url": "x", "timeout": "5s"}}""", "node_field_in_config", "/nodes/0/config/timeout")]
    // expressions and references
    [InlineData("""{"id": "a", "type": "if", "config": {"condition": "input.x >"}}""", "invalid_expression", "/nodes/0/config/condition")]
    [InlineData("""{"id": "a", "type": "switch", "config": {"cases": [{"port": "p", "when": "nope(1)"}]}}""", "invalid_expression", "/nodes/0/config/cases/0/when")]
    [InlineData("""{"id": "a", "type": "log", "config": {"message": "{{ 1 + }}"}}""", "invalid_expression", "/nodes/0/config/message")]
    [InlineData("""{"id": "a", "type": "log", "config": {"message": "{{ nodes['b'].output }}"}}""", "unknown_reference", "/nodes/0/config/message")]
    [InlineData("""{"id": "a", "type": "log", "config": {"message": "{{ a.output }}"}}""", "reference_not_before", "/nodes/0/config/message")]
    [InlineData("""{"id": "a", "type": "log", "config": {"message": "{{ secrets.key }}"}}""", "secret_not_allowed", "/nodes/0/config/message")]
    [InlineData("""{"id": "a", "type": "http", "config": {"url": "https://example.com/{{ secrets.key }}"}}""", "secret_not_allowed", "/nodes/0/config/url")]
    [InlineData("""{"id": "a", "type": "noop", "cache": "{{ secrets.key }}"}""", "secret_not_allowed", "/nodes/0/cache")]
    [InlineData("""{"id": "a", "type": "noop", "compensation": {"type": "log", "config": {"message": "{{ nope }}"}}}""", "unknown_reference", "/nodes/0/compensation/config/message")]
    // unknown fields of a node
    [InlineData("""{"id": "a", "type": "noop", "colour": "red"}""", "unknown_field", "/nodes/0/colour")]
    [InlineData("""{"id": "a", "type": "noop", "is": 1, "onError": "fail", "on_error": "fail"}""", "duplicate_field", "/nodes/0/on_error")]
    public void A_problem_of_a_node_is_found_where_it_was_written(string nodes, string code, string pointer) =>
        Assert.Equal(pointer, Reading.Problem(Graph(nodes), code).Pointer);

    [Theory]
    [InlineData("\"source\": \"a\"", "missing_field", "/edges/0")]
    [InlineData("\"source\": \"a\", \"target\": \"bb\"", "unknown_node", "/edges/0/target")]
    [InlineData("\"from\": \"aa\", \"to\": \"b\"", "unknown_node", "/edges/0/from")]
    [InlineData("\"source\": \"a\", \"target\": \"b\", \"port\": \"tru\"", "unknown_port", "/edges/0/port")]
    [InlineData("\"source\": \"a\", \"target\": \"c\"", "edge_to_comment", "/edges/0")]
    [InlineData("\"source\": \"a\", \"target\": \"b\", \"when\": \"1 +\"", "invalid_expression", "/edges/0/when")]
    [InlineData("\"source\": \"a\", \"target\": \"b\", \"condition\": \"b.output\"", "reference_not_before", "/edges/0/condition")]
    [InlineData("\"source\": \"a\", \"target\": \"b\", \"colour\": 1", "unknown_field", "/edges/0/colour")]
    [InlineData("\"source\": \"a\", \"target\": \"b\", \"port\": []", "wrong_type", "/edges/0/port")]
    public void A_problem_of_an_edge_is_found_where_it_was_written(string edge, string code, string pointer)
    {
        var document = Graph("""{"id": "a", "type": "if", "config": {"condition": "true"}}, {"id": "b", "type": "noop"}, {"id": "c", "type": "comment"}""", $$"""{ {{edge}} }""");
        Assert.Equal(pointer, Reading.Problem(document, code).Pointer);
    }

    [Theory]
    [InlineData("\"id\": \"no spaces\"", "invalid_id", "/id")]
    [InlineData("\"id\": 5", "wrong_type", "/id")]
    [InlineData("\"tags\": [\"\"]", "invalid_name", "/tags")]
    [InlineData("\"tags\": [1]", "wrong_type", "/tags/0")]
    [InlineData("\"input_schema\": {\"type\": \"text\"}", "invalid_schema", "/input_schema/type")]
    [
        InlineData(
            "\"inputSchema\": {\"properties\": {\"a\": {\"patternProperties\": {}}}}",
            "invalid_schema",
            "/inputSchema/properties/a/patternProperties"),
    ]
    [InlineData("\"settings\": {\"timeout\": 0}", "out_of_range", "/settings/timeout")]
    [InlineData("\"settings\": {\"concurrency\": 0}", "out_of_range", "/settings/concurrency")]
    [InlineData("\"settings\": {\"max_concurrency\": 2000000}", "out_of_range", "/settings/max_concurrency")]
    [InlineData("\"settings\": {\"concurrency\": \"2\"}", "wrong_type", "/settings/concurrency")]
    [InlineData("\"settings\": {\"concurrency\": {\"key\": \"{{input.x}}\"}}", "missing_field", "/settings/concurrency")]
    [InlineData("\"settings\": {\"concurrency\": {\"limit\": 0}}", "out_of_range", "/settings/concurrency/limit")]
    [InlineData("\"settings\": {\"concurrency\": {\"limit\": \"x\"}}", "wrong_type", "/settings/concurrency/limit")]
    [InlineData(
        "\"settings\": {\"concurrency\": {\"limit\": 1, \"key\": \"{{input.}}\"}}", "invalid_expression", "/settings/concurrency/key")]
    [InlineData(
        "\"settings\": {\"concurrency\": {\"limit\": 1, \"key\": \"{{data.x}}\"}}", "invalid_expression", "/settings/concurrency/key")]
    [InlineData(
        "\"settings\": {\"concurrency\": {\"limit\": 1, \"key\": \"{{secrets.x}}\"}}", "invalid_expression", "/settings/concurrency/key")]
    [InlineData("\"settings\": {\"concurrency\": {\"limit\": 1, \"key\": \"input.x\"}}", "constant_key", "/settings/concurrency/key")]
    [InlineData("\"settings\": {\"concurrency\": {\"limit\": 1, \"per\": 5}}", "unknown_field", "/settings/concurrency/per")]
    [InlineData("\"settings\": {\"rate_limit\": 5}", "wrong_type", "/settings/rate_limit")]
    [InlineData("\"settings\": {\"rateLimit\": {\"limit\": 5}}", "missing_field", "/settings/rateLimit")]
    [InlineData("\"settings\": {\"rateLimit\": {\"per\": 5}}", "missing_field", "/settings/rateLimit")]
    [InlineData("\"settings\": {\"rate_limit\": {\"limit\": 5, \"per\": \"soon\"}}", "wrong_type", "/settings/rate_limit/per")]
    [InlineData("\"settings\": {\"rateLimit\": {\"limit\": 5, \"per\": 0}}", "out_of_range", "/settings/rateLimit/per")]
    [InlineData(
        "\"settings\": {\"rateLimit\": {\"limit\": 5, \"per\": \"1s\", \"burst\": 6}}", "out_of_range", "/settings/rateLimit/burst")]
    [InlineData(
        "\"settings\": {\"rateLimit\": {\"limit\": 5, \"per\": \"1s\", \"key\": "
        + "\"{{nodes.a}}\"}}", "invalid_expression", "/settings/rateLimit/key")]
    [InlineData("\"settings\": {\"priority\": 5000}", "out_of_range", "/settings/priority")]
    [InlineData("\"settings\": {\"retry\": {\"maxAttempts\": -1}}", "out_of_range", "/settings/retry/maxAttempts")]
    [InlineData("\"trigger\": {\"type\": \"cron\"}", "unknown_trigger_type", "/trigger/type")]
    [InlineData("\"trigger\": {\"path\": \"x\"}", "missing_field", "/trigger")]
    [InlineData("\"triggers\": [{\"type\": \"manual\", \"target\": \"q\"}]", "unknown_trigger_target", "/triggers/0/target")]
    [InlineData(
        "\"triggers\": [{\"id\": \"t\", \"type\": \"manual\"}, {\"id\": \"t\", \"type\": \"manual\"}]", "duplicate_id", "/triggers/1/id")]
    [InlineData("\"triggers\": [{\"id\": \"t t\", \"type\": \"manual\"}]", "invalid_id", "/triggers/0/id")]
    [InlineData("\"trigger\": {\"type\": \"schedule\", \"config\": {\"cron\": \"99 99 * * *\"}}", "invalid_value", "/trigger/config/cron")]
    [InlineData("\"trigger\": {\"type\": \"schedule\", \"cron\": \"* * *\"}", "invalid_value", "/trigger/cron")]
    [InlineData("\"trigger\": {\"type\": \"schedule\", \"every\": \"1h\", \"timezone\": \"Berlin\"}", "invalid_value", "/trigger/timezone")]
    [InlineData("\"trigger\": {\"type\": \"schedule\", \"at\": \"3.4.2030\"}", "invalid_value", "/trigger/at")]
    [InlineData("\"trigger\": {\"type\": \"schedule\", \"every\": \"1h\", \"overlp\": \"skip\"}", "unknown_field", "/trigger/overlp")]
    [InlineData("\"trigger\": {\"type\": \"schedule\"}", "missing_field", "/trigger")]
    [InlineData("\"trigger\": {\"type\": \"event\", \"types\": [\"a\"]}", "trigger_does_not_fire", "/trigger/type")]
    [InlineData("\"settings\": {\"timeot\": \"1h\"}", "unknown_field", "/settings/timeot")]
    [InlineData("\"settings\": {\"callbacks\": \"nonsense\"}", "wrong_type", "/settings/callbacks")]
    [InlineData("\"settings\": {\"mcp\": true}", "no_effect", "/settings/mcp")]
    [InlineData("\"callbacks\": \"nonsense\"", "unknown_field", "/callbacks")]
    [InlineData("\"timeout\": \"5s\"", "unknown_field", "/timeout")]
    [InlineData("\"variables\": 5", "wrong_type", "/variables")]
    public void A_problem_of_the_workflow_is_found_where_it_was_written(string head, string code, string pointer) =>
        Assert.Equal(pointer, Reading.Problem(Graph("""{"id": "a", "type": "noop"}""", head: head + ","), code).Pointer);

    [Theory]
    [InlineData("\"type\": \"htp\"", "unknown_node_type", "http")]
    [InlineData("\"type\": \"ai_procesing\"", "unknown_node_type", "ai_processing")]
    [InlineData("\"type\": \"script\"", "unknown_node_type", "code")]
    [InlineData("\"type\": \"API call\"", "unknown_node_type", "http")]
    [InlineData("\"type\": \"if\", \"config\": {\"condition\": \"input.x == True\"}", "unknown_reference", "true")]
    [InlineData("\"type\": \"http\", \"config\": {\"url\": \"x\", \"methd\": \"GET\"}", "unknown_field", "method")]
    [InlineData("\"type\": \"http\", \"url\": \"x\", \"config\": {\"url\": \"x\"}", "unknown_field", "config.url")]
    [InlineData("\"type\": \"noop\", \"onEror\": \"fail\"", "unknown_field", "onError")]
    [InlineData("\"type\": \"noop\", \"onError\": \"ignore\"", "unknown_error_action", "continue")]
    [InlineData("\"type\": \"noop\", \"onError\": \"goto:bb\"", "unknown_goto_target", "b")]
    [InlineData("\"type\": \"log\", \"config\": {\"message\": \"{{ inptu.x }}\"}", "unknown_reference", "input")]
    [InlineData("\"type\": \"log\", \"config\": {\"message\": \"{{ b.result }}\"}", "unknown_reference", "b.output.result")]
    [InlineData(
        "\"type\": \"log\", \"config\": {\"message\": \"{{ nodes['b'].result }}\"}", "unknown_reference", "nodes['b'].output.result")]
    public void A_suggestion_is_made_where_one_can_be_guessed(string fields, string code, string suggestion)
    {
        var problem = Reading.Problem(One(fields), code);
        Assert.Equal(suggestion, problem.Suggestion);
        Assert.EndsWith($"; did you mean '{suggestion}'?", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_without_an_id_is_one_problem()
    {
        var result = Reading.Checked(Graph("""{"type": "log", "config": {"message": "x"}}, {"id": "b", "type": "noop"}"""));
        Assert.Equal(["missing_field"], result.Problems.Select(problem => problem.Code));
        Assert.DoesNotContain(result.Problems, problem => problem.Message.Contains("''", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"field": "input.x", "operator": "gt", "value": 1}""", "comparable((input.x), 1) > comparable(1, (input.x))")]
    [InlineData("\"input.x > 10\"", "input.x > 10")]
    [InlineData("""{"expression": "input.x > 10"}""", "input.x > 10")]
    public void The_condition_of_an_edge_may_be_a_rule(string when, string expected)
    {
        foreach (var place in new[] { $$""" "when": {{when}} """, $$""" "data": {"when": {{when}}} """ })
        {
            var edge = $$"""{"source": "a", "target": "b", {{place}}}""";
            var result = Reading.Checked(Graph("""{"id": "a", "type": "noop"}, {"id": "b", "type": "noop"}""", edge));
            Assert.Empty(result.Problems);
            Assert.Contains(result.Definition!.Edges, edge => string.Equals(edge.When, expected, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void An_unknown_operator_on_a_canvas_edge_is_found_where_it_stands()
    {
        var edge = """{"source": "a", "target": "b", "data": {"when": {"field": "input.x", "operator": "grater", "value": 1}}}""";
        var problem = Reading.Problem(Graph("""{"id": "a", "type": "noop"}, {"id": "b", "type": "noop"}""", edge), "unknown_operator");
        Assert.EndsWith("/data/when", problem.Pointer, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_in_the_wrong_field_is_told_the_right_ones() =>
        Assert.EndsWith(
            "here in config.headers or config.auth.",
            Reading.Problem(One("\"type\": \"http\", \"config\": {\"url\": \"{{ secrets.x }}\"}"), "secret_not_allowed").Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_missing_field_of_a_config_is_named_once() =>
        Assert.Equal("http: 'url' is required.", Reading.Problem(One("\"type\": \"http\""), "missing_field").Message);

    [Fact]
    public void A_node_compared_as_if_it_were_its_result_is_warned_about() =>
        Assert.Equal("a.output", Reading.Problem(Graph("""{"id": "a", "type": "noop"}, {"id": "b", "type": "if", "config": {"condition": "a == 'spam'"}}""", """{"source": "a", "target": "b"}"""), "whole_record").Suggestion);

    [Fact]
    public void A_type_that_is_not_known_says_nothing_about_where_its_branches_lead()
    {
        var result = Reading.Checked("""
            {"name": "x", "nodes": [{"id": "s", "type": "start"}, {"id": "big", "type": "conditionl", "config": {"true_edge": "a", "false_edge": "b"}},
              {"id": "a", "type": "noop"}, {"id": "b", "type": "log", "config": {"message": "{{big.output}}"}}], "edges": [{"source": "s", "target": "big"}]}
            """);
        Assert.Equal(["unknown_node_type"], result.Problems.Select(problem => problem.Code));
    }

    [Fact]
    public void Edges_may_be_drawn_from_the_start_that_is_not_declared() =>
        Assert.Equal(["start --> a"], Reading.Clean(Graph("""{"id": "a", "type": "noop"}""", """{"source": "start", "target": "a"}""")).Ways());

    [Fact]
    public void The_unknown_type_sentence_asks_what_was_meant() =>
        Assert.Equal(
            "unknown node type 'htp'; did you mean 'http'?", Reading.Problem(One("\"type\": \"htp\""), "unknown_node_type").Message);

    [Fact]
    public void A_bare_name_of_a_variable_or_input_is_told_its_full_name()
    {
        const string head = """ "variables": {"limit": 1}, "inputSchema": {"type": "object", "properties": {"city": {}}}, """;
        Assert.Equal("variables.limit", Reading.Problem(Graph("""{"id": "a", "type": "log", "config": {"message": "{{limit}}"}}""", head: head), "unknown_reference").Suggestion);
        Assert.Equal("input.city", Reading.Problem(Graph("""{"id": "a", "type": "log", "config": {"message": "{{city}}"}}""", head: head), "unknown_reference").Suggestion);
    }

    [Fact]
    public void The_position_in_an_expression_is_part_of_the_sentence() =>
        Assert.EndsWith(
            "(at character 5).",
            Reading.Problem(One("\"type\": \"if\", \"config\": {\"condition\": \"1 + @\"}"), "invalid_expression").Message,
            StringComparison.Ordinal);

    [Fact]
    public void Templates_satisfy_any_type_and_verbatim_fields_are_no_templates() => Reading.Clean(Graph(
        """
        {"id": "a", "type": "llm", "config": {"model": "m", "temperature": "{{ input.t }}", "max_tokens": "{{ variables.n }}"}},
        {"id": "b", "type": "code", "config": {"code": "return {{ not a template }}"}}
        """));

    [Fact]
    public void Secrets_may_stand_in_their_fields_at_any_depth() => Reading.Clean(Graph(
        """{"id": "a", "type": "http", "config": {"url": "x", "headers": {"A": "Bearer {{ secrets.key }}"}, "auth": {"basic": {"password": "{{secrets.p}}"}}}}"""));

    [Fact]
    public void An_edge_twice_is_warned_about()
    {
        var document = Graph("""{"id": "a", "type": "noop"}, {"id": "b", "type": "noop"}""", """{"source": "a", "target": "b"}, {"source": "a", "target": "b"}""");
        var problem = Reading.Problem(document, "duplicate_edge");
        Assert.Equal(("/edges/1", Severity.Warning), (problem.Pointer, problem.Severity));
        Assert.Equal(
            "/edges/1/id",
            Reading.Problem(
                document.Replace("{\"source\": \"a\"", "{\"id\": \"e\", \"source\": \"a\"", StringComparison.Ordinal),
                "duplicate_id").Pointer);
    }

    [Fact]
    public void What_nothing_leads_to_is_warned_about()
    {
        var document = Graph(
            """{"id": "s", "type": "start"}, {"id": "a", "type": "noop"}, {"id": "b", "type": "noop"}, {"id": "loose", "type": "noop"}, {"id": "ask", "type": "manualInput"}""",
            """{"source": "a", "target": "b"}, {"source": "b", "target": "a", "when": "input.again"}""");
        var problems = Reading.Checked(document).Problems;
        Assert.Equal(
            "unconnected_node /nodes/1, unconnected_node /nodes/3",
            string.Join(", ", problems.Select(problem => $"{problem.Code} {problem.Pointer}")));
    }

    [Fact]
    public void A_step_that_branches_more_ways_than_it_has_ports_is_ambiguous()
    {
        var problem = Reading.Problem(
            """{"name": "x", "steps": [{"id": "i", "type": "if", "config": {"condition": "true"}, "nextSteps": ["a", "b", "c"]}, {"id": "a", "type": "noop"}, {"id": "b", "type": "noop"}, {"id": "c", "type": "noop"}]}""",
            "ambiguous_branch");
        Assert.Equal("/steps/0", problem.Pointer);
    }

    [Fact]
    public void An_edge_made_from_next_steps_is_located_there()
    {
        var problem = Reading.Problem("""{"name": "x", "steps": [{"id": "a", "type": "noop", "next_steps": ["bb"]}, {"id": "b", "type": "noop"}]}""", "unknown_node");
        Assert.Equal(("/steps/0/next_steps/0", "b"), (problem.Pointer, problem.Suggestion));
    }

    [Fact]
    public void A_workflow_without_a_name_is_called_untitled()
    {
        var result = Reading.Checked("""{"nodes": [{"id": "a", "type": "noop"}], "edges": []}""");
        Assert.Equal("missing_name", Assert.Single(result.Problems).Code);
        Assert.Equal("Untitled workflow", result.Definition!.Name);
    }

    [Fact]
    public void Limits_are_errors_with_their_place()
    {
        var tags = string.Join(", ", Enumerable.Range(0, 101).Select(i => $"\"t{i}\""));
        Assert.Equal("/tags", Reading.Problem(Graph("""{"id": "a", "type": "noop"}""", head: $"\"tags\": [{tags}],"), "limit_exceeded").Pointer);
        var nodes = string.Join(", ", Enumerable.Range(0, 10_001).Select(i => $$"""{"id": "{{i}}"}"""));
        Assert.Equal("/nodes", Reading.Problem(Graph(nodes), "too_many_nodes").Pointer);
        var edges = string.Join(", ", Enumerable.Repeat("""{"source": "a", "target": "a"}""", 50_001));
        Assert.Equal("/edges", Reading.Problem(Graph("""{"id": "a", "type": "noop"}""", edges), "too_many_edges").Pointer);
    }

    [Fact]
    public void Limits_count_what_the_author_has_written()
    {
        var nodes = string.Join(", ", Enumerable.Range(0, 10_000).Select(i => $$"""{"id": "n{{i}}", "type": "noop"}"""));
        var graph = Reading.Checked($$"""{"name": "x", "nodes": [{{nodes}}], "edges": []}""");
        Assert.Equal(10_001, graph.Definition!.Nodes.Length);
        Assert.DoesNotContain(graph.Problems, problem => problem.Severity == Severity.Error);
        var steps = Reading.Checked($$"""{"name": "x", "steps": [{{nodes}}]}""");
        Assert.DoesNotContain(steps.Problems, problem => problem.Code is "limit_exceeded" or "too_many_nodes");
    }

    [Fact]
    public void A_definition_made_by_hand_has_limits_too()
    {
        var nodes = Enumerable.Range(0, 10_001).Select(i => new NodeDefinition { Id = $"n{i}", Type = "noop" });
        var definition = new WorkflowDefinition { Name = "x", Nodes = [.. nodes], Edges = [] };
        Assert.Contains(DefinitionValidator.Validate(definition, null, TestCatalog.Instance), problem => problem.Code == "limit_exceeded");
    }

    [Fact]
    public void A_thousand_problems_are_enough()
    {
        var nodes = string.Join(", ", Enumerable.Range(0, 3_000).Select(i => $$"""{"id": "n{{i}}", "type": "nosuchtype"}"""));
        var problems = Reading.Checked(Graph(nodes)).Problems;
        Assert.Equal(1_001, problems.Length);
        Assert.Equal("too_many_problems", problems[^1].Code);
    }

    [Fact]
    public void Problems_of_a_definition_made_by_hand_lead_into_its_canonical_form()
    {
        var definition = new WorkflowDefinition
        {
            Name = "x",
            Nodes = [new NodeDefinition { Id = "s", Type = "start" }, new NodeDefinition { Id = "a", Type = "htp" }],
            Edges = [new EdgeDefinition { Id = "e", Source = "s", Target = "nowhere" }],
        };
        var problems = DefinitionValidator.Validate(definition, null, TestCatalog.Instance);
        Assert.Equal(
            "/nodes/1/type unknown_node_type, /edges/0/target unknown_node",
            string.Join(", ", problems.Where(problem => problem.Severity == Severity.Error).Select(problem => $"{problem.Pointer} {problem.Code}")));
    }
}
