using System.Text;
using Millrace.Core.Definitions;
using Millrace.Core.Definitions.Validation.Flow;

namespace Millrace.Core.Tests.Definitions;

public sealed class FlowCheckTests
{
    // "a -true-> b ?input.x" per way; a node may be given as "id: fields". Nodes that "if" begins are branches, "join" joins; the rest do
    // nothing.
    private static string Document(params string[] parts)
    {
        var nodes = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        var edges = new List<string>();
        foreach (var part in parts)
        {
            if (part.Contains(": ", StringComparison.Ordinal))
            {
                nodes[part[..part.IndexOf(':', StringComparison.Ordinal)]] = part[(part.IndexOf(':', StringComparison.Ordinal) + 2)..];
                continue;
            }
            var way = part.Split(' ', 4);
            nodes.TryAdd(way[0], Fields(way[0]));
            nodes.TryAdd(way[2], Fields(way[2]));
            var port = way[1].Trim('-', '>');
            edges.Add($$"""{"source": "{{way[0]}}", "target": "{{way[2]}}"{{(port.Length > 0 ? $", \"port\": \"{port}\"" : "")}}{{(way.Length > 3 ? $", \"when\": \"{way[3][1..]}\"" : "")}}}""");
        }
        return $$"""{"name": "x", "nodes": [{{string.Join(", ", nodes.Select(node => $$"""{"id": "{{node.Key}}", {{node.Value}}}"""))}}], "edges": [{{string.Join(", ", edges)}}]}""";
    }

    private static string Fields(string id) =>
        id.StartsWith("if", StringComparison.Ordinal) ? $$""" "type": "if", "config": {"condition": "input.{{id}}"}"""
        : id.StartsWith("join", StringComparison.Ordinal) ? "\"type\": \"join\""
        : "\"type\": \"noop\"";

    private static string Says(string id, string template) => $$"""{{id}}: "type": "log", "config": {"message": "{{template}}"}""";

    private static void Expect(string? code, Severity severity, string? path, params string[] parts)
    {
        var problems = Reading.Checked(Document(parts)).Problems.Where(problem => problem.Code is not "data_shape_varies").ToArray();
        var all = string.Join("; ", problems.Select(problem => $"{problem.Code}: {problem.Message}"));
        Assert.True(problems.Length == (code is null ? 0 : 1), all);
        if (code is null)
            return;
        Assert.Equal((code, severity), (problems[0].Code, problems[0].Severity));
        if (path is not null)
            Assert.True(
                problems[0].Message.Contains(path, StringComparison.Ordinal)
                    && (
                        problems[0].Path.IsEmpty
                            || problems[0].Message.Contains(FlowAnalysis.Show(problems[0].Path), StringComparison.Ordinal)),
                all);
    }

    [Fact]
    public void A_node_that_a_branch_may_skip_is_doubted_with_the_path() => Expect(
        "reference_skipped", Severity.Warning, "on the path start -> if -(false)-> b it is skipped, because 'if' takes the port 'false'",
        "if -true-> a", "a --> b", "if -false-> b", Says("b", "{{a.output}}"));

    [Fact]
    public void A_node_of_the_other_branch_never_has_an_output() => Expect(
        "reference_skipped", Severity.Error, "'a' never has an output when 'b' runs: on the path start -> if -(false)-> b it is skipped",
        "if -true-> a", "if -false-> b", Says("b", "{{a.output}}"));

    [Fact]
    public void A_node_after_the_failure_of_another_may_lack_its_output() => Expect(
        "reference_skipped", Severity.Warning, "on the path start -> a -(error)-> rescue -> b it is skipped, because 'a' fails",
        "a --> c", "a -error-> rescue", "c --> b", "rescue --> b", Says("b", "{{c.output}}"));

    [Theory]
    [InlineData("{{a.?output.orValue(1)}}")]
    [InlineData("{{has(a.output) ? a.output : 1}}")]
    [InlineData("{{input.x ? a.output : 1}}")]
    [InlineData("{{a.status}}")]
    public void Who_asks_first_is_not_warned(string template) => Expect(
        null, default, null,
        "if -true-> a", "a --> b", "if -false-> b", Says("b", template));

    [Fact]
    public void A_condition_that_asks_speaks_for_what_follows() => Expect(
        null, default, null,
        "if -true-> a", "a --> ifdone", "if -false-> ifdone", "ifdone -true-> b", """ifdone: "type": "if", "config": {"condition": "has(a.output)"}""", Says("b", "{{a.output}}"));

    [Theory]
    [
        InlineData(
            "if1 -true-> a",
            "a --> if2",
            "if1 -false-> if2",
            "if2 -true-> b",
            "if1: \"type\": \"if\", \"config\": {\"condition\": \"input.x\"}",
            "if2: \"type\": \"if\", \"config\": {\"condition\": \"input.x\"}"),
    ]
    [InlineData("s --> a", "s --> c", "a --> c", "c --> b ?input.x", "a: \"type\": \"noop\", \"conditions\": [\"input.x\"]")]
    [InlineData("s --> a ?input.x", "s --> c", "a --> c", "c --> b ?input.x")]
    public void Conditions_that_read_alike_are_one(params string[] parts) =>
        Expect(null, default, null, [.. parts, Says("b", "{{a.output}}")]);

    [Fact]
    public void Of_conditional_ways_on_one_is_taken() => Expect(
        null, default, null,
        "s --> m", "m --> a ?input.x", "m --> c ?!input.x", "a --> d", "c --> d", "s --> b", "d --> b", Says("b", "{{d.output}}"));

    [Fact]
    public void What_comes_later_has_not_run() => Expect(
        "reference_not_before", Severity.Error, "it comes later, on the path b -> c -> a",
        "b --> c", "c --> a", Says("b", "{{a.output}}"));

    [Fact]
    public void What_comes_later_in_a_loop_has_not_run_in_this_turn() => Expect(
        "reference_not_before", Severity.Error, "it comes later in the same iteration of the loop, on the path b -> if, and its output of "
            + "an earlier iteration is not kept",
        "b --> if", "if -true-> b", "if -false-> z", Says("b", "{{nodes['if'].output}}"));

    [Fact]
    public void To_ask_for_what_comes_later_in_a_loop_is_useless() => Expect(
        "reference_not_before", Severity.Warning, "in the same iteration of the loop",
        "b --> if", "if -true-> b", "if -false-> z", Says("b", "{{nodes['if'].?output.orValue(1)}}"));

    [Fact]
    public void After_a_loop_its_last_turn_is_seen() => Expect(
        "reference_skipped", Severity.Error, "on the path start -> h -> if -(false)-> b it is skipped in the last iteration of the loop, "
            + "because 'if' takes the port 'false'",
        "h --> if", "if -true-> a", "a --> h", "if -false-> b", Says("b", "{{a.output}}"));

    [Fact]
    public void After_a_loop_what_every_turn_runs_is_there() => Expect(
        null, default, null,
        "h --> a", "a --> if", "if -true-> h", "h --> b", Says("b", "{{a.output}}"));

    [Fact]
    public void A_join_that_does_not_wait_may_be_ahead() => Expect(
        "reference_not_before", Severity.Warning, "a join between it and 'b' continues without waiting",
        "s --> a", "s --> c", "a --> join", "c --> join", "join --> b", """join: "type": "join", "config": {"mode": "any"}""", Says("b", "{{a.output}}"));

    [Fact]
    public void A_join_of_branches_that_exclude_each_other_never_gets_two() => Expect(
        "too_few_branches", Severity.Error, "needs 2 branches, but never gets that many: of the 3 that lead to it, no more than",
        "if1 -true-> a", "if1 -false-> if2", "if2 -true-> b", "if2 -false-> c", "a --> join", "b --> join", "c --> join", """join: "type": "join", "config": {"mode": "n", "count": 2}""");

    [Fact]
    public void A_join_that_may_get_too_few_is_doubted() => Expect(
        "too_few_branches", Severity.Warning, "only 'c' do",
        "s --> if", "s --> c", "if -true-> a", "a --> join", "c --> join", """join: "type": "join", "config": {"mode": "n", "count": 2}""");

    [Theory]
    [InlineData(
        "s --> a", "s --> b", "s --> c", "a --> join", "b --> join", "c --> join", "a -error-> z", "join: \"type\": \"join\", "
        + "\"config\": {\"mode\": \"n\", \"count\": 2}")]
    [InlineData(
        "if -true-> a", "if -false-> b", "a --> join", "b --> join", "join: \"type\": \"join\", \"config\": {\"mode\": \"wait-all\"}")]
    [InlineData("if -true-> a", "if -false-> b", "a --> join", "b --> join", "join: \"type\": \"join\", \"config\": {\"mode\": \"any\"}")]
    public void A_join_that_gets_enough_unless_something_fails_is_well(params string[] parts) => Expect(null, default, null, parts);

    [Theory]
    [InlineData("every iteration leads back on the path h -> a -> h", "s --> h", "h --> a", "a --> h")]
    [InlineData("every iteration leads back on the path h -> h", "s --> h", "h --> h", "h --> z")]
    [InlineData(
        "every iteration leads back on the path h -> if -(true)-> h", "s --> h", "h --> if", "if -true-> h", "if -false-> b", "b --> h")]
    public void A_loop_that_always_leads_back_is_endless(string path, params string[] parts) =>
        Expect("endless_loop", Severity.Error, path, parts);

    [Theory]
    [InlineData("s --> h", "h --> if", "if -true-> h")]
    [InlineData("s --> h", "h --> h ?input.again")]
    [InlineData("s --> h", "h --> a", "a --> h", "a -error-> z")]
    [InlineData("s --> h", "h --> a", "a --> h", "h: \"type\": \"noop\", \"conditions\": [\"variables.again\"]")]
    [InlineData("s --> h", "h --> i", "i --> i ?input.again", "i --> if", "if -true-> h", "if -false-> z")]
    public void A_loop_that_may_not_lead_back_is_well(params string[] parts) => Expect(null, default, null, parts);

    [Fact]
    public void What_only_a_disabled_branch_leads_to_never_runs() => Expect(
        "unreachable_node", Severity.Warning, "'a' never runs: 'if' never leads to it, not even on the path start -> if",
        "if -true-> a", "a --> b", "if --> c", """if: "type": "if", "config": {"condition": "true"}, "disabled": true""");

    [Fact]
    public void A_long_path_is_shortened_in_the_sentence_and_whole_beside_it()
    {
        string[] chain = [.. Enumerable.Range(0, 20).Select(i => $"c{i} --> c{i + 1}")];
        var problem = Reading.Problem(
            Document([.. chain, "c20 --> if", "if -true-> a", "a --> b", "if -false-> b", Says("b", "{{a.output}}")]), "reference_skipped");
        Assert.Contains(
            "start -> c0 -> c1 -> c2 -> ... -> c19 -> c20 -> if -> b",
            problem.Message.Replace("-(false)-> ", "-> ", StringComparison.Ordinal),
            StringComparison.Ordinal);
        Assert.Equal(24, problem.Path.Length);
        Assert.Equal(new PathStep("if", "false"), problem.Path[^2]);
    }

    [Theory]
    [InlineData("deep")]
    [InlineData("wide")]
    [InlineData("exits")]
    [InlineData("tangled")]
    [InlineData("loops")]
    public void Ten_thousand_nodes_are_judged_quickly(string shape)
    {
        var document = Hard(shape);
        Reading.Json(document);
        var reading = ProcessorTime.Of(() => Reading.Json(document));
        var checking = ProcessorTime.Of(() => Reading.Checked(document));
        TestContext.Current.SendDiagnosticMessage("{0}: read in {1}, read and checked in {2}", shape, reading, checking);
        Assert.True(checking - reading < TimeSpan.FromSeconds(10), $"{checking} for {shape}, {reading} of it to read");
    }

    // Diamonds in a row; one fan; a way out at every step, all of which meet; branches that meet at random; loops in a row.
    [Fact]
    public void A_loop_in_a_loop_without_an_end_is_told()
    {
        var read = DefinitionReader.ReadAndValidate("""
            {"name":"t","steps":[{"id":"three","type":"log","config":{"message":"x"}},{"id":"four","type":"if","config":{"condition":"input.n > 1","true_edge":"four","false_edge":"three"}}]}
            """u8, Millrace.Core.Definitions.Documents.DocumentFormat.Json, TestCatalog.Instance);
        Assert.Contains(read.Problems, problem => problem.Code is "endless_loop");
    }

    private static string Hard(string shape)
    {
        var random = new Random(7);
        var ways = new List<(int From, string Port, int To)>();
        for (var i = 0; i < 9_990; i++)
        {
            switch (shape)
            {
                case "deep" when i % 3 == 0: ways.AddRange([(i, "true", i + 1), (i, "false", i + 2), (i + 1, "", i + 3), (i + 2, "", i + 3)]); break;
                case "wide" when i > 0: ways.AddRange([(0, "", i), (i, "", 9_999)]); break;
                case "exits": ways.AddRange([(i, "true", i + 1), (i, "false", 9_999)]); break;
                case "tangled": ways.AddRange([(i, "true", Math.Min(9_999, i + random.Next(1, 400))), (i, "false", Math.Min(9_999, i + random.Next(1, 400)))]); break;
                case "loops": ways.AddRange([(i, "true", i + 1), (i, "false", i)]); break;
            }
        }
        var text = new StringBuilder("""{"name": "x", "nodes": [{"id": "n0", "type": "if", "config": {"condition": "input.c0"}}""");
        var branches = ways.Where(way => way.Port.Length > 0).Select(way => way.From).ToHashSet();
        for (var i = 1; i < 10_000; i++)
            text.Append(branches.Contains(i) ? $$$""",{"id": "n{{{i}}}", "type": "if", "config": {"condition": "input.c{{{i}}}"}}""" : $$""",{"id": "n{{i}}", "type": "noop"}""");
        text.Append("], \"edges\": [");
        text.AppendJoin(',', ways.Select(way => $$"""{"source": "n{{way.From}}", "target": "n{{way.To}}"{{(way.Port.Length > 0 ? $", \"port\": \"{way.Port}\"" : "")}}}"""));
        return text.Append("]}").ToString();
    }
}
