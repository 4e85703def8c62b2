using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Tests;

namespace Millrace.Core.Tests.Executions;

/// <summary>Failures, retries, waits and timeouts.</summary>
public sealed class FailureTests
{
    [Fact]
    public void A_failure_fails_the_execution_and_ends_other_branches()
    {
        var run = Node().Start().Fail("a");
        Assert.Equal(
            (ExecutionStatus.Failed, "broken", "a broke.", "a", 1),
            (run.State.Status, run.State.Error!.Type, run.State.Error.Message, run.State.Error.NodeId, run.State.Error.Attempt));
        Assert.Equal((NodeStatus.Failed, NodeStatus.Cancelled, NodeStatus.Pending), (run.Status("a"), run.Status("side"), run.Status("b")));
        Assert.Equal(0, run.State.RunningEffects);
        run.AssertReplays();
    }

    [Fact]
    public void What_ends_after_the_execution_is_dropped()
    {
        var run = Node().Start();
        var late = run.Effects.Single(effect => effect.Node.Id is "side");
        run.Fail("a").Handle(new EffectFinishedInput(late.Node, "", 1, NodeOutcome.Completed(1)));
        Assert.Equal(NodeStatus.Cancelled, run.Status("side"));
    }

    [Fact]
    public void An_error_port_takes_over()
    {
        var run = Node(edges: """{"source":"a","target":"h","port":"error"}""").Start().Fail("a");
        Assert.Equal((NodeStatus.Failed, NodeStatus.Skipped, NodeStatus.Running), (run.Status("a"), run.Status("b"), run.Status("h")));
        Assert.Equal("""{"error":{"type":"broken","message":"a broke.","nodeId":"a","attempt":1}}""", run.Effects.Single(effect => effect.Node.Id is "h").Data.ToJson());
        run.Finish("h").Finish("side");
        Assert.Equal(ExecutionStatus.Completed, run.State.Status);
        run.AssertReplays();
    }

    [Fact]
    public void An_error_port_is_skipped_when_nothing_fails()
    {
        var run = Node(edges: """{"source":"a","target":"h","port":"error"}""").Start().Finish("a");
        Assert.Equal((NodeStatus.Running, NodeStatus.Skipped), (run.Status("b"), run.Status("h")));
    }

    [Fact]
    public void An_error_edge_with_a_condition_is_taken_only_if_it_holds()
    {
        var run = Node(edges: """{"source":"a","target":"h","port":"error","when":"data.error.type == 'other'"}""").Start().Fail("a");
        Assert.Equal(NodeStatus.Skipped, run.Status("h"));
    }

    [Fact]
    public void Continue_goes_on_with_the_error_as_output()
    {
        var run = Node(""" "onError":"continue" """).Start().Fail("a");
        Assert.Equal((NodeStatus.Failed, NodeStatus.Running), (run.Status("a"), run.Status("b")));
        Assert.Equal("broken", run.Effects.Single(effect => effect.Node.Id is "b").Data["error"]["type"].AsString());
    }

    [Fact]
    public void Goto_leads_to_the_handler_and_nowhere_else()
    {
        var run = Node(""" "onError":{"action":"goto","target":"h"} """).Start().Fail("a");
        Assert.Equal((NodeStatus.Skipped, NodeStatus.Running), (run.Status("b"), run.Status("h")));
    }

    [Fact]
    public void Two_gotos_and_an_edge_named_like_theirs_do_not_clash()
    {
        var run = MachineRun.Of("""
            {"name":"t","nodes":[{"id":"a","type":"noop","onError":{"action":"goto","target":"h"}},{"id":"b","type":"noop","onError":{"action":"goto","target":"h"}},{"id":"h","type":"noop"}],
             "edges":[{"id":"a:error","source":"a","target":"b"}]}
            """).Start().Fail("a");
        Assert.Equal((NodeStatus.Skipped, NodeStatus.Running), (run.Status("b"), run.Status("h")));
        run.AssertReplays();
    }

    [Theory]
    [InlineData("""{"maxAttempts":4,"delay":"1s","backoff":"exponential"}""", new[] { 1.0, 2, 4 })]
    [InlineData("""{"maxAttempts":4,"delay":"1s","backoff":"exponential","maxDelay":"3s"}""", new[] { 1.0, 2, 3 })]
    [InlineData("""{"maxAttempts":3,"delay":"5s","backoff":"fixed"}""", new[] { 5.0, 5 })]
    public void Attempts_are_repeated_after_growing_pauses(string retry, double[] pauses)
    {
        var run = Node($"\"retry\":{retry}").Start();
        run.Finish("side");
        for (var attempt = 1; attempt <= pauses.Length; attempt++)
        {
            run.Fail("a");
            Assert.Equal(
                (NodeStatus.Retrying, ExecutionStatus.Waiting, run.Now.AddSeconds(pauses[attempt - 1])),
                (run.Status("a"), run.State.Status, run.State.NextDue()));
            run.AssertReplays();
            run.Advance(TimeSpan.FromSeconds(pauses[attempt - 1]) - TimeSpan.FromTicks(1));
            Assert.Empty(run.Effects);
            run.Advance(TimeSpan.FromTicks(1));
            Assert.Equal(attempt + 1, run.Effects.Single().Attempt);
        }
        run.Fail("a");
        Assert.Equal((ExecutionStatus.Failed, pauses.Length + 1), (run.State.Status, run.State.Error!.Attempt));
    }

    [Fact]
    public void A_retried_attempt_may_succeed()
    {
        var run = Node(""" "retry":{"maxAttempts":2,"delay":"1s"} """).Start().Fail("a").Advance(TimeSpan.FromSeconds(1)).Finish("a", "5");
        Assert.Equal((NodeStatus.Completed, 2, "5"), (run.Status("a"), run.Run("a")!.Attempt, run.OutputJson("a")));
    }

    [Fact]
    public void Jitter_keeps_a_pause_between_half_and_whole_and_is_the_same_on_replay()
    {
        var pauses = Enumerable.Range(0, 2).Select(_ =>
        {
            var run = Node(""" "retry":{"maxAttempts":2,"delay":"10s","jitter":true} """).Start().Fail("a");
            return run.State.NextDue()!.Value - run.Now;
        }).ToArray();
        Assert.InRange(pauses[0], TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10));
        Assert.Equal(pauses[0], pauses[1]);
    }

    [Fact]
    public void What_the_other_side_asks_for_is_waited()
    {
        var run = Node(""" "retry":{"maxAttempts":2,"delay":"1s"} """).Start();
        run.Finish("a", NodeOutcome.Failed(new NodeError("http", "busy", true, TimeSpan.FromSeconds(30))));
        Assert.Equal(run.Now.AddSeconds(30), run.State.NextDue());
    }

    [Theory]
    [InlineData("", "broken", false, false)]
    [InlineData("", "broken", true, true)]
    [InlineData(",\"errors\":[\"timeout\"]", "broken", true, false)]
    [InlineData(",\"errors\":[\"BROKEN\"]", "broken", false, true)]
    [InlineData(",\"errors\":[\"*\"]", "broken", false, true)]
    public void Only_errors_that_may_pass_are_retried(string errors, string type, bool isRetryable, bool retries)
    {
        var run = Node($$""" "retry":{"maxAttempts":2{{errors}}} """).Start().Fail("a", type, isRetryable);
        Assert.Equal(retries ? NodeStatus.Retrying : NodeStatus.Failed, run.Status("a"));
    }

    [Fact]
    public void The_workflows_retry_is_the_default()
    {
        var run = MachineRun.Of("""{"name":"t","settings":{"retry":{"maxAttempts":2}},"nodes":[{"id":"a","type":"noop"},{"id":"b","type":"noop","retry":{"maxAttempts":1}}],"edges":[]}""").Start();
        run.Fail("a");
        Assert.Equal(NodeStatus.Retrying, run.Status("a"));
        run.Fail("b");
        Assert.Equal(NodeStatus.Failed, run.Status("b"));
    }

    [Fact]
    public void An_answer_to_an_earlier_attempt_is_dropped()
    {
        var run = Node(""" "retry":{"maxAttempts":3,"delay":0} """).Start();
        var first = run.Effects.Single(effect => effect.Node.Id is "a");
        run.Fail("a").Advance(TimeSpan.Zero).Handle(new EffectFinishedInput(first.Node, "", 1, NodeOutcome.Completed(1)));
        Assert.Equal((NodeStatus.Running, 2), (run.Status("a"), run.Run("a")!.Attempt));
    }

    [Fact]
    public void A_config_that_cannot_be_rendered_fails_its_node()
    {
        var run = MachineRun.Of("""{"name":"t","nodes":[{"id":"a","type":"noop","config":{"output":"{{ input.x }}"}}],"edges":[]}""").Start("{}");
        Assert.Equal((ExecutionStatus.Failed, "expression"), (run.State.Status, run.State.Error!.Type));
        Assert.Contains("'/output'", run.State.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Waits_end_each_at_their_time()
    {
        var run = MachineRun.Of("""
            {"name":"t","nodes":[{"id":"short","type":"delay","config":{"duration":"1s"}},{"id":"long","type":"delay","config":{"duration":"3s"}},{"id":"after","type":"noop"}],"edges":[{"source":"short","target":"after"}]}
            """).Start();
        Assert.Equal(MachineRun.Begin.AddSeconds(1), Assert.Single(run.Journal.OfType<WorkflowWaiting>()).Until);
        run.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(
            (NodeStatus.Completed, NodeStatus.Waiting, ExecutionStatus.Running),
            (run.Status("short"), run.Status("long"), run.State.Status));
        run.Finish("after");
        Assert.Equal((ExecutionStatus.Waiting, MachineRun.Begin.AddSeconds(3)), (run.State.Status, run.State.NextDue()));
        run.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(ExecutionStatus.Completed, run.State.Status);
        run.AssertReplays();
    }

    [Fact]
    public void A_wait_costs_no_events_while_it_lasts()
    {
        var run = MachineRun.Of("""{"name":"t","nodes":[{"id":"d","type":"delay","config":{"duration":"1h"}}],"edges":[]}""").Start();
        var seq = run.State.Seq;
        run.Advance(TimeSpan.FromMinutes(1)).Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(seq, run.State.Seq);
    }

    [Fact]
    public void An_execution_that_takes_too_long_fails()
    {
        var run = MachineRun.Of("""{"name":"t","settings":{"timeout":"10s"},"nodes":[{"id":"a","type":"noop"},{"id":"d","type":"delay","config":{"duration":"1h"}}],"edges":[]}""").Start();
        Assert.Equal(MachineRun.Begin.AddSeconds(10), run.State.NextDue());
        run.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(ExecutionStatus.Running, run.State.Status);
        run.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((ExecutionStatus.Failed, "timeout"), (run.State.Status, run.State.Error!.Type));
        run.AssertReplays();
    }

    [Fact]
    public void Log_lines_of_effects_are_journaled()
    {
        var run = Node().Start().Finish("a", new NodeOutcome { Output = 1, Logs = [new LogLine("info", "hello", 2)] });
        var line = Assert.Single(run.Journal.OfType<LogWritten>());
        Assert.Equal(("a", "hello", 2), (line.NodeId, line.Line.Message, line.Line.Data.AsInt()));
        run.AssertReplays();
    }

    [Fact]
    public void A_wait_in_vain_is_repeated_only_as_often_as_its_retry_says()
    {
        var run = MachineRun.Of("""
            {"name":"t","nodes":[{"id":"w","type":"waitForEvent","config":{"name":"s","timeout":"1s"},"retry":{"maxAttempts":2,"delay":"1s","errors":["timeout"]}}],"edges":[]}
            """).Start().Advance(TimeSpan.FromSeconds(1)).Advance(TimeSpan.FromSeconds(1)).Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((ExecutionStatus.Failed, "timeout", 2), (run.State.Status, run.State.Error!.Type, run.State.Error.Attempt));
        run.AssertReplays();
    }

    // a -> b, with h at hand as a handler, and side beside them.
    private static MachineRun Node(string fields = "", string edges = "") => MachineRun.Of($$"""
        {"name":"t","nodes":[{"id":"a","type":"noop"{{(fields.Length == 0 ? "" : "," + fields)}}},{"id":"b","type":"noop"},{"id":"h","type":"noop","conditions":["has(a.error)"]},{"id":"side","type":"noop"}],
         "edges":[{"source":"a","target":"b"}{{(edges.Length == 0 ? "" : "," + edges)}}]}
        """);
}
