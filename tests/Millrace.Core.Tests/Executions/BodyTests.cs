using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Tests;

namespace Millrace.Core.Tests.Executions;

/// <summary>forEach and while.</summary>
public sealed class BodyTests
{
    [Fact]
    public void Each_item_runs_the_body_and_gives_a_result_in_order()
    {
        var run = ForEach("\"concurrency\":2", """{"id":"w","type":"noop"}""", "").Start("[1,2,3]");
        Assert.Equal(["0", "1"], run.Effects.Select(effect => effect.Iteration));
        Assert.Equal(["1", "2"], run.Effects.Select(effect => effect.Data.ToJson()));
        run.Finish("w", NodeOutcome.Completed("b"), "1");
        Assert.Equal(["0", "2"], run.Effects.Select(effect => effect.Iteration));
        run.Finish("w", NodeOutcome.Completed("c"), "2").Finish("w", NodeOutcome.Completed("a"), "0");
        Assert.Equal((ExecutionStatus.Completed, """["a","b","c"]"""), (run.State.Status, run.State.Result.ToJson()));
        Assert.Equal("""{"count":3}""", run.Run("each")!.Meta.ToJson());
        run.AssertReplays();
    }

    [Fact]
    public void A_body_sees_item_and_index_and_what_is_around_it()
    {
        var run = ForEach("", """{"id":"w","type":"transform","config":{"expression":"[item, index, data, input.size(), before.output]"}}""", "").Start("[7,8]");
        Assert.Equal("""[[7,0,7,2,"x"],[8,1,8,2,"x"]]""", run.State.Result.ToJson());
    }

    [Fact]
    public void No_items_give_no_results()
    {
        var run = ForEach("", """{"id":"w","type":"noop"}""", "").Start("[]");
        Assert.Equal((ExecutionStatus.Completed, "[]"), (run.State.Status, run.State.Result.ToJson()));
    }

    [Fact]
    public void What_is_no_list_fails_the_node()
    {
        var run = ForEach("", """{"id":"w","type":"noop"}""", "").Start("5");
        Assert.Equal((ExecutionStatus.Failed, "data", "each"), (run.State.Status, run.State.Error!.Type, run.State.Error.NodeId));
    }

    [Fact]
    public void An_item_that_fails_fails_the_node_and_stops_the_others()
    {
        var run = ForEach("\"concurrency\":3", """{"id":"w","type":"noop"}""", "").Start("[1,2,3]");
        run.Finish("w", NodeOutcome.Failed("broken", "It broke."), "1");
        Assert.Equal((ExecutionStatus.Failed, "broken", "each"), (run.State.Status, run.State.Error!.Type, run.State.Error.NodeId));
        Assert.Contains("Item 1 of 'each' failed at node 'w': It broke.", run.State.Error.Message, StringComparison.Ordinal);
        Assert.Empty(run.Effects);
        run.AssertReplays();
    }

    [Fact]
    public void What_became_ready_in_an_item_does_not_run_once_another_has_ended_the_body()
    {
        var run = MachineRun.Of("""
            {"name":"t","nodes":[{"id":"each","type":"forEach","onError":"continue","config":{"items":[1,0],"concurrency":2,"body":{
              "nodes":[{"id":"check","type":"transform","config":{"expression":"10 / item"}},{"id":"w","type":"noop"}],"edges":[{"source":"check","target":"w"}]}}}],"edges":[]}
            """).Start();
        Assert.Equal((ExecutionStatus.Completed, 0), (run.State.Status, run.Effects.Count));
        Assert.Equal(NodeStatus.Failed, run.Status("each"));
        run.AssertReplays();
    }

    [Fact]
    public void The_error_port_takes_the_failure_of_a_body()
    {
        var run = ForEach("\"concurrency\":2", """{"id":"w","type":"noop"}""", """,{"source":"each","target":"rescue","port":"error"}""", """,{"id":"rescue","type":"transform","config":{"expression":"data.error.type"}}""").Start("[1,2,3]");
        run.Finish("w", NodeOutcome.Failed("broken", "It broke."), "0");
        Assert.Equal((ExecutionStatus.Completed, "\"broken\""), (run.State.Status, run.State.Result.ToJson()));
        Assert.Empty(run.Effects);
        run.AssertReplays();
    }

    [Fact]
    public void Failures_can_be_collected()
    {
        var run = ForEach("\"onItemError\":\"collect\"", """{"id":"w","type":"transform","config":{"expression":"10 / item"}}""", "").Start("[5,0,2]");
        Assert.Equal(ExecutionStatus.Completed, run.State.Status);
        var results = run.State.Result.AsList();
        Assert.Equal(("2", "5"), (results[0].ToJson(), results[2].ToJson()));
        Assert.Equal("\"expression\"", results[1]["error"]["type"].ToJson());
        Assert.Equal("""{"count":3,"failed":1}""", run.Run("each")!.Meta.ToJson());
        run.AssertReplays();
    }

    [Fact]
    public void Bodies_may_be_nested_and_branch_and_loop()
    {
        var run = ForEach("\"concurrency\":2", """
            {"id":"inner","type":"forEach","config":{"items":"{{ item }}","body":{"nodes":[{"id":"if","type":"if","config":{"condition":"item % 2 == 0"}},{"id":"even","type":"transform","config":{"expression":"item * 10"}},{"id":"odd","type":"transform","config":{"expression":"-item"}}],
              "edges":[{"source":"if","target":"even","port":"true"},{"source":"if","target":"odd","port":"false"}]}}}
            """, "").Start("[[1,2],[3],[]]");
        Assert.Equal("[[-1,20],[-3],[]]", run.State.Result.ToJson());
        Assert.Equal(
            ["0.0", "0.1", "1.0"],
            run.Journal.OfType<NodeCompleted>().Where(e => e.Node.Id is "if").Select(e => e.Iteration).Order(StringComparer.Ordinal));
        run.AssertReplays();
        Assert.Equal(run.Graph.Size, run.State.CompletedNodes);
    }

    [Fact]
    public void A_while_runs_as_long_as_its_condition_holds()
    {
        var run = MachineRun.Of("""
            {"name":"t","nodes":[{"id":"w","type":"while","config":{"condition":"data.n < 3","body":{"nodes":[{"id":"b","type":"transform","config":{"expression":"{'n': data.n + 1, 'at': index}"}}],"edges":[]}}}],"edges":[]}
            """).Start("""{"n":0}""");
        Assert.Equal((ExecutionStatus.Completed, """{"n":3,"at":2}""", """{"iterations":3}"""), (run.State.Status, run.State.Result.ToJson(), run.Run("w")!.Meta.ToJson()));
        run.AssertReplays();
    }

    [Fact]
    public void A_while_that_does_not_end_fails()
    {
        var run = MachineRun.Of("""
            {"name":"t","nodes":[{"id":"w","type":"while","config":{"condition":"true","maxIterations":4,"body":{"nodes":[{"id":"b","type":"log","config":{"message":"x"}}],"edges":[]}}}],"edges":[]}
            """).Start();
        Assert.Equal((ExecutionStatus.Failed, "max_iterations", "w"), (run.State.Status, run.State.Error!.Type, run.State.Error.NodeId));
    }

    [Fact]
    public void After_a_crash_items_that_are_done_stay_done()
    {
        var run = ForEach("\"concurrency\":2", """{"id":"w","type":"noop"}""", "").Start("[1,2,3]");
        run.Finish("w", NodeOutcome.Completed("b"), "1");
        var again = run.Recover();
        again.Handle(RecoveredInput.Instance);
        Assert.Equal(["0", "2"], again.Effects.Select(effect => effect.Iteration));
        again.Finish("w", NodeOutcome.Completed("a"), "0").Finish("w", NodeOutcome.Completed("c"), "2");
        Assert.Equal("""["a","b","c"]""", again.State.Result.ToJson());
    }

    [Fact]
    public void Nothing_more_begins_in_a_body_that_a_join_has_overtaken()
    {
        var run = MachineRun.Of("""
            {"name":"t","nodes":[{"id":"start","type":"start"},{"id":"each","type":"forEach","config":{"items":"{{ [1] }}","body":{"nodes":[{"id":"w","type":"noop"}],"edges":[]}}},{"id":"j","type":"join","config":{"mode":"any","cancelOthers":true}}],
             "edges":[{"source":"start","target":"j"},{"source":"each","target":"j"}]}
            """).Start();
        Assert.Equal((ExecutionStatus.Completed, """{"start":null}"""), (run.State.Status, run.State.Result.ToJson()));
        Assert.DoesNotContain(run.Journal.OfType<NodeEvent>(), e => e.Node.Id is "w");
        run.AssertReplays();
    }

    [Fact]
    public void Nothing_more_begins_in_a_body_that_has_failed()
    {
        var run = ForEach("\"concurrency\":2", """{"id":"w","type":"transform","config":{"expression":"1 / item"}}""", """,{"source":"each","target":"rescue","port":"error"}""", """,{"id":"rescue","type":"transform","config":{"expression":"data.error.type"}}""").Start("[0,1]");
        Assert.Equal((ExecutionStatus.Completed, "\"expression\""), (run.State.Status, run.State.Result.ToJson()));
        Assert.Equal("0", Assert.Single(run.Journal.OfType<NodeStarted>(), e => e.Node.Id is "w").Iteration);
        run.AssertReplays();
    }

    [Fact]
    public void Nothing_more_begins_in_an_item_that_has_failed()
    {
        var run = ForEach("\"onItemError\":\"collect\"", """{"id":"w","type":"transform","config":{"expression":"1 / item"}},{"id":"other","type":"noop"}""", "").Start("[0]");
        Assert.Equal(
            (ExecutionStatus.Completed, "expression"), (run.State.Status, run.State.Result.AsList()[0]["error"]["type"].AsString()));
        Assert.DoesNotContain(run.Journal.OfType<NodeEvent>(), e => e.Node.Id is "other");
        run.AssertReplays();
    }

    [Fact]
    public void A_join_that_begins_a_body_passes_the_item_on() =>
        Assert.Equal("""[{"input":7}]""", ForEach("", """{"id":"w","type":"join"}""", "").Start("[7]").State.Result.ToJson());

    [Theory]
    [InlineData("{}", "missing_field")]
    [InlineData("""{"items":[1]}""", "missing_field")]
    [InlineData("""{"body":{"nodes":[],"edges":[]}}""", "empty_body", "no_nodes")]
    [InlineData("""{"concurrency":0,"body":{"nodes":[{"id":"b","type":"noop"}],"edges":[]}}""", "out_of_range")]
    public void Bad_config_is_refused(string config, params string[] codes) =>
        Assert.Contains(MachineRun.Problems($$"""{"name":"t","nodes":[{"id":"f","type":"forEach","config":{{config}}}],"edges":[]}"""), problem => codes.Contains(problem.Code, StringComparer.Ordinal));

    [Fact]
    public void A_forEach_without_a_config_is_told_where_it_stands()
    {
        var problems = MachineRun.Problems("""{"name":"t","nodes":[{"id":"f","type":"forEach"}],"edges":[]}""");
        Assert.Equal(("/nodes/0", "missing_field"), (Assert.Single(problems).Pointer, problems[0].Code));
    }

    [Fact]
    public void Two_bodies_that_fail_as_a_pause_ends_end_the_execution_once()
    {
        const string Config = """{"condition":"index == 0 || data.nothing","body":{"nodes":[{"id":"BODY","type":"noop","config":{"output":1}}],"edges":[]}}""";
        var run = MachineRun.Of($$"""
            {"name":"t","nodes":[{"id":"w1","type":"while","config":{{Config.Replace("BODY", "b1", StringComparison.Ordinal)}}},{"id":"w2","type":"while","config":{{Config.Replace("BODY", "b2", StringComparison.Ordinal)}}}],"edges":[]}
            """).Start();
        run.Handle(new PauseInput(null)).Finish("b1", "1").Finish("b2", "1");
        run.Handle(ResumeInput.Instance);
        Assert.Equal((ExecutionStatus.Failed, "expression"), (run.State.Status, run.State.Error!.Type));
        run.AssertReplays();
    }

    private static MachineRun ForEach(string config, string body, string edges, string nodes = "") => MachineRun.Of("""
        {"name":"t","nodes":[{"id":"before","type":"transform","config":{"expression":"'x'"}},{"id":"each","type":"forEach","config":{"items":"{{ input }}"CONFIG,"body":{"nodes":[BODY],"edges":[INNER]}}}NODES],
         "edges":[{"source":"before","target":"each"}EDGES]}
        """
        .Replace("CONFIG", config.Length > 0 ? "," + config : "", StringComparison.Ordinal)
        .Replace("BODY", body, StringComparison.Ordinal)
        .Replace("INNER", "", StringComparison.Ordinal)
        .Replace("NODES", nodes, StringComparison.Ordinal)
        .Replace("EDGES", edges, StringComparison.Ordinal));
}
