using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Tests;

namespace Millrace.Core.Tests.Executions;

/// <summary>Going on from any event of another execution.</summary>
public sealed class ForkPointTests
{
    [Fact]
    public void A_fork_from_a_failure_runs_what_failed_again()
    {
        var run = MachineRun.Of("""{"name":"t","nodes":[{"id":"a","type":"noop"},{"id":"b","type":"noop"}],"edges":[{"source":"a","target":"b"}]}""").Start().Fail("a");
        var fork = ForkAt(run, run.Journal.Count - 1);
        Assert.Equal("a", Assert.Single(fork.Effects).Node.Id);
        Assert.Equal(ExecutionStatus.Completed, fork.Finish("a").Finish("b").State.Status);
    }

    [Fact]
    public void A_fork_from_a_failure_in_a_body_runs_that_item_again()
    {
        var run = MachineRun.Of("""
            {"name":"t","nodes":[{"id":"each","type":"forEach","config":{"items":"{{ [1, 2] }}","body":{"nodes":[{"id":"w","type":"noop"}],"edges":[]}}}],"edges":[]}
            """).Start().Finish("w", NodeOutcome.Completed(1), "0").Fail("w");
        Assert.Equal(["1"], run.Journal.OfType<NodeFailed>().Where(e => e.Node.Id is "w").Select(e => e.Iteration));
        var fork = ForkAt(run, run.Journal.Count - 1);
        Assert.Equal("[1,2]", fork.Finish("w", "2").State.Result.ToJson());
    }

    [Fact]
    public void From_wherever_a_fork_goes_on_a_variable_is_set_once()
    {
        var run = MachineRun.Of("""
            {"name":"t","variables":{"list":[]},"nodes":[{"id":"set","type":"setVariable","config":{"name":"list","merge":"append","value":"{{ ['x'] }}"}},{"id":"end","type":"output","config":{"value":"{{ variables.list }}"}}],"edges":[{"source":"set","target":"end"}]}
            """).Start();
        for (var seq = 1; seq < run.Journal.Count; seq++)
            Assert.Equal((ExecutionStatus.Completed, """["x"]"""), (ForkAt(run, seq).State.Status, ForkAt(run, seq).State.Result.ToJson()));
    }

    [Fact]
    public void From_wherever_a_fork_goes_on_what_fails_at_once_fails_again()
    {
        var run = MachineRun.Of("""{"name":"t","nodes":[{"id":"a","type":"fail"}],"edges":[]}""").Start();
        for (var seq = 1; seq < run.Journal.Count; seq++)
            Assert.Equal((ExecutionStatus.Failed, "fail"), (ForkAt(run, seq).State.Status, ForkAt(run, seq).State.Error!.Type));
    }

    [Fact]
    public void From_wherever_a_fork_goes_on_a_join_cancels_the_others()
    {
        var run = MachineRun.Of("""
            {"name":"t","nodes":[{"id":"start","type":"start"},{"id":"slow","type":"noop"},{"id":"j","type":"join","config":{"mode":"any","cancelOthers":true}}],"edges":[{"source":"start","target":"j"},{"source":"start","target":"slow"},{"source":"slow","target":"j"}]}
            """).Start();
        for (var seq = 1; seq < run.Journal.Count; seq++)
            Assert.Equal(ExecutionStatus.Completed, ForkAt(run, seq).State.Status);
    }

    [Fact]
    public void From_wherever_a_fork_goes_on_a_stop_stops()
    {
        var run = MachineRun.Of("""
            {"name":"t","nodes":[{"id":"start","type":"start"},{"id":"slow","type":"noop"},{"id":"end","type":"stop"}],"edges":[{"source":"start","target":"slow"},{"source":"start","target":"end"}]}
            """).Start();
        Assert.Equal(ExecutionStatus.Completed, run.State.Status);
        for (var seq = 1; seq < run.Journal.Count; seq++)
        {
            var fork = ForkAt(run, seq);
            Assert.Equal((ExecutionStatus.Completed, NodeStatus.Completed), (fork.State.Status, fork.Status("end")));
        }
    }

    [Fact]
    public void A_fork_of_what_was_cancelled_runs_what_the_cancel_ended()
    {
        var run = MachineRun.Of("""{"name":"t","nodes":[{"id":"a","type":"noop"},{"id":"b","type":"noop"}],"edges":[{"source":"a","target":"b"}]}""").Start()
            .Handle(new CancelInput(null)).Fail("a", "cancelled");
        Assert.Equal(ExecutionStatus.Cancelled, run.State.Status);

        var fork = ForkAt(run, run.Journal.Count - 1);

        Assert.Equal("a", Assert.Single(fork.Effects).Node.Id);
        Assert.Equal(ExecutionStatus.Completed, fork.Finish("a").Finish("b").State.Status);
    }

    [Fact]
    public void A_fork_of_an_effect_in_doubt_runs_it_again()
    {
        var run = MachineRun.Of("""{"name":"t","nodes":[{"id":"a","type":"noop","inDoubt":"ask"}],"edges":[]}""").Start().Recover().Handle(RecoveredInput.Instance);
        Assert.Equal(NodeStatus.InDoubt, run.Status("a"));
        Assert.Equal("a", Assert.Single(run.State.UnfinishedEffects()).NodeId);

        var fork = ForkAt(run, run.Journal.Count);

        Assert.Equal("a", Assert.Single(fork.Effects).Node.Id);
        Assert.Equal(ExecutionStatus.Completed, fork.Finish("a").State.Status);
    }

    [Theory]
    [InlineData("http", 1)]
    [InlineData("timeout", 0)]
    [InlineData("inDoubt", 0)]
    public void A_retry_has_a_new_key_only_where_the_failure_is_known(string type, int generation)
    {
        var run = MachineRun.Of("""{"name":"t","nodes":[{"id":"a","type":"noop"}],"edges":[]}""").Start().Fail("a", type);
        run.State.Forget(MachineRun.RetryPointOf(run.Journal)!);
        Assert.Equal((NodeStatus.Pending, generation), (run.Status("a"), run.Run("a")!.Generation));
    }

    [Fact]
    public void A_fork_from_the_middle_of_an_undoing_goes_on_undoing()
    {
        var run = MachineRun.Of("""
            {"name":"t","nodes":[{"id":"a","type":"noop","compensation":{"type":"noop","config":{"output":"{{ output }}"}}},{"id":"b","type":"noop","onError":"compensate"}],"edges":[{"source":"a","target":"b"}]}
            """).Start().Finish("a", "1").Fail("b");
        var fork = ForkAt(run, run.Journal.Count);
        Assert.Equal((ExecutionStatus.Compensating, "a:compensation"), (fork.State.Status, Assert.Single(fork.Effects).Node.Id));
        Assert.Equal((ExecutionStatus.Failed, "broken"), (fork.Finish("a:compensation").State.Status, fork.State.Error!.Type));
    }

    private static MachineRun ForkAt(MachineRun run, int seq) => run.Fork((int)MachineRun.ForkPoint(run.Journal, seq));
}
