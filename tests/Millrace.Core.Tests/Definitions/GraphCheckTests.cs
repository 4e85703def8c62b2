using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Millrace.Core.Definitions;

namespace Millrace.Core.Tests.Definitions;

public sealed class GraphCheckTests
{
    // "a -true-> b" per way; nodes that "if" begins are branches, "join" joins, "log" logs data, the rest do nothing.
    private static string Document(params string[] ways)
    {
        var parsed = ways.Select(way => way.Split(' ')).ToArray();
        var nodes = parsed.SelectMany(way => new[] { way[0], way[2] }).Distinct(StringComparer.Ordinal).Select(id =>
            id.StartsWith("if", StringComparison.Ordinal) ? $$"""{"id": "{{id}}", "type": "if", "config": {"condition": "true"} }"""
            : id.StartsWith("join", StringComparison.Ordinal) ? $$"""{"id": "{{id}}", "type": "join"}"""
            : id.StartsWith("log", StringComparison.Ordinal) ? $$$"""{"id": "{{{id}}}", "type": "log", "config": {"message": "{{ data.x }}"} }"""
            : id.StartsWith("gated", StringComparison.Ordinal) ? $$"""{"id": "{{id}}", "type": "noop", "conditions": ["input.go"]}"""
            : $$"""{"id": "{{id}}", "type": "noop"}""");
        var edges = parsed.Select(way => $$"""{"source": "{{way[0]}}", "target": "{{way[2]}}", "port": "{{way[1].Trim('-', '>')}}"}""");
        return $$"""{"name": "x", "nodes": [{{string.Join(",", nodes)}}], "edges": [{{string.Join(",", edges)}}]}""";
    }

    [Theory]
    [InlineData(false, "a --> log")]
    [InlineData(false, "a --> b", "a --> c", "b --> log", "c --> log")]
    [InlineData(false, "if -true-> b", "if -false-> c", "b --> log", "c --> log")]
    [InlineData(false, "if -true-> log", "if -false-> log")]
    [InlineData(false, "if -true-> b", "b --> c", "if -false-> d", "d --> e", "c --> log", "e --> log")]
    [InlineData(false, "a -error-> rescue", "a --> b", "rescue --> log", "b --> log")]
    [InlineData(false, "a --> b", "a --> gated", "b --> join", "gated --> join", "join --> log")]
    [InlineData(false, "a --> log", "log --> if", "if -false-> log", "if -true-> z")]
    [InlineData(true, "a --> b", "a --> gated", "b --> log", "gated --> log")]
    [InlineData(true, "a --> if", "if -true-> log", "a --> log")]
    [InlineData(true, "if1 -true-> b", "if2 -false-> c", "b --> log", "c --> log")]
    [InlineData(true, "if -true-> b", "if -true-> c", "if -false-> d", "b --> log", "c --> log", "d --> log")]
    public void Data_that_may_be_one_output_or_several_is_warned_about(bool varies, params string[] ways)
    {
        var problems = Reading.Checked(Document(ways)).Problems;
        Assert.Equal(varies ? 1 : 0, problems.Count(problem => problem.Code is "data_shape_varies"));
        Assert.Equal(varies ? 1 : 0, problems.Length);
    }

    [Fact]
    public void A_reference_to_what_is_not_sure_to_have_run_is_warned_about()
    {
        const string nodes = """
            {"id": "a", "type": "noop"}, {"id": "b", "type": "log", "config": {"message": "{{ c.output }}"}}, {"id": "c", "type": "noop"},
            {"id": "note", "type": "comment"}
            """;
        var problem = Reading.Problem($$"""{"name": "x", "nodes": [{{nodes}}], "edges": [{"source": "a", "target": "b"}, {"source": "a", "target": "c"}]}""", "reference_not_before");
        Assert.Equal(("/nodes/1/config/message", Severity.Warning), (problem.Pointer, problem.Severity));
        Reading.Clean($$"""{"name": "x", "nodes": [{{nodes}}], "edges": [{"source": "a", "target": "c"}, {"source": "c", "target": "b"}]}""");
        Reading.Problem($$"""{"name": "x", "nodes": [{{nodes.Replace("c.output", "note.output", StringComparison.Ordinal)}}], "edges": [{"source": "a", "target": "b"}, {"source": "b", "target": "c"}]}""", "reference_not_before");
    }

    [Fact]
    public void A_rescue_node_may_look_at_what_failed() => Reading.Clean("""
        {"name": "x", "nodes": [
            {"id": "a", "type": "noop", "onError": "goto:rescue", "compensation": {"type": "log", "config": {"message": "{{ output.id }} {{ a.output.id }}"}}},
            {"id": "rescue", "type": "log", "config": {"message": "{{ a.error }}"}}],
         "edges": []}
        """);

    private static string Loop(string body) => $$$"""
        {"name": "x", "nodes": [{"id": "s", "type": "start"}, {"id": "load", "type": "noop"}, {"id": "each", "type": "forEach", "config": {"items": "load.output", "body": {{{body}}} } }, {"id": "after", "type": "noop"}],
         "edges": [{"source": "s", "target": "load"}, {"source": "load", "target": "each"}, {"source": "each", "target": "after"}]}
        """;

    [Fact]
    public void A_body_is_a_graph_of_its_own_that_sees_what_ran_before() => Reading.Clean(Loop("""
        {"nodes": [{"id": "i", "type": "if", "config": {"condition": "item.ok && index < 3", "true_edge": "call"}}, {"id": "call", "type": "http", "config": {"url": "{{ load.output.url }}/{{ i.output }}"}}], "edges": []}
        """));

    [Theory]
    [InlineData("""{"nodes": [{"id": "i", "type": "htp"}]}""", "unknown_node_type", "/nodes/2/config/body/nodes/0/type")]
    [InlineData("""{"nodes": [{"id": "load", "type": "noop"}]}""", "duplicate_id", "/nodes/2/config/body/nodes/0/id")]
    [InlineData("""{"nodes": [{"id": "i", "type": "noop"}], "edges": [{"source": "i", "target": "after"}]}""", "unknown_node", "/nodes/2/config/body/edges/0/target")]
    [InlineData("""{"steps": [{"id": "i", "type": "log", "config": {"message": "{{ j.output }}"}}]}""", "unknown_reference", "/nodes/2/config/body/steps/0/config/message")]
    [InlineData("""{"steps": [{"id": "i", "type": "log", "config": {"message": "{{ after.output }}"}}]}""", "reference_not_before", "/nodes/2/config/body/steps/0/config/message")]
    [InlineData("""{"steps": [{"id": "i", "type": "log", "config": {"message": "{{ secrets.x }}"}}]}""", "secret_not_allowed", "/nodes/2/config/body/steps/0/config/message")]
    [InlineData("""{"steps": []}""", "no_nodes", "/nodes/2/config/body/steps")]
    [InlineData("""{"name": "x", "steps": [{"id": "i", "type": "noop"}]}""", "unknown_field", "/nodes/2/config/body/name")]
    [InlineData("""{"stages": []}""", "unknown_dialect", "/nodes/2/config/body")]
    [InlineData("""{"nodes": [{"id": "i", "type": "noop"}, {"id": "j", "type": "noop"}], "edges": [{"source": "i", "target": "j"}, {"source": "j", "target": "i"}]}""", "endless_loop", "/nodes/2/config/body/nodes/0")]
    [InlineData("""{"nodes": [{"id": "i", "type": "if", "config": {"condition": "item.a", "true_edge": "j", "false_edge": "k"}}, {"id": "j", "type": "noop"}, {"id": "k", "type": "log", "config": {"message": "{{j.output}}"}}]}""", "reference_skipped", "/nodes/2/config/body/nodes/2/config/message")]
    public void A_problem_of_a_body_is_found_where_it_was_written(string body, string code, string pointer) =>
        Assert.Equal(pointer, Reading.Problem(Loop(body), code).Pointer);

    [Fact]
    public void What_is_inside_of_a_body_is_seen_from_inside_only()
    {
        var problem = Reading.Problem(Loop("""{"steps": [{"id": "i", "type": "noop"}]}""").Replace("""{"id": "after", "type": "noop"}""", """{"id": "after", "type": "log", "config": {"message": "{{i.output}}"}}""", StringComparison.Ordinal), "reference_into_body");
        Assert.Equal(("/nodes/3/config/message", "each.output"), (problem.Pointer, problem.Suggestion));
    }

    [Fact]
    public void Two_bodies_cannot_have_nodes_of_one_id()
    {
        const string each = """{"id": "NAME", "type": "forEach", "config": {"items": "input", "body": {"nodes": [{"id": "i", "type": "noop"}]}}}""";
        Assert.Equal("/nodes/1/config/body/nodes/0/id", Reading.Problem(
            $$"""{"name": "x", "nodes": [{{each.Replace("NAME", "a", StringComparison.Ordinal)}}, {{each.Replace("NAME", "b", StringComparison.Ordinal)}}], "edges": []}""", "duplicate_id").Pointer);
    }

    [Fact]
    public void Cycles_are_found_one_by_one_with_their_edges()
    {
        var definition = Reading.Json("""
            {"name": "x", "nodes": [{"id": "s", "type": "start"}, {"id": "a", "type": "noop"}, {"id": "b", "type": "noop"}, {"id": "c", "type": "noop", "onError": "goto:b"}, {"id": "d", "type": "noop"}],
             "edges": [{"source": "s", "target": "a"}, {"source": "a", "target": "b"}, {"source": "b", "target": "c"}, {"source": "c", "target": "d"}, {"id": "self", "source": "d", "target": "d"}]}
            """).Definition!;
        Assert.Equal(
            "b,c by b->c,c:error->b; d by self",
            string.Join("; ", DefinitionCycles.Find(definition).Select(cycle => $"{string.Join(",", cycle.Nodes)} by {string.Join(",", cycle.Edges.Select(edge => edge.Id))}")));
        Assert.Empty(DefinitionCycles.Find(Reading.Clean("""{"name": "x", "steps": [{"id": "a", "type": "noop"}, {"id": "b", "type": "noop"}]}""")));
    }

    [Fact]
    public void Cycles_are_what_reaches_itself() => Prop
        .ForAll(Gen.Choose(0, 7).ArrayOf(2).ArrayOf().ToArbitrary(), ways =>
        {
            var reaches = new bool[8, 8];
            foreach (var way in ways)
                reaches[way[0], way[1]] = true;
            for (var k = 0; k < 8; k++)
            {
                for (var i = 0; i < 8; i++)
                {
                    for (var j = 0; j < 8; j++)
                        reaches[i, j] |= reaches[i, k] && reaches[k, j];
                }
            }
            var definition = new WorkflowDefinition
            {
                Name = "x",
                Nodes = [.. Enumerable.Range(0, 8).Select(i => new NodeDefinition { Id = $"{i}", Type = "noop" })],
                Edges = [.. ways.Select((way, i) => new EdgeDefinition { Id = $"e{i}", Source = $"{way[0]}", Target = $"{way[1]}" })],
            };
            var expected = Enumerable.Range(0, 8)
                .Where(i => reaches[i, i] && !Enumerable.Range(0, i).Any(earlier => reaches[i, earlier] && reaches[earlier, i]))
                .Select(i => string.Join(",", Enumerable.Range(0, 8).Where(j => reaches[i, j] && reaches[j, i])));
            Assert.Equal(
                string.Join(" ", expected),
                string.Join(" ", DefinitionCycles.Find(definition).Select(cycle => string.Join(",", cycle.Nodes))));
        })
        .Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void A_graph_of_ten_thousand_nodes_validates_quickly()
    {
        var chain = Large(i => $$$"""{"id": "n{{{i}}}", "type": "http", "config": {"url": "https://example.com/{{ input.x }}"}, "onError": "continue"}""");
        // Every node of a kind that needs a guess, and a reference that is not there.
        var wrong = Large(i => $$$"""{"id": "n{{{i}}}", "type": "httttp", "config": {}, "conditions": ["nowhere{{{i}}}.output == 1"], "onError": "goto:missing{{{i}}}"}""");
        Reading.Checked(Large(i => $$"""{"id": "n{{i}}", "type": "noop"}"""));

        var cleanTime = ProcessorTime.Of(() => Assert.Empty(Reading.Checked(chain).Problems));
        var wrongTime = ProcessorTime.Of(() => Assert.Equal(1_001, Reading.Checked(wrong).Problems.Length));

        // A fraction of a second each; the bound leaves room for the tests beside it.
        Assert.True(cleanTime < TimeSpan.FromSeconds(15) && wrongTime < TimeSpan.FromSeconds(15), $"{cleanTime} and {wrongTime}");
        TestContext.Current.SendDiagnosticMessage("10,000 nodes: {0} clean, {1} with problems", cleanTime, wrongTime);
    }

    internal static string Large(Func<int, string> node)
    {
        var text = new StringBuilder("""{"name": "x", "nodes": [{"id": "s", "type": "start"}""");
        for (var i = 1; i < 10_000; i++)
            text.Append(',').Append(node(i));
        text.Append("""], "edges": [{"source": "s", "target": "n1"}""");
        for (var i = 1; i < 9_999; i++)
            text.Append($$""",{"source": "n{{i}}", "target": "n{{i + 1}}"}""");
        return text.Append("]}").ToString();
    }
}
