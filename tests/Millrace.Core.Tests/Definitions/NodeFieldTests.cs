using Millrace.Core.Definitions;
using Millrace.Core.Values;

namespace Millrace.Core.Tests.Definitions;

public sealed class NodeFieldTests
{
    private static string With(string fields) => $$"""{"name": "x", "nodes": [{"id": "a", "type": "noop", {{fields}}}, {"id": "b", "type": "noop"}], "edges": [{"source": "a", "target": "b"}]}""";

    private static NodeDefinition Node(string fields) => Reading.Clean(With(fields)).Node("a");

    [Theory]
    [InlineData("\"onError\": \"continue\"", ErrorAction.Continue, null)]
    [InlineData("\"on_error\": \"Compensate\"", ErrorAction.Compensate, null)]
    [InlineData("\"onError\": \"goto:b\"", ErrorAction.Goto, "b")]
    [InlineData("\"onError\": {\"action\": \"goto\", \"target\": \"b\"}", ErrorAction.Goto, "b")]
    [InlineData("\"onError\": {\"strategy\": \"goto\", \"goto\": \"b\"}", ErrorAction.Goto, "b")]
    [InlineData("\"onError\": {\"goto\": \"b\"}", ErrorAction.Goto, "b")]
    [InlineData("\"onError\": {\"strategy\": \"retry\", \"maxRetries\": 2, \"fallback\": \"b\"}", ErrorAction.Goto, "b")]
    [InlineData("\"onError\": {\"action\": \"fail\"}", ErrorAction.Fail, null)]
    [InlineData("\"onError\": null", ErrorAction.Fail, null)]
    public void Error_handling_is_a_word_or_an_object(string field, ErrorAction action, string? target) =>
        Assert.Equal(new ErrorHandling(action, target), Node(field).OnError);

    [Theory]
    [InlineData("\"retry\": {\"maxAttempts\": 4}", 4)]
    [InlineData("\"retry\": {\"max_retries\": 4}", 5)]
    [InlineData("\"retry_policy\": {\"max_attempts\": 2}", 2)]
    [InlineData("\"retry\": 2", 3)]
    [InlineData("\"retry\": true", 3)]
    [InlineData("\"retry\": false", 1)]
    [InlineData("\"max_retries\": 0", 1)]
    [InlineData("\"max_retries\": 3", 4)]
    [InlineData("\"onError\": {\"strategy\": \"retry\", \"max_retries\": 1}", 2)]
    [InlineData("\"onError\": {\"action\": \"continue\", \"retry\": {\"maxAttempts\": 9}}", 9)]
    public void Attempts_are_repetitions_plus_one(string field, int attempts) => Assert.Equal(attempts, Node(field).Retry!.MaxAttempts);

    [Fact]
    public void A_retry_policy_reads_whole()
    {
        var retry = Node("""
            "retry": {"maxAttempts": 5, "delay": "PT2S", "backoff": "FIXED", "max_delay": 60000, "jitter": true, "errors": ["http.503", "timeout"]}
            """).Retry;
        Assert.Equal(
            new RetryPolicy
            {
                MaxAttempts = 5,
                Delay = TimeSpan.FromSeconds(2),
                Backoff = Backoff.Fixed,
                MaxDelay = TimeSpan.FromMinutes(1),
                Jitter = true,
                Errors = ["http.503", "timeout"],
            },
            retry);
    }

    [Fact]
    public void The_seeds_max_retries_counts_inside_config_too_and_says_where_it_belongs()
    {
        var result = Reading.Checked("""{"name": "x", "steps": [{"id": "a", "type": "http", "config": {"url": "https://example.com", "max_retries": 3}}]}""");
        var problem = Assert.Single(result.Problems);
        Assert.Equal(
            ("node_field_in_config", "/steps/0/config/max_retries", Severity.Warning), (problem.Code, problem.Pointer, problem.Severity));
        Assert.EndsWith("Move it to /steps/0/max_retries.", problem.Message, StringComparison.Ordinal);
        Assert.Equal(4, result.Node("a").Retry!.MaxAttempts);
        Assert.Equal(MapValue.Of("url", "https://example.com"), result.Node("a").Config());
    }

    [Fact]
    public void Node_fields_inside_config_are_ignored_and_pointed_out_unless_the_type_has_them()
    {
        var result = Reading.Checked("""
            {"name": "x", "steps": [
                {"id": "a", "type": "http", "config": {"url": "https://example.com", "timeout": "5s", "on_error": "continue", "conditions": []}},
                {"id": "b", "type": "waitForEvent", "config": {"name": "paid", "timeout": "5s"}}]}
            """);
        Assert.Equal(
            "/steps/0/config/timeout, /steps/0/config/on_error, /steps/0/config/conditions",
            string.Join(", ", result.Problems.Where(problem => problem.Code is "node_field_in_config").Select(problem => problem.Pointer)));
        Assert.Equal(3, result.Problems.Length);
        Assert.Null(result.Node("a").Timeout);
        Assert.Equal("5s", result.Node("b").Config()["timeout"]);
    }

    [Theory]
    [InlineData("\"PT30S\"", 30_000)]
    [InlineData("\"pt1h30m\"", 5_400_000)]
    [InlineData("\"P1DT0.5S\"", 86_400_500)]
    [InlineData("\"P2W\"", 1_209_600_000)]
    [InlineData("\"30s\"", 30_000)]
    [InlineData("\"5m\"", 300_000)]
    [InlineData("\"1h 30m\"", 5_400_000)]
    [InlineData("\"1.5s\"", 1_500)]
    [InlineData("\"250ms\"", 250)]
    [InlineData("2500", 2_500)]
    [InlineData("2500.5", 2_500.5)]
    public void Durations_are_iso_or_short_text_or_milliseconds(string authored, double milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Node($"\"timeout\": {authored}").Timeout);

    [Theory]
    [InlineData("\"\"")]
    [InlineData("\"P\"")]
    [InlineData("\"PT\"")]
    [InlineData("\"P1M\"")]
    [InlineData("\"P1Y\"")]
    [InlineData("\"PT5\"")]
    [InlineData("\"PT1S1H\"")]
    [InlineData("\"5\"")]
    [InlineData("\"s5\"")]
    [InlineData("\"-5s\"")]
    [InlineData("\"5 parsecs\"")]
    [InlineData("\"99999999999999999999999h\"")]
    [InlineData("-1")]
    [InlineData("1e300")]
    [InlineData("true")]
    public void What_is_no_duration_is_an_error_at_its_place(string authored)
    {
        var problem = Reading.Problem(With($"\"timeout\": {authored}"), "wrong_type");
        Assert.Equal("/nodes/0/timeout", problem.Pointer);
    }

    [Fact]
    public void A_number_that_was_probably_meant_as_seconds_is_warned_about()
    {
        Assert.EndsWith(
            "write \"PT30S\" if seconds are meant.",
            Reading.Problem(With("\"timeout\": 30"), "suspicious_duration").Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("3600", 3600)]
    [InlineData("0.5", 0.5)]
    [InlineData("\"PT10M\"", 600)]
    public void A_time_to_live_without_a_unit_is_in_seconds(string ttl, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Node($$""" "cache": {"key": "k", "ttl": {{ttl}}} """).Cache!.Ttl);

    [Fact]
    public void The_other_node_fields_read()
    {
        var node = Node("""
            "name": "A", "cache": "key-{{input.id}}", "outputSchema": {"type": "object"}, "in_doubt": "ask", "disabled": true,
            "compensation": {"type": "http_request", "config": {"URL": "https://example.com/{{output.id}}"}}, "position": {"x": 1, "y": 2}, "description": "why"
            """);
        Assert.Equal(new CachePolicy("key-{{input.id}}", TimeSpan.FromHours(1)), node.Cache);
        Assert.Equal("object", node.OutputSchema["type"]);
        Assert.Equal(InDoubtPolicy.Ask, node.InDoubt);
        Assert.True(node.Disabled);
        Assert.Equal("http", node.Compensation!.Type);
        Assert.Equal(MapValue.Of("url", "https://example.com/{{output.id}}"), (Value)node.Compensation.Config);
        Assert.Equal(2, node.Position["y"]);
        Assert.Equal("why", node.Notes);
    }

    [Fact]
    public void Config_fields_get_the_names_of_their_schema_and_free_maps_keep_theirs()
    {
        var definition = Reading.Clean("""
            {"name": "x", "steps": [
                {"id": "a", "type": "ai_processing", "config": {"model": "m", "maxTokens": 5}},
                {"id": "b", "type": "HTTP", "config": {"URL": "https://example.com", "follow_redirects": true, "headers": {"X_Y": "1", "followRedirects": "2"}}},
                {"id": "c", "type": "switch", "config": {"Cases": [{"When": "true", "port": "p"}]}}]}
            """);
        Assert.Equal(MapValue.Of(("model", "m"), ("max_tokens", 5)), definition.Node("a").Config());
        Assert.Equal(
            MapValue.Of(
                ("url", "https://example.com"),
                ("followRedirects", true),
                ("headers", MapValue.Of(("X_Y", "1"), ("followRedirects", "2")))),
            definition.Node("b").Config());
        Assert.Equal("true", definition.Node("c").Config()["cases"].AsList()[0]["when"]);
    }

    [Fact]
    public void The_head_of_a_workflow_reads_in_either_spelling()
    {
        var definition = Reading.Clean("""
            {"id": "w-1", "name": "x", "version": 1.5, "is_active": false, "input_schema": {"type": "object"}, "tags": "one",
             "variables": [{"name": "a", "value": 1}, {"name": "b", "default": 2}, "c"],
             "triggers": [{"type": "webhook", "path": "in"}, {"type": "Webhook", "config": {"path": "two"}, "target": "n"}, "manual"],
             "settings": {"timeout": "PT1H", "max_retries": 1, "concurrency": 4, "priority": -2, "mcp": true},
             "nodes": [{"id": "n", "type": "noop"}], "edges": [], "tenantId": "t", "x-studio": {}, "$schema": "https://example.com"}
            """);
        Assert.Equal("w-1", definition.Id);
        Assert.Equal("1.5", definition.VersionLabel);
        Assert.False(definition.IsActive);
        Assert.Equal("object", definition.InputSchema["type"]);
        Assert.Equal("one", Assert.Single(definition.Tags));
        Assert.Equal("""{"a":1,"b":2,"c":null}""", ((Value)definition.Variables).ToJson());
        Assert.Equal("webhook webhook_2 manual", string.Join(" ", definition.Triggers.Select(trigger => trigger.Id)));
        Assert.Equal("in", ((Value)definition.Triggers[0].Config)["path"]);
        Assert.Equal("n", definition.Triggers[1].Target);
        Assert.Equal(TimeSpan.FromHours(1), definition.Settings.Timeout);
        Assert.Equal(2, definition.Settings.Retry!.MaxAttempts);
        Assert.Equal((4, -2), (definition.Settings.Concurrency?.Limit, definition.Settings.Priority));
        Assert.Equal(MapValue.Of("mcp", true), (Value)definition.Settings.Extensions);
    }
}
