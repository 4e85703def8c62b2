using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Tests;

namespace Millrace.Core.Tests.Graphs;

/// <summary>Which nodes run, and what they see.</summary>
public sealed class GraphTests
{
    [Fact]
    public void Nodes_run_in_order_and_see_what_came_before()
    {
        var run = Graph("a -> b", "b -> c").Start("1").Finish("a", "2").Finish("b", "3");
        Assert.Equal("3", run.Effects.Single().Data.ToJson());
        run.Finish("c", "4");
        Assert.Equal((ExecutionStatus.Completed, "4"), (run.State.Status, run.State.Result.ToJson()));
        Assert.Equal(
            [
                "workflow_started", "node_started start", "node_completed start", "node_started a", "node_completed a", "node_started b",
                "node_completed b", "node_started c", "node_completed c", "workflow_completed",
            ],
            run.EventNames());
        run.AssertReplays();
    }

    [Fact]
    public void A_node_waits_for_every_way_to_it()
    {
        var run = Graph("a -> c", "b -> c").Start();
        run.Finish("a", "1");
        Assert.Equal(NodeStatus.Pending, run.Status("c"));
        run.Finish("b", "2");
        Assert.Equal("""{"a":1,"b":2}""", run.Effects.Single().Data.ToJson());
    }

    [Fact]
    public void Two_edges_from_one_node_are_one_arrival()
    {
        var run = MachineRun.Of(Document(["a", "b"], """{"source":"a","target":"b","id":"e1"},{"source":"a","target":"b","id":"e2","when":"true"}""")).Start();
        run.Finish("a", "5");
        Assert.Equal("5", run.Effects.Single().Data.ToJson());
    }

    [Fact]
    public void A_dead_path_is_skipped_to_the_join_and_no_further()
    {
        var run = MachineRun.Of($$$"""
            {"name":"t","nodes":[
              {"id":"c","type":"if","config":{"condition":"input"}},{"id":"yes","type":"noop"},{"id":"no","type":"noop"},{"id":"no2","type":"noop"},{"id":"end","type":"noop"}],
             "edges":[{"source":"c","target":"yes","port":"true"},{"source":"c","target":"no","port":"false"},{"source":"no","target":"no2"},
              {"source":"yes","target":"end"},{"source":"no2","target":"end"}]}
            """).Start("true").Finish("yes", "1");
        Assert.Equal(
            (NodeStatus.Skipped, NodeStatus.Skipped, NodeStatus.Running), (run.Status("no"), run.Status("no2"), run.Status("end")));
        Assert.Equal("1", run.Effects.Single().Data.ToJson());
        Assert.All(run.Journal.OfType<NodeSkipped>(), skipped => Assert.Equal(SkipReason.NotReached, skipped.Reason));
        run.Finish("end", "2").AssertReplays();
        Assert.Equal(5 + 1, run.State.CompletedNodes);
    }

    [Fact]
    public void A_skipped_node_has_no_output()
    {
        var run = MachineRun.Of("""
            {"name":"t","nodes":[{"id":"c","type":"if","config":{"condition":"false"}},{"id":"a","type":"noop"},
              {"id":"x","type":"transform","config":{"expression":"{'status': a.status, 'has': has(a.output), 'none': a.?output}"}}],
             "edges":[{"source":"c","target":"a","port":"true"},{"source":"c","target":"x"},{"source":"a","target":"x"}]}
            """).Start();
        Assert.Equal("""{"status":"skipped","has":false,"none":null}""", run.OutputJson("x"));
    }

    [Fact]
    public void Reading_a_skipped_nodes_output_fails_with_the_reason()
    {
        var run = MachineRun.Of("""
            {"name":"t","nodes":[{"id":"c","type":"if","config":{"condition":"false"}},{"id":"a","type":"noop"},{"id":"b","type":"transform","config":{"expression":"a.output"}}],
             "edges":[{"source":"c","target":"a","port":"true"},{"source":"c","target":"b"},{"source":"a","target":"b"}]}
            """).Start();
        Assert.Contains("node 'a' was skipped", run.State.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unlabelled_edges_of_a_branch_are_always_taken()
    {
        var run = MachineRun.Of("""
            {"name":"t","nodes":[{"id":"c","type":"if","config":{"condition":"false"}},{"id":"yes","type":"noop"},{"id":"both","type":"noop"}],
             "edges":[{"source":"c","target":"yes","port":"true"},{"source":"c","target":"both"}]}
            """).Start();
        Assert.Equal((NodeStatus.Skipped, NodeStatus.Running), (run.Status("yes"), run.Status("both")));
    }

    [Fact]
    public void An_edge_is_taken_when_its_condition_holds_for_the_output()
    {
        var run = MachineRun.Of(Document(["a", "b", "c", "d"], """
            {"source":"a","target":"b","when":"a.output > 1"},{"source":"a","target":"c","when":"data > 5"},{"source":"a","target":"d","when":"{{ a.output }} == 2"}
            """)).Start().Finish("a", "2");
        Assert.Equal((NodeStatus.Running, NodeStatus.Skipped, NodeStatus.Running), (run.Status("b"), run.Status("c"), run.Status("d")));
    }

    [Theory]
    [InlineData("data.x > 1", "failed")]
    [InlineData("'text'", "not true or false")]
    public void An_edge_condition_that_fails_fails_its_node(string when, string message)
    {
        var run = MachineRun.Of(Document(["a", "b"], $$"""{"source":"a","target":"b","when":"{{when}}"}""")).Start().Finish("a", "2");
        Assert.Equal((ExecutionStatus.Failed, "a"), (run.State.Status, run.State.Error!.NodeId));
        Assert.Contains(message, run.State.Error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"input > 1\"", true)]
    [InlineData("\"input > 9\"", false)]
    [InlineData("""{"field":"input","operator":"gte","value":5}""", true)]
    [InlineData("""{"field":"{{ input }}","operator":"notIn","value":[5]}""", false)]
    [InlineData("\"true\",\"input == 4\"", false)]
    public void A_gate_lets_a_node_run_or_skips_it_with_what_follows(string gates, bool runs)
    {
        var run = MachineRun.Of(Document(["a", "b"], """{"source":"a","target":"b"}""", gateOfA: gates)).Start("5");
        Assert.Equal(runs ? NodeStatus.Running : NodeStatus.Skipped, run.Status("a"));
        Assert.Equal(runs ? NodeStatus.Pending : NodeStatus.Skipped, run.Status("b"));
        if (!runs)
            Assert.Equal(SkipReason.Condition, run.Journal.OfType<NodeSkipped>().First().Reason);
    }

    [Fact]
    public void A_gate_that_fails_fails_its_node()
    {
        var run = MachineRun.Of(Document(["a"], "", gateOfA: "\"input.x\"")).Start("{}");
        Assert.Equal((ExecutionStatus.Failed, "expression", "a"), (run.State.Status, run.State.Error!.Type, run.State.Error.NodeId));
        run.AssertReplays();
    }

    [Fact]
    public void A_gated_step_of_a_sequence_is_bypassed()
    {
        var run = MachineRun.Of("""
            {"name":"t","steps":[{"id":"a","type":"noop"},{"id":"b","type":"noop","conditions":["false"]},{"id":"c","type":"noop"}]}
            """).Start().Finish("a", "7");
        Assert.Equal((NodeStatus.Skipped, "7"), (run.Status("b"), run.OutputJson("b")));
        Assert.Equal("7", run.Effects.Single(effect => effect.Node.Id is "c").Data.ToJson());
        run.Finish("c").AssertReplays();
    }

    [Fact]
    public void A_disabled_node_is_bypassed_at_its_unlabelled_edges()
    {
        var run = MachineRun.Of("""
            {"name":"t","nodes":[{"id":"c","type":"if","disabled":true,"config":{"condition":"true"}},{"id":"yes","type":"noop"},{"id":"on","type":"noop"}],
             "edges":[{"source":"c","target":"yes","port":"true"},{"source":"c","target":"on"}]}
            """).Start("3");
        Assert.Equal(
            (NodeStatus.Skipped, NodeStatus.Skipped, "3"), (run.Status("c"), run.Status("yes"), run.Effects.Single().Data.ToJson()));
        Assert.Equal(SkipReason.Disabled, run.Journal.OfType<NodeSkipped>().First().Reason);
    }

    [Fact]
    public void A_bypassed_node_takes_only_edges_whose_condition_holds()
    {
        var run = MachineRun.Of("""
            {"name":"t","nodes":[{"id":"a","type":"noop","disabled":true},{"id":"b","type":"noop"},{"id":"c","type":"noop"}],
             "edges":[{"source":"a","target":"b","when":"data > 5"},{"source":"a","target":"c","when":"data < 5"}]}
            """).Start("3");
        Assert.Equal((NodeStatus.Skipped, NodeStatus.Running), (run.Status("b"), run.Status("c")));
    }

    [Fact]
    public void Of_several_start_nodes_only_the_one_that_fired_is_taken()
    {
        const string Document = """
            {"name":"t","nodes":[{"id":"s1","type":"start"},{"id":"s2","type":"start"},{"id":"a","type":"noop"},{"id":"b","type":"noop"},{"id":"loose","type":"noop"}],
             "edges":[{"source":"s1","target":"a"},{"source":"s2","target":"b"}]}
            """;
        var one = MachineRun.Of(Document).Start(startNode: "s2");
        Assert.Equal((NodeStatus.Skipped, NodeStatus.Running, NodeStatus.Running), (one.Status("a"), one.Status("b"), one.Status("loose")));
        var all = MachineRun.Of(Document).Start();
        Assert.Equal((NodeStatus.Running, NodeStatus.Running), (all.Status("a"), all.Status("b")));
    }

    [Fact]
    public void A_join_of_any_goes_on_with_the_first_and_ignores_the_rest()
    {
        var run = Joined("""{"mode":"any","combine":"first"}""").Start().Finish("b", "2");
        Assert.Equal("2", run.OutputJson("j"));
        Assert.Equal("2", run.Effects.Single(effect => effect.Node.Id is "end").Data.ToJson());
        run.Finish("a", "1").Finish("c", "3").Finish("end", "4");
        Assert.Equal((ExecutionStatus.Completed, "2"), (run.State.Status, run.OutputJson("j")));
        Assert.Single(run.Journal.OfType<NodeCompleted>(), completed => completed.Node.Id is "j");
        run.AssertReplays();
    }

    [Fact]
    public void An_execution_ends_only_when_the_branches_that_were_not_waited_for_have_ended()
    {
        var run = Joined("""{"mode":"any"}""").Start().Finish("a").Finish("end");
        Assert.Equal(ExecutionStatus.Running, run.State.Status);
        run.Finish("b").Finish("c");
        Assert.Equal(ExecutionStatus.Completed, run.State.Status);
    }

    [Fact]
    public void A_join_of_n_waits_for_n()
    {
        var run = Joined("""{"mode":"n","count":2}""").Start().Finish("a", "1");
        Assert.Equal(NodeStatus.Pending, run.Status("j"));
        run.Finish("c", "3");
        Assert.Equal("""{"a":1,"c":3}""", run.OutputJson("j"));
    }

    [Fact]
    public void A_join_that_too_few_branches_reach_fails()
    {
        var run = Joined("""{"mode":"n","count":2}""", gates: "\"false\"").Start().Finish("c");
        Assert.Equal((ExecutionStatus.Failed, "join", "j"), (run.State.Status, run.State.Error!.Type, run.State.Error.NodeId));
        Assert.Equal("The join 'j' needs 2 branches, but only 1 of 3 came.", run.State.Error.Message);
        run.AssertReplays();
    }

    [Fact]
    public void A_join_that_no_branch_reaches_is_skipped()
    {
        var run = MachineRun.Of("""
            {"name":"t","nodes":[{"id":"a","type":"noop","conditions":["false"]},{"id":"b","type":"noop","conditions":["false"]},{"id":"j","type":"join","config":{"mode":"any"}}],
             "edges":[{"source":"a","target":"j"},{"source":"b","target":"j"}]}
            """).Start();
        Assert.Equal((ExecutionStatus.Completed, NodeStatus.Skipped), (run.State.Status, run.Status("j")));
    }

    [Fact]
    public void A_join_that_needs_more_branches_than_there_are_is_refused()
    {
        var problem = Assert.Single(MachineRun.Problems("""
            {"name":"t","nodes":[{"id":"a","type":"noop"},{"id":"j","type":"join","config":{"mode":"n","count":3}}],"edges":[{"source":"a","target":"j"}]}
            """), problem => problem.Code is "too_few_branches");
        Assert.Equal("/nodes/1/config/count", problem.Pointer);
    }

    [Fact]
    public void A_loop_without_an_end_is_refused_with_its_path() =>
        Assert.Contains("a -> b -> a", Assert.Single(MachineRun.Problems(Document(["a", "b"], """{"source":"a","target":"b"},{"source":"b","target":"a"}""")), problem => problem.Code is "endless_loop").Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("", "null")]
    [InlineData("""{"id":"o","type":"output","config":{"value":1}}""", "1")]
    [InlineData("""{"id":"o","type":"output","config":{"value":1}},{"id":"p","type":"output","config":{"value":null}}""", """{"o":1,"p":null}""")]
    [InlineData("""{"id":"o","type":"output","config":{"value":1}},{"id":"p","type":"output","conditions":["false"],"config":{"value":2}}""", "1")]
    public void The_result_is_what_the_outputs_say(string outputs, string result)
    {
        var more = outputs.Length == 0 ? "" : "," + outputs;
        var run = MachineRun.Of($$"""{"name":"t","nodes":[{"id":"skip","type":"noop","conditions":["false"]}{{more}}],"edges":[]}""").Start();
        Assert.Equal((ExecutionStatus.Completed, result), (run.State.Status, run.State.Result.ToJson()));
    }

    [Fact]
    public void Without_outputs_the_result_is_what_the_last_nodes_gave()
    {
        var run = Graph("a -> b", "a -> c").Start().Finish("a").Finish("b", "1").Finish("c", "2");
        Assert.Equal("""{"b":1,"c":2}""", run.State.Result.ToJson());
    }

    [Fact]
    public void Variables_are_seen_by_later_nodes()
    {
        var run = MachineRun.Of("""
            {"name":"t","variables":{"n":1},"nodes":[{"id":"s","type":"setVariable","config":{"name":"n","value":"{{ variables.n + 1 }}"}},{"id":"o","type":"output","config":{"value":"{{ variables.n }}"}}],
             "edges":[{"source":"s","target":"o"}]}
            """).Start();
        Assert.Equal("2", run.State.Result.ToJson());
        run.AssertReplays();
    }

    [Fact]
    public void Expressions_see_the_roots_the_design_names()
    {
        var run = MachineRun.Of("""
            {"id":"w","name":"flow","nodes":[{"id":"my node","type":"transform","config":{"expression":"1"}},{"id":"o","type":"transform","config":{"template":
              {"i":"{{ input }}","d":"{{ data }}","n":"{{ nodes['my node'].output }}","s":"{{ nodes['my node'].status }}","x":"{{ execution.id }}","w":"{{ workflow.name }}","t":"{{ now }}"}}}],
             "edges":[{"source":"my node","target":"o"}]}
            """).Start("5");
        Assert.Equal("""{"i":5,"d":1,"n":1,"s":"completed","x":"x1","w":"flow","t":"2026-01-01T00:00:00Z"}""", run.OutputJson("o"));
    }

    [Fact]
    public void An_output_that_does_not_match_its_schema_fails_the_node()
    {
        var run = MachineRun.Of("""{"name":"t","nodes":[{"id":"a","type":"noop","outputSchema":{"type":"string"}}],"edges":[]}""").Start().Finish("a", "1");
        Assert.Equal((ExecutionStatus.Failed, "output_schema"), (run.State.Status, run.State.Error!.Type));
    }

    [Fact]
    public void Progress_counts_what_completed_or_was_skipped_and_never_falls()
    {
        var run = Joined("""{"mode":"any"}""").Start();
        var counts = new List<int> { run.State.CompletedNodes };
        foreach (var node in (string[])["a", "b", "c", "end"])
            counts.Add(run.Finish(node).State.CompletedNodes);
        Assert.Equal([1, 3, 4, 5, 6], counts);
        Assert.Equal(6, run.Graph.Nodes.Length);
    }

    [Theory]
    [InlineData(50, null)]
    [InlineData(51, "loop_too_deep")]
    [InlineData(64, "loop_too_deep")]
    [InlineData(1_000, "loop_too_deep")]
    public void Loops_nested_too_deep_are_one_problem_and_nothing_is_built_on_them(int depth, string? code)
    {
        // Each begins inside the one before, and all end one after the other.
        var ids = Enumerable
            .Range(0, depth)
            .Select(i => $"in{i}")
            .Concat(Enumerable.Range(0, depth).Select(i => $"out{depth - 1 - i}"))
            .ToArray();
        var ways = ids.Zip(ids.Skip(1), (from, to) => $$"""{"source":"{{from}}","target":"{{to}}"}""")
            .Concat(Enumerable.Range(0, depth).Select(i => $$"""{"source":"out{{i}}","target":"in{{i}}","when":"false"}"""));
        var errors = MachineRun.Problems(Document(ids, string.Join(',', ways))).Where(problem => problem.Severity == Severity.Error);
        Assert.Equal(code is null ? [] : [code], errors.Select(problem => problem.Code));
    }

    private static MachineRun Joined(string config, string gates = "\"true\"") => MachineRun.Of($$"""
        {"name":"t","nodes":[{"id":"a","type":"noop","conditions":[{{gates}}]},{"id":"b","type":"noop","conditions":[{{gates}}]},{"id":"c","type":"noop"},{"id":"j","type":"join","config":{{config}}},{"id":"end","type":"noop"}],
         "edges":[{"source":"a","target":"j"},{"source":"b","target":"j"},{"source":"c","target":"j"},{"source":"j","target":"end"}]}
        """);

    // Effects connected by edges written "a -> b".
    private static MachineRun Graph(params string[] edges) => MachineRun.Of(Document(
        [.. edges.SelectMany(edge => edge.Split(" -> ")).Distinct(StringComparer.Ordinal)],
        string.Join(',', edges.Select(edge => edge.Split(" -> ")).Select(ends => $$"""{"source":"{{ends[0]}}","target":"{{ends[1]}}"}"""))));

    private static string Document(string[] noops, string edges, string gateOfA = "") =>
        $$"""{"name":"t","nodes":[{{string.Join(',', noops.Select(id => Noop(id, id is "a" ? gateOfA : "")))}}],"edges":[{{edges}}]}""";

    private static string Noop(string id, string gates) => $$"""{"id":"{{id}}","type":"noop","conditions":[{{gates}}]}""";
}
