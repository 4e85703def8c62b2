using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Tests;

namespace Millrace.Core.Tests.Executions;

/// <summary>Effects that wait for a call of their own address.</summary>
public sealed class EffectWaitTests
{
    private const string Done = """{"body":{"output":7,"meta":{"usage":{"promptTokens":3,"completionTokens":2},"cost":0.5}}}""";
    private const string Failed = """{"body":{"error":{"type":"busy","message":"Not now.","retryable":true}}}""";

    [Fact]
    public void A_call_ends_the_wait_and_what_it_took_counts()
    {
        var run = Begun();
        Assert.Equal((ExecutionStatus.Waiting, NodeStatus.Waiting), (run.State.Status, run.Status("a")));
        run.Recover();
        Call(run, "1", Done);
        Assert.Equal(
            (ExecutionStatus.Completed, 7, new Spending(0.5m, 3, 2)), (run.State.Status, run.Output("a").AsInt(), run.State.Spending));
        run.AssertReplays();
    }

    [Fact]
    public void A_call_may_come_before_the_wait()
    {
        var run = Call(MachineRun.Of(Document()).Start(), "1", Done);
        Assert.Equal(NodeStatus.Running, run.Status("a"));
        run.Finish("a", Wait(1));
        Assert.Equal(ExecutionStatus.Completed, run.State.Status);
        run.AssertReplays();
    }

    [Fact]
    public void What_one_attempt_began_does_not_answer_for_the_next()
    {
        var run = Call(Begun(), "1", Failed);
        Assert.Equal(NodeStatus.Retrying, run.Status("a"));
        // Told twice: once while nobody runs, once while the next attempt does.
        Call(run, "1", Failed).Advance(TimeSpan.FromSeconds(1));
        Call(run, "1", Failed).Finish("a", Wait(2));
        Assert.Equal(NodeStatus.Waiting, run.Status("a"));
        Call(run, "2", Done);
        Assert.Equal((ExecutionStatus.Completed, 2), (run.State.Status, run.Run("a")!.Attempt));
        run.AssertReplays();
    }

    [Fact]
    public void A_call_of_another_kind_of_wait_ends_nothing()
    {
        var run = MachineRun.Of(Document()).Start().Finish("a", new NodeOutcome { Wait = new NodeWait(NodeWait.Child, null, "1") });
        Call(run, "1", Done);
        Assert.Equal(NodeStatus.Waiting, run.Status("a"));
    }

    [Fact]
    public void The_timeout_of_the_node_goes_before_that_of_the_effect()
    {
        var run = MachineRun.Of(Document("""{"maxAttempts":1}""", "\"timeout\":\"PT48H\",")).Start().Finish("a", Wait(1)).Advance(TimeSpan.FromHours(47));
        Assert.Equal(NodeStatus.Waiting, run.Status("a"));
        run.Advance(TimeSpan.FromHours(1));
        Assert.Equal("timeout", run.State.Error!.Type);
        Assert.Equal("timeout", Begun("""{"maxAttempts":1}""").Advance(TimeSpan.FromHours(1)).State.Error!.Type);
    }

    private static MachineRun Begun(string retry = """{"maxAttempts":2,"delay":"1s"}""") => MachineRun.Of(Document(retry)).Start().Finish("a", Wait(1));

    private static NodeOutcome Wait(int attempt) =>
        new() { Wait = new NodeWait(NodeWait.Callback, MachineRun.Begin.AddHours(1), attempt.ToString()) };

    private static MachineRun Call(MachineRun run, string name, string payload) =>
        run.Handle(new DeliveryInput(new Delivery(Delivery.Callback, name, ValueJson.Parse(payload), "a", "")));

    private static string Document(string retry = """{"maxAttempts":2,"delay":"1s"}""", string fields = "") =>
        $$"""{"name":"t","nodes":[{"id":"a","type":"noop",{{fields}}"retry":{{retry}}}],"edges":[]}""";
}
