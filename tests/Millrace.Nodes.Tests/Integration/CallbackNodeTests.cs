using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Tests;

namespace Millrace.Nodes.Tests.Integration;

public sealed class CallbackNodeTests
{
    private const string Call = """{"nodeId":"hook","iteration":"","method":"POST","path":"","query":{},"headers":{},"body":{"ok":true}}""";

    private const string Later = """
        {"name":"t","nodes":[{"id":"before","type":"noop"},{"id":"hook","type":"callback"}],"edges":[{"source":"before","target":"hook"}]}
        """;

    [Fact]
    public void It_waits_for_a_call_of_its_address_and_gives_the_request()
    {
        var run = MachineRun.Of(OneNode.Document("callback", """{"path":"/payment/"}""")).Start();
        Assert.Equal("""{"url":"Callback:x1:n::payment"}""", run.Run("n")!.Wait!.Details.ToJson());
        run.Answer("n", Call.Replace("hook", "n"), kind: Delivery.Callback);
        Assert.Equal("""{"method":"POST","path":"","query":{},"headers":{},"body":{"ok":true}}""", run.OutputJson("n"));
        run.AssertReplays();
    }

    [Fact]
    public void A_call_that_comes_before_the_node_s_turn_is_taken_when_it_begins_to_wait()
    {
        var run = MachineRun.Of(Later).Start().Answer("hook", Call, kind: Delivery.Callback);
        Assert.Equal(NodeStatus.Pending, run.Status("hook"));
        var recovered = run.Recover().Handle(RecoveredInput.Instance).Finish("before");
        Assert.Equal(ExecutionStatus.Completed, recovered.State.Status);
        Assert.True(recovered.Output("hook")["body"]["ok"].AsBool());
        recovered.AssertReplays();
    }

    [Fact]
    public void A_call_between_two_attempts_is_taken_by_the_next()
    {
        var run = MachineRun.Of(OneNode.Document("callback", """{"timeout":"1m"}""", ""","retry":{"maxAttempts":2,"delay":"1m","errors":["timeout"]} """)).Start().Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(NodeStatus.Retrying, run.Status("n"));
        run.Answer("n", Call.Replace("hook", "n"), kind: Delivery.Callback).Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(ExecutionStatus.Completed, run.State.Status);
    }

    [Fact]
    public void A_call_for_a_node_that_is_over_is_a_line_in_the_log()
    {
        var run = MachineRun.Of("""
            {"name":"t","nodes":[{"id":"hook","type":"callback","config":{"timeout":"1m"}},{"id":"late","type":"delay","config":{"duration":"1h"}}],
             "edges":[{"source":"hook","target":"late","port":"timeout"}]}
            """).Start().Advance(TimeSpan.FromMinutes(1)).Answer("hook", Call, kind: Delivery.Callback);
        Assert.Contains("too late", Assert.Single(run.Journal.OfType<LogWritten>()).Line.Message, StringComparison.Ordinal);
        Assert.Empty(run.State.Received);
    }

    [Fact]
    public void A_person_s_answer_is_no_call() =>
        Assert.Equal(NodeStatus.Waiting, MachineRun.Of(OneNode.Document("callback", "{}")).Start().Answer("n", """{"decision":"approved"}""").Status("n"));

    [Theory]
    [InlineData("""{"path":"a b"}""", "invalid_value", "/nodes/0/config/path")]
    [InlineData("""{"path":"{{ input.x }}"}""", "invalid_value", "/nodes/0/config/path")]
    [InlineData("""{"path":"../x"}""", "invalid_value", "/nodes/0/config/path")]
    [InlineData("""{"auth":{"type":"basic"}}""", "invalid_value", "/nodes/0/config/auth")]
    [InlineData("""{"timeout":"soon"}""", "invalid_value", "/nodes/0/config/timeout")]
    public void A_bad_config_is_found_at_save(string config, string code, string pointer)
    {
        var problem = OneNode.Problem("callback", config);
        Assert.Equal((code, pointer), (problem.Code, problem.Pointer));
    }
}
