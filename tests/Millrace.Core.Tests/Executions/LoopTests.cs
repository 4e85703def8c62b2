using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Tests;

namespace Millrace.Core.Tests.Executions;

/// <summary>Loops by edges that lead back.</summary>
public sealed class LoopTests
{
    private const string Counting = """
        {"name":"t","variables":{"n":0},"nodes":[
          {"id":"step","type":"noop","config":{"output":"{{ variables.n }}"}},
          {"id":"count","type":"setVariable","config":{"name":"n","value":"{{ variables.n + 1 }}"}},
          {"id":"more","type":"if","config":{"condition":"variables.n < 3"}},
          {"id":"after","type":"transform","config":{"expression":"{'data': data, 'step': step.output}"}}],
         "edges":[{"source":"start","target":"step"},{"source":"step","target":"count"},{"source":"count","target":"more"},
          {"source":"more","target":"step","port":"true"},{"source":"more","target":"after","port":"false"}]}
        """;

    [Fact]
    public void A_way_back_runs_the_loop_again_until_none_is_taken()
    {
        var run = MachineRun.Of(Counting).Start();
        foreach (var turn in new[] { "0", "1", "2" })
            run.Finish("step", NodeOutcome.Completed(int.Parse(turn, System.Globalization.CultureInfo.InvariantCulture)), turn);
        Assert.Equal(ExecutionStatus.Completed, run.State.Status);
        Assert.Equal("""{"data":2,"step":2}""", run.OutputJson("after"));
        Assert.Equal(["0", "1", "2"], run.Journal.OfType<NodeCompleted>().Where(e => e.Node.Id is "step").Select(e => e.Iteration));
        run.AssertReplays();
        Assert.Equal(run.Graph.Size, run.State.CompletedNodes);
    }

    [Fact]
    public void Each_turn_sees_only_its_own_runs_and_the_data_that_led_back()
    {
        var run = MachineRun.Of("""
            {"name":"t","nodes":[
              {"id":"a","type":"transform","config":{"expression":"{'came': data, 'b': has(b.output)}"}},
              {"id":"b","type":"transform","config":{"expression":"data.came == null ? 1 : data.came + 1"}},
              {"id":"more","type":"if","config":{"condition":"b.output < 3"}}],
             "edges":[{"source":"a","target":"b"},{"source":"b","target":"more"},{"source":"more","target":"a","port":"true"}]}
            """).Start();
        Assert.Equal(ExecutionStatus.Completed, run.State.Status);
        Assert.Equal("""{"came":2,"b":false}""", run.Journal.OfType<NodeCompleted>().Last(e => e.Node.Id is "a").Output.ToJson());
        Assert.Equal("3", run.State.Result.ToJson());
    }

    [Fact]
    public void A_loop_that_does_not_end_fails_clearly()
    {
        var run = MachineRun.Of("""
            {"name":"t","nodes":[{"id":"a","type":"log","config":{"message":"again"}},{"id":"more","type":"if","config":{"condition":"true"}}],
             "edges":[{"source":"start","target":"a"},{"source":"a","target":"more"},{"source":"more","target":"a","port":"true","maxIterations":5}]}
            """).Start();
        Assert.Equal(
            (ExecutionStatus.Failed, "max_iterations", "a", "5"),
            (run.State.Status, run.State.Error!.Type, run.State.Error.NodeId, run.State.Error.Iteration));
        Assert.Equal(5, run.Journal.OfType<NodeCompleted>().Count(e => e.Node.Id is "a"));
        run.AssertReplays();
    }

    [Fact]
    public void Loops_may_be_nested()
    {
        var run = MachineRun.Of("""
            {"name":"t","variables":{"i":0,"j":0,"seen":[]},"nodes":[
              {"id":"outer","type":"setVariable","config":{"name":"j","value":0}},
              {"id":"inner","type":"setVariable","config":{"name":"seen","merge":"append","value":"{{ [[variables.i, variables.j]] }}"}},
              {"id":"nextj","type":"setVariable","config":{"name":"j","value":"{{ variables.j + 1 }}"}},
              {"id":"morej","type":"if","config":{"condition":"variables.j < 2"}},
              {"id":"nexti","type":"setVariable","config":{"name":"i","value":"{{ variables.i + 1 }}"}},
              {"id":"morei","type":"if","config":{"condition":"variables.i < 2"}},
              {"id":"end","type":"output","config":{"value":"{{ variables.seen }}"}}],
             "edges":[{"source":"start","target":"outer"},{"source":"outer","target":"inner"},{"source":"inner","target":"nextj"},{"source":"nextj","target":"morej"},
              {"source":"morej","target":"inner","port":"true"},{"source":"morej","target":"nexti","port":"false"},{"source":"nexti","target":"morei"},
              {"source":"morei","target":"outer","port":"true"},{"source":"morei","target":"end","port":"false"}]}
            """).Start();
        Assert.Equal((ExecutionStatus.Completed, "[[0,0],[0,1],[1,0],[1,1]]"), (run.State.Status, run.State.Result.ToJson()));
        Assert.Equal(
            ["0.0", "0.1", "1.0", "1.1"], run.Journal.OfType<NodeCompleted>().Where(e => e.Node.Id is "inner").Select(e => e.Iteration));
        Assert.Equal(run.Graph.Size, run.State.CompletedNodes);
        run.AssertReplays();
    }

    [Fact]
    public void A_loop_that_no_way_led_to_is_skipped()
    {
        var run = MachineRun.Of("""
            {"name":"t","nodes":[{"id":"if","type":"if","config":{"condition":"false"}},{"id":"a","type":"noop"},{"id":"more","type":"if","config":{"condition":"true"}},{"id":"end","type":"noop"}],
             "edges":[{"source":"if","target":"a","port":"true"},{"source":"a","target":"more"},{"source":"more","target":"a","port":"true"},{"source":"more","target":"end","port":"false"}]}
            """).Start();
        Assert.Equal(ExecutionStatus.Completed, run.State.Status);
        Assert.Equal(NodeStatus.Skipped, run.Status("end"));
        Assert.Equal(NodeStatus.Skipped, run.Run("a", "0")!.Status);
        run.AssertReplays();
        Assert.Equal(run.Graph.Size, run.State.CompletedNodes);
    }

    [Fact]
    public void A_turn_ends_when_all_that_runs_in_it_has_ended()
    {
        var run = MachineRun.Of("""
            {"name":"t","nodes":[{"id":"a","type":"noop"},{"id":"slow","type":"noop"},{"id":"more","type":"if","config":{"condition":"execution.id == 'x1' && index < 1"}},{"id":"end","type":"noop"}],
             "edges":[{"source":"start","target":"a"},{"source":"a","target":"slow"},{"source":"slow","target":"a","when":"false"},{"source":"a","target":"more"},{"source":"more","target":"a","port":"true"},{"source":"more","target":"end","port":"false"}]}
            """).Start().Finish("a");
        Assert.Equal("slow", Assert.Single(run.Effects).Node.Id);
        run.Finish("slow");
        Assert.Equal("1", Assert.Single(run.Effects).Iteration);
        run.Finish("a").Finish("slow").Finish("end");
        Assert.Equal(ExecutionStatus.Completed, run.State.Status);
        run.AssertReplays();
    }

    [Fact]
    public void A_loop_entered_twice_is_refused_with_the_edges()
    {
        var problem = Assert.Single(MachineRun.Problems("""
            {"name":"t","nodes":[{"id":"a","type":"noop"},{"id":"b","type":"if","config":{"condition":"true"}}],
             "edges":[{"source":"start","target":"a"},{"source":"start","target":"b"},{"source":"a","target":"b"},{"source":"b","target":"a","port":"true"}]}
            """), problem => problem.Code is "loop_not_nested");
        Assert.Contains("start -> b", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void While_it_is_paused_no_turn_begins()
    {
        var run = MachineRun.Of(Counting).Start().Handle(new PauseInput(null));
        run.Finish("step", NodeOutcome.Completed(0), "0");
        run.AssertReplays();
        run.Handle(ResumeInput.Instance).Handle(new PauseInput(null)).Finish("step", NodeOutcome.Completed(1), "1");
        run.AssertReplays();
        Assert.Equal("2", Assert.Single(run.Handle(ResumeInput.Instance).Effects).Iteration);
    }

    [Fact]
    public void A_crash_in_a_turn_goes_on_in_that_turn()
    {
        var run = MachineRun.Of(Counting).Start();
        run.Finish("step", NodeOutcome.Completed(0), "0");
        var again = run.Recover();
        again.Handle(RecoveredInput.Instance);
        Assert.Equal("1", Assert.Single(again.Effects).Iteration);
        again.Finish("step", NodeOutcome.Completed(1), "1").Finish("step", NodeOutcome.Completed(2), "2");
        Assert.Equal((ExecutionStatus.Completed, """{"data":2,"step":2}"""), (again.State.Status, again.OutputJson("after")));
    }

    [Fact]
    public void Long_turns_are_cut_where_a_crash_can_go_on()
    {
        var run = MachineRun.Of("""
            {"name":"t","variables":{"n":0},"settings":{"maxIterations":5000},"nodes":[
              {"id":"a","type":"setVariable","config":{"name":"n","value":"{{ variables.n + 1 }}"}},{"id":"more","type":"if","config":{"condition":"variables.n < 4000"}},{"id":"end","type":"noop"}],
             "edges":[{"source":"start","target":"a"},{"source":"a","target":"more"},{"source":"more","target":"a","port":"true"},{"source":"more","target":"end","port":"false"}]}
            """).Start();
        Assert.Equal("4000", Assert.Single(run.Effects).Node is { } ? ((Value)run.State.Variables)["n"].ToJson() : "");
        Assert.True(run.Journal.Count > 20_000);
    }
}
