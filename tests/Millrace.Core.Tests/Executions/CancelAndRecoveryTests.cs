using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Tests;

namespace Millrace.Core.Tests.Executions;

public sealed class CancelAndRecoveryTests
{
    [Fact]
    public void A_cancel_with_nothing_running_ends_at_once()
    {
        var run = MachineRun.Of("""{"name":"t","nodes":[{"id":"d","type":"delay","config":{"duration":"1h"}}],"edges":[]}""").Start().Handle(new CancelInput("enough"));
        Assert.Equal((ExecutionStatus.Cancelled, NodeStatus.Cancelled), (run.State.Status, run.Status("d")));
        Assert.Equal("enough", Assert.Single(run.Journal.OfType<WorkflowCancelled>()).Reason);
        run.AssertReplays();
    }

    [Fact]
    public void A_cancel_waits_for_running_effects_and_starts_no_more()
    {
        var run = Chain().Start().Handle(new CancelInput("x"));
        Assert.Equal(ExecutionStatus.Running, run.State.Status);
        run.Finish("a", "1");
        Assert.Equal(
            (ExecutionStatus.Cancelled, NodeStatus.Completed, NodeStatus.Pending), (run.State.Status, run.Status("a"), run.Status("b")));
        run.AssertReplays();
    }

    [Fact]
    public void An_effect_that_fails_while_being_cancelled_is_cancelled()
    {
        var run = Chain(""","retry":{"maxAttempts":3}""").Start().Handle(new CancelInput(null)).Fail("a");
        Assert.Equal((ExecutionStatus.Cancelled, NodeStatus.Cancelled), (run.State.Status, run.Status("a")));
    }

    [Fact]
    public void After_the_grace_period_running_effects_are_in_doubt()
    {
        var run = Chain().Start().Handle(new CancelInput(null)).Handle(CancelGraceOverInput.Instance);
        Assert.Equal((ExecutionStatus.Cancelled, NodeStatus.InDoubt), (run.State.Status, run.Status("a")));
        run.AssertReplays();
    }

    [Fact]
    public void No_retry_begins_while_a_cancel_is_under_way()
    {
        var run = MachineRun.Of("""{"name":"t","nodes":[{"id":"a","type":"noop","retry":{"maxAttempts":3,"delay":"1s"}},{"id":"slow","type":"noop"}],"edges":[]}""").Start().Fail("a");
        run.Handle(new CancelInput(null)).Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("slow", run.Effects.Single().Node.Id);
        run.Finish("slow");
        Assert.Equal(ExecutionStatus.Cancelled, run.State.Status);
    }

    [Fact]
    public void No_wait_ends_while_a_cancel_is_under_way()
    {
        var run = MachineRun.Of("""{"name":"t","nodes":[{"id":"d","type":"delay","config":{"duration":"1s"}},{"id":"slow","type":"noop"}],"edges":[]}""").Start();
        run.Handle(new CancelInput(null)).Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(NodeStatus.Waiting, run.Status("d"));
        run.Finish("slow");
        Assert.Equal((ExecutionStatus.Cancelled, NodeStatus.Cancelled), (run.State.Status, run.Status("d")));
    }

    [Fact]
    public void A_fail_node_undoes_where_it_is_told_to()
    {
        var run = MachineRun.Of("""
            {"name":"t","nodes":[{"id":"a","type":"noop","compensation":{"type":"noop","config":{}}},{"id":"no","type":"fail","config":{"message":"No."},"onError":"compensate"}],"edges":[{"source":"a","target":"no"}]}
            """).Start().Finish("a");
        Assert.Equal((ExecutionStatus.Compensating, "a:compensation"), (run.State.Status, run.Effects[^1].Node.Id));
        run.Finish("a:compensation");
        Assert.Equal((ExecutionStatus.Failed, "No."), (run.State.Status, run.State.Error!.Message));
    }

    [Fact]
    public void A_cancel_that_loses_the_race_changes_nothing()
    {
        var run = Chain().Start().Finish("a").Finish("b").Handle(new CancelInput(null)).Handle(CancelGraceOverInput.Instance);
        Assert.Equal(ExecutionStatus.Completed, run.State.Status);
    }

    [Fact]
    public void The_first_reason_for_a_cancel_counts()
    {
        var run = Chain().Start().Handle(new CancelInput("first")).Handle(new CancelInput("second")).Finish("a");
        Assert.Equal("first", Assert.Single(run.Journal.OfType<WorkflowCancelled>()).Reason);
    }

    [Fact]
    public void An_effect_without_an_answer_runs_again_under_the_same_attempt()
    {
        var before = Chain().Start("7");
        var run = before.Recover().Handle(RecoveredInput.Instance);
        var (was, again) = (before.Effects.Single(), run.Effects.Single());
        Assert.Equal(
            (was.Attempt, was.Generation, was.Iteration, was.Input, was.Data),
            (again.Attempt, again.Generation, again.Iteration, again.Input, again.Data));
        run.Finish("a", "1").Finish("b", "2");
        Assert.Equal((ExecutionStatus.Completed, "2"), (run.State.Status, Core.Values.ValueJson.ToJson(run.State.Result)));
        run.AssertReplays();
    }

    [Fact]
    public void An_effect_in_doubt_that_must_be_asked_about_waits()
    {
        var run = Chain(""","inDoubt":"ask" """).Start().Recover().Handle(RecoveredInput.Instance);
        Assert.Equal((ExecutionStatus.Waiting, NodeStatus.InDoubt), (run.State.Status, run.Status("a")));
        Assert.Empty(run.Effects);
        run.AssertReplays();
        run.Handle(new CancelInput(null));
        Assert.Equal(ExecutionStatus.Cancelled, run.State.Status);
    }

    // Found where the disk failed: the child had ended meanwhile, its word was thrown away, and who asked again waited for it for ever.
    [Fact]
    public void What_ends_while_an_effect_is_in_doubt_is_there_for_when_it_is_tried_again()
    {
        var run = Chain(""","inDoubt":"ask" """).Start().Recover().Handle(RecoveredInput.Instance);
        run.Answer("a", """{"output":5}""", kind: NodeWait.Child);
        Assert.Equal(NodeStatus.InDoubt, run.Status("a"));

        run.Handle(new ResolveInput("a", "", null)).Finish("a", new NodeOutcome { Wait = new NodeWait(NodeWait.Child, DueAt: null) });

        Assert.Equal((NodeStatus.Completed, "5"), (run.Status("a"), run.OutputJson("a")));
        run.AssertReplays();
    }

    [Fact]
    public void An_effect_in_doubt_may_fail_its_node()
    {
        var run = Chain(""","inDoubt":"fail","onError":"continue" """).Start().Recover().Handle(RecoveredInput.Instance);
        Assert.Equal((NodeStatus.Failed, NodeStatus.Running, "inDoubt"), (run.Status("a"), run.Status("b"), run.Run("a")!.Error!.Type));
        run.AssertReplays();
    }

    [Fact]
    public void Several_effects_in_doubt_that_fail_end_the_execution_once()
    {
        var run = MachineRun.Of("""{"name":"t","nodes":[{"id":"a","type":"noop","inDoubt":"fail"},{"id":"b","type":"noop","inDoubt":"fail"},{"id":"c","type":"noop"}],"edges":[]}""").Start();
        run = run.Recover().Handle(RecoveredInput.Instance);
        Assert.Equal(ExecutionStatus.Failed, run.State.Status);
        Assert.Empty(run.Effects);
        run.AssertReplays();
    }

    [Fact]
    public void Waits_and_retries_survive_a_recovery()
    {
        var run = MachineRun.Of("""{"name":"t","nodes":[{"id":"a","type":"noop","retry":{"maxAttempts":2,"delay":"1s"}},{"id":"d","type":"delay","config":{"duration":"2s"}}],"edges":[]}""").Start().Fail("a");
        run = run.Recover().Handle(RecoveredInput.Instance);
        Assert.Empty(run.Effects);
        Assert.Equal(MachineRun.Begin.AddSeconds(1), run.State.NextDue());
        run.Advance(TimeSpan.FromSeconds(2)).Finish("a");
        Assert.Equal(ExecutionStatus.Completed, run.State.Status);
    }

    [Fact]
    public void A_recovered_timeout_still_counts()
    {
        var run = MachineRun.Of("""{"name":"t","settings":{"timeout":"10s"},"nodes":[{"id":"a","type":"noop"}],"edges":[]}""").Start();
        run = run.Recover().Handle(RecoveredInput.Instance).Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(ExecutionStatus.Failed, run.State.Status);
    }

    private static MachineRun Chain(string fieldsOfA = "") => MachineRun.Of(
        $$"""{"name":"t","nodes":[{"id":"a","type":"noop"{{fieldsOfA}}},{"id":"b","type":"noop"}],"edges":[{"source":"a","target":"b"}]}""");
}
