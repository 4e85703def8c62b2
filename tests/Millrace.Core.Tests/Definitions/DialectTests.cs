using Millrace.Core.Definitions;
using Millrace.Core.Values;

namespace Millrace.Core.Tests.Definitions;

public sealed class DialectTests
{
    private static string Branch(string config, string edges) =>
        $$"""
        {"name": "x", "nodes": [
            {"id": "start", "type": "start"},
            {"id": "if", "type": "conditional", "config": {"condition": "true", {{config}} } },
            {"id": "a", "type": "noop"}, {"id": "b", "type": "noop"}],
         "edges": [{"id": "in", "source": "start", "target": "if"}{{edges}}]}
        """;

    [Fact]
    public void A_branch_names_an_edge_by_its_id()
    {
        var definition = Reading.Clean(Branch(
            "\"true_edge\": \"yes-way\", \"false_edge\": \"no-way\"",
            """, {"id": "no-way", "source": "if", "target": "b"}, {"id": "yes-way", "source": "if", "target": "a"}"""));
        Assert.Equal(["start --> if", "if -false-> b", "if -true-> a"], definition.Ways());
    }

    [Fact]
    public void A_branch_names_edges_by_their_label()
    {
        var definition = Reading.Clean(Branch(
            "\"true_edge\": \"go on\", \"false_edge\": \"b\"",
            """, {"source": "if", "target": "a", "label": "go on"}, {"source": "if", "target": "b"}"""));
        Assert.Equal(["start --> if", "if -true-> a", "if -false-> b"], definition.Ways());
    }

    [Fact]
    public void A_branch_that_names_a_node_gives_the_port_to_the_edge_that_is_there_and_never_makes_a_second()
    {
        var definition = Reading.Clean(Branch(
            "\"trueEdge\": \"a\", \"falseEdge\": \"b\"",
            """, {"id": "e", "source": "if", "target": "a"}, {"id": "f", "source": "if", "target": "b", "port": false}"""));
        Assert.Equal(["in", "e", "f"], definition.EdgeIds());
        Assert.Equal(["start --> if", "if -true-> a", "if -false-> b"], definition.Ways());
    }

    [Fact]
    public void Both_branches_may_lead_to_one_node()
    {
        var definition = Reading.Json(Branch("\"true_edge\": \"a\", \"false_edge\": \"a\"", """, {"source": "if", "target": "a"}""")).Definition!;
        Assert.Equal(["start --> if", "if -true-> a", "if -false-> a"], definition.Ways());
        Assert.Equal(["in", "if->a", "if->a#2"], definition.EdgeIds());
    }

    [Fact]
    public void An_edge_of_another_node_is_no_branch_target()
    {
        var problem = Reading.Problem(Branch("\"true_edge\": \"in\", \"false_edge\": \"b\"", ""), "unknown_branch_target");
        Assert.Equal("/nodes/1/config/true_edge", problem.Pointer);
    }

    [Fact]
    public void A_misspelt_branch_target_is_guessed()
    {
        var problem = Reading.Problem(
            """{"name": "x", "nodes": [{"id": "if", "type": "if", "config": {"condition": "true", "true_edge": "sucess"}}, {"id": "success", "type": "noop"}], "edges": []}""",
            "unknown_branch_target");
        Assert.Equal("success", problem.Suggestion);
    }

    [Fact]
    public void A_label_that_is_a_port_is_one_and_any_other_is_only_a_label()
    {
        var definition = Reading.Clean(Branch(
            "\"true_edge\": \"a\"",
            """, {"source": "if", "target": "b", "label": "No"}, {"source": "if", "target": "a", "label": "perhaps"}"""));
        Assert.Equal(["start --> if", "if -false-> b", "if -true-> a"], definition.Ways());
        Assert.Equal("perhaps", definition.Edges[2].Label);
    }

    [Fact]
    public void A_start_is_added_before_the_roots_and_stands_nowhere_in_the_document()
    {
        var result = Reading.Checked("""
            {"name": "x", "nodes": [{"id": "start", "type": "noop"}, {"id": "b", "type": "noop"}, {"id": "c", "type": "noop"}, {"id": "n", "type": "comment"}],
             "edges": [{"source": "start", "target": "c"}]}
            """);

        Assert.Empty(result.Problems);
        Assert.Equal(["start_1", "start", "b", "c", "n"], result.Definition!.NodeIds());
        Assert.Equal(["start_1 --> start", "start_1 --> b", "start --> c"], result.Definition!.Ways());
        Assert.Null(result.Definition!.Nodes[0].Source.Pointer);
        Assert.Null(result.Definition!.Edges[0].Location.Pointer);
        Assert.Equal(4, result.Document["nodes"].AsList().Count);
    }

    [Theory]
    [InlineData("start")]
    [InlineData("trigger")]
    [InlineData("webhook")]
    public void A_document_with_a_start_of_its_own_gets_none(string type)
    {
        var definition = Reading.Clean($$"""
            {"name": "x", "nodes": [{"id": "s", "type": "{{type}}"}, {"id": "b", "type": "noop"}], "edges": [{"source": "s", "target": "b"}]}
            """);
        Assert.Equal(["s", "b"], definition.NodeIds());
    }

    [Fact]
    public void A_node_that_is_only_reached_by_goto_is_no_root()
    {
        var definition = Reading.Clean("""
            {"name": "x", "nodes": [{"id": "a", "type": "noop", "onError": "goto:rescue"}, {"id": "rescue", "type": "noop"}], "edges": []}
            """);
        Assert.Equal(["start --> a"], definition.Ways());
        Assert.Equal(new ErrorHandling(ErrorAction.Goto, "rescue"), definition.Node("a").OnError);
    }

    [Fact]
    public void Steps_that_lead_back_to_the_first_still_start_there()
    {
        var definition = Reading.Clean("""
            {"name": "x", "steps": [
                {"id": "again", "type": "noop", "nextSteps": ["check"]},
                {"id": "check", "type": "if", "config": {"condition": "true"}, "nextSteps": [{"step": "again", "port": "false"}, {"step": "done", "port": "true", "when": "true"}]},
                {"id": "done", "type": "output"}]}
            """);
        Assert.Equal(["start --> again", "again --> check", "check -false-> again", "check -true-> done"], definition.Ways());
        Assert.Equal("true", definition.Edges[3].When);
        var cycle = Assert.Single(DefinitionCycles.Find(definition));
        Assert.Equal("again, check", string.Join(", ", cycle.Nodes));
        Assert.Equal("again->check, check->again", string.Join(", ", cycle.Edges.Select(edge => edge.Id)));
    }

    [Theory]
    [InlineData("conditional", "\"condition\": \"true\"", "[\"a\", \"b\"]", "true", "false")]
    [InlineData("conditional", "\"condition\": \"true\", \"true_edge\": \"b\", \"false_edge\": \"a\"", "[\"a\", \"b\"]", "false", "true")]
    [InlineData("approval", "", "[\"a\", \"b\"]", "approved", "rejected")]
    [InlineData("waitForEvent", "\"name\": \"x\"", "[\"a\", \"b\"]", "", "")]
    [InlineData("switch", "\"cases\": [{\"port\": \"b\"}]", "[\"a\", \"b\"]", "", "b")]
    [InlineData("noop", "", "[\"a\", \"b\"]", "", "")]
    public void Next_steps_of_a_branching_step_get_their_ports(string type, string config, string next, string first, string second)
    {
        var definition = Reading.Clean($$"""
            {"name": "x", "steps": [{"id": "s", "type": "{{type}}", "config": { {{config}} }, "next_steps": {{next}}}, {"id": "a", "type": "noop"}, {"id": "b", "type": "noop"}]}
            """);
        Assert.Equal(["start --> s", $"s -{first}-> a", $"s -{second}-> b"], definition.Ways());
    }

    [Fact]
    public void A_branching_step_of_a_sequence_may_skip_forward()
    {
        var definition = Reading.Clean("""
            {"name": "x", "steps": [
                {"id": "check", "type": "if", "config": {"condition": "true", "true_edge": "extra", "false_edge": "end"}},
                {"id": "extra", "type": "noop"},
                {"id": "end", "type": "noop"}]}
            """);
        Assert.Equal(["start --> check", "extra --> end", "check -true-> extra", "check -false-> end"], definition.Ways());
    }

    [Fact]
    public void Canvas_config_is_the_configs_of_data_else_of_the_node_else_data_itself()
    {
        var definition = Reading.Clean("""
            {"name": "x", "nodes": [
                {"id": "s", "type": "start", "data": {}},
                {"id": "a", "type": "log", "data": {"label": "A", "config": {"message": "in data"}, "timeout": "30s"}},
                {"id": "b", "type": "log", "data": {"label": "B"}, "config": {"message": "beside"}},
                {"id": "c", "type": "log", "data": {"label": "C", "message": "itself", "retry": {"max_retries": 1}}},
                {"id": "d", "type": "custom", "data": {"label": "D", "type": "log", "message": "typed in data"}},
                {"id": "e", "type": "waitForEvent", "data": {"label": "E", "name": "paid", "timeout": "PT1H"}}],
             "edges": [{"source": "s", "target": "a"}, {"source": "a", "target": "b"}, {"source": "b", "target": "c"}, {"source": "c", "target": "d"}, {"source": "d", "target": "e"}]}
            """);

        Assert.Equal("in data", definition.Node("a").Config()["message"]);
        Assert.Equal(TimeSpan.FromSeconds(30), definition.Node("a").Timeout);
        Assert.Equal("beside", definition.Node("b").Config()["message"]);
        Assert.Equal(MapValue.Of("message", "itself"), definition.Node("c").Config());
        Assert.Equal(2, definition.Node("c").Retry!.MaxAttempts);
        Assert.Equal("log", definition.Node("d").Type);
        Assert.Equal("typed in data", definition.Node("d").Config()["message"]);
        Assert.Equal("paid", definition.Node("e").Config()["name"]);
        Assert.Equal("PT1H", definition.Node("e").Config()["timeout"]);
        Assert.Equal("E", definition.Node("e").Name);
    }

    [Fact]
    public void Handles_are_ports_where_the_node_has_them_and_a_strange_one_on_a_branch_is_an_error()
    {
        const string document = """
            {"name": "x", "nodes": [{"id": "s", "type": "trigger", "data": {}}, {"id": "if", "type": "condition", "data": {"condition": "true"}}, {"id": "a", "type": "noop", "data": {}}],
             "edges": [{"source": "s", "target": "if", "sourceHandle": "handle-7"}, {"source": "if", "target": "a", "sourceHandle": "HANDLE"}]}
            """;
        var definition = Reading.Clean(document.Replace("HANDLE", "True", StringComparison.Ordinal));
        Assert.Equal(["s --> if", "if -true-> a"], definition.Ways());
        var problem = Reading.Problem(document.Replace("HANDLE", "ture", StringComparison.Ordinal), "unknown_port");
        Assert.Equal(("/edges/1/sourceHandle", "true"), (problem.Pointer, problem.Suggestion));
    }
}
