using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Tests;

namespace Millrace.Engine.Tests.Machine;

/// <summary>Steps inside effects, as the machine records them.</summary>
public sealed class EffectStepTests
{
    private const string Document = """{"name":"t","nodes":[{"id":"start","type":"start"},{"id":"a","type":"noop","retry":{"maxAttempts":2,"delay":"PT1S"}},{"id":"b","type":"noop"}],"edges":[{"source":"start","target":"a"},{"source":"a","target":"b"}]}""";

    private static readonly StepRecord First = new(1, "ask", 41L);
    private static readonly StepRecord Second = new(2, "call", Value.Null, new NodeError("refused", "No."));

    [Fact]
    public void Steps_are_journaled_and_given_to_whoever_runs_the_effect_again()
    {
        var run = MachineRun.Of(Document).Start();
        Tell(run, First, new Spending(0.5m, 10, 20));
        Tell(run, Second);

        run.AssertReplays();
        Assert.Equal(new Spending(0.5m, 10, 20), run.State.Spending);
        Assert.Equal([First, Second], run.Recover().Handle(RecoveredInput.Instance).Effects.Single().Steps);
        Assert.Equal([First, Second], run.Recover(snapshotSeq: run.Journal.Count).Handle(RecoveredInput.Instance).Effects.Single().Steps);
    }

    [Fact]
    public void The_next_attempt_has_the_steps_of_the_one_before()
    {
        var run = MachineRun.Of(Document).Start();
        Tell(run, First);
        run.Fail("a").Advance(TimeSpan.FromSeconds(1));

        var effect = Assert.Single(run.Effects);
        Assert.Equal(2, effect.Attempt);
        Assert.Equal([First], effect.Steps);
    }

    [Fact]
    public void A_step_is_recorded_once_and_only_of_the_attempt_that_is_under_way()
    {
        var run = MachineRun.Of(Document).Start();
        var late = Of(run, new StepRecord(3, "late", 1L));
        Tell(run, First);
        Tell(run, First with { Output = 42L });
        run.Fail("a");
        run.Handle(late);
        run.Advance(TimeSpan.FromSeconds(1)).Handle(late);
        run.Finish("a").Handle(late);

        Assert.Equal([First], run.Journal.OfType<StepCompleted>().Select(e => e.Step));
    }

    [Fact]
    public void They_are_forgotten_when_the_node_has_ended()
    {
        var run = MachineRun.Of(Document).Start();
        Tell(run, First);
        run.Finish("a");

        Assert.Empty(run.Run("a")!.Steps);
        Assert.Empty(run.Effects.Single().Steps);
        Assert.DoesNotContain("\"steps\"", ((Value)run.State.ToSnapshot()).ToJson());
    }

    [Fact]
    public void A_pause_and_a_cancel_do_not_keep_what_is_done_from_being_recorded()
    {
        var run = MachineRun.Of(Document).Start();
        run.Handle(new PauseInput(null));
        Tell(run, First);
        run.Handle(new CancelInput(null));
        Tell(run, Second);
        Assert.Equal([First, Second], run.Journal.OfType<StepCompleted>().Select(e => e.Step));

        var late = Of(run, new StepRecord(3, "late", 1L));
        run.Finish("a").Handle(late);
        Assert.IsType<WorkflowCancelled>(run.Journal[^1]);
    }

    [Fact]
    public void A_fork_and_another_version_go_on_with_the_steps_of_an_effect_under_way()
    {
        var run = MachineRun.Of(Document).Start();
        Tell(run, First);

        Assert.Equal([First], run.Fork(run.Journal.Count).Effects.Single().Steps);
        run.Handle(new MigrateInput(MachineRun.Of(Document).Graph, 2, MapValue.Empty));
        Tell(run, Second);
        Assert.Equal([First, Second], run.Run("a")!.Steps);
    }

    [Theory]
    [InlineData(NodeError.StepMismatch, new int[0])]
    [InlineData("refused", new[] { 1, 2, 3 })]
    [InlineData(NodeError.Timeout, new[] { 1, 2, 3 })]
    public void A_retry_by_hand_keeps_all_up_to_the_last_step_that_went_well(string error, int[] kept)
    {
        var run = MachineRun.Of(Document).Start();
        Tell(run, First);
        Tell(run, Second);
        Tell(run, new StepRecord(3, "ask", 1L));
        Tell(run, Second with { Number = 4 });
        run.Finish("a", NodeOutcome.Failed(error, "It broke."));

        var point = MachineRun.RetryPointOf(run.Journal)!;
        var state = run.StateAt(point.Seq);
        state.Forget(point);

        var retried = state.FindRun(run.Graph.Find("a")!, "")!;
        Assert.Equal(kept, retried.Steps.Select(step => step.Number));
        Assert.Equal(error == NodeError.Timeout ? 0 : 1, retried.Generation);
    }

    [Fact]
    public void A_step_of_a_node_that_does_not_run_is_a_damaged_journal()
    {
        var run = MachineRun.Of(Document).Start();
        Tell(run, First);
        var journal = run.ReadBack();
        var state = run.StateAt(journal.Count);

        Assert.Throws<InvalidOperationException>(() => state.Apply(Renumbered(run, journal[^1])));
    }

    // The same step once more, as the next event.
    private static ExecutionEvent Renumbered(MachineRun run, ExecutionEvent e)
    {
        var json = System.Text.Encoding.UTF8.GetString(run.Write([e]))
            .Replace($"\"seq\":{e.Seq}", $"\"seq\":{e.Seq + 1}", StringComparison.Ordinal);
        return EventReader.ReadAll(System.Text.Encoding.UTF8.GetBytes(json), run.Graph, StoredValues.Inline).Single();
    }

    private static void Tell(MachineRun run, StepRecord step, Spending usage = default) => run.Handle(Of(run, step, usage));

    private static StepCompletedInput Of(MachineRun run, StepRecord step, Spending usage = default)
    {
        var effect = run.Effects.Single();
        return new StepCompletedInput(effect.Node, effect.Iteration, effect.Attempt, step, 5, usage);
    }
}
