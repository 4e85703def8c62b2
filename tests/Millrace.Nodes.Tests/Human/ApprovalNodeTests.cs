using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Tests;

namespace Millrace.Nodes.Tests.Human;

public sealed class ApprovalNodeTests
{
    private const string Form = """{"type":"object","properties":{"limit":{"type":"integer"}},"required":["limit"]}""";

    private const string Branches = """
        {"name":"t","nodes":[
          {"id":"ask","type":"approval","config":{"title":"Pay {{ input.amount }}?","timeout":"1h"}},
          {"id":"pay","type":"transform","config":{"expression":"ask.output"}},
          {"id":"stop","type":"transform","config":{"expression":"'no'"}},
          {"id":"late","type":"transform","config":{"expression":"'late'"}}],
         "edges":[{"source":"ask","target":"pay","port":"approved"},{"source":"ask","target":"stop","port":"rejected"},{"source":"ask","target":"late","port":"timeout"}]}
        """;

    [Fact]
    public void It_asks_what_its_config_says()
    {
        var run = OneNode.Run("approval", $$"""{"title":"Pay {{ "{{ input.amount }}" }}?","message":"To {{ "{{ input.to }}" }}","assignees":["ann","{{ "{{ input.boss }}" }}"],"form":{{Form}}}""", """{"amount":5,"to":"Bob","boss":"eve"}""");
        var wait = run.Run("n")!.Wait!;
        Assert.Equal((NodeStatus.Waiting, "approval", null), (run.Status("n"), wait.Kind, wait.DueAt));
        Assert.Equal($$"""{"title":"Pay 5?","message":"To Bob","assignees":["ann","eve"],"form":{{Form}}}""", wait.Details.ToJson());
        Assert.Equal(ExecutionStatus.Waiting, run.State.Status);
        run.AssertReplays();
    }

    [Fact]
    public void Without_a_title_it_has_its_node_s_name()
    {
        Assert.Equal("""{"title":"n"}""", OneNode.Run("approval", "{}").Run("n")!.Wait!.Details.ToJson());
        var named = MachineRun.Of(OneNode.Document("approval", """{"assignees":"ann"}""", ""","name":"Sign it" """)).Start();
        Assert.Equal("""{"title":"Sign it","assignees":["ann"]}""", named.Run("n")!.Wait!.Details.ToJson());
    }

    [Theory]
    [InlineData("approved", "pay", "stop")]
    [InlineData("rejected", "stop", "pay")]
    public void The_decision_is_the_port(string decision, string taken, string skipped)
    {
        var run = MachineRun.Of(Branches).Start("""{"amount":5}""").Answer("ask", $$"""{"decision":"{{decision}}","comment":"c","data":{"limit":1},"answeredBy":"ann"}""");
        Assert.Equal(ExecutionStatus.Completed, run.State.Status);
        Assert.Equal((NodeStatus.Completed, NodeStatus.Skipped), (run.Status(taken), run.Status(skipped)));
        Assert.Equal($$"""{"decision":"{{decision}}","comment":"c","data":{"limit":1},"answeredBy":"ann"}""", run.OutputJson("ask"));
        run.AssertReplays();
    }

    [Fact]
    public void When_its_time_is_over_the_port_timeout_is_taken()
    {
        var run = MachineRun.Of(Branches).Start("""{"amount":5}""").Advance(TimeSpan.FromHours(1));
        Assert.Equal(
            (ExecutionStatus.Completed, NodeStatus.Completed, NodeStatus.Skipped),
            (run.State.Status, run.Status("late"), run.Status("pay")));
    }

    [Fact]
    public void Without_an_edge_there_it_fails_when_its_time_is_over()
    {
        var run = OneNode.Run("approval", """{"timeout":"PT1M"}""").Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((ExecutionStatus.Failed, "timeout"), (run.State.Status, run.State.Error!.Type));
    }

    [Fact]
    public void An_answer_that_comes_too_late_is_a_line_in_the_log()
    {
        var run = MachineRun.Of("""
            {"name":"t","nodes":[{"id":"ask","type":"approval","config":{"timeout":"1m"}},{"id":"late","type":"delay","config":{"duration":"1h"}}],
             "edges":[{"source":"ask","target":"late","port":"timeout"}]}
            """).Start().Advance(TimeSpan.FromMinutes(1)).Answer("ask", """{"decision":"approved"}""");
        Assert.Contains("too late", Assert.Single(run.Journal.OfType<LogWritten>()).Line.Message, StringComparison.Ordinal);
        Assert.Equal(ExecutionStatus.Waiting, run.State.Status);
    }

    [Fact]
    public void Every_item_of_a_forEach_has_an_approval_of_its_own()
    {
        var run = MachineRun.Of("""
            {"name":"t","nodes":[{"id":"each","type":"forEach","config":{"items":"{{ input }}","concurrency":2,"body":{
              "nodes":[{"id":"ask","type":"approval","config":{"title":"{{ item }}"}},{"id":"out","type":"transform","config":{"expression":"item + ':' + ask.output.decision"}}],
              "edges":[{"source":"ask","target":"out"}]}}}],"edges":[]}
            """).Start("""["a","b"]""");
        run.Answer("ask", """{"decision":"rejected"}""", "1").Answer("ask", """{"decision":"approved"}""", "0");
        Assert.Equal("""["a:approved","b:rejected"]""", run.OutputJson("each"));
        run.AssertReplays();
    }

    [Fact]
    public void An_answer_that_came_while_it_was_paused_is_taken_when_it_goes_on()
    {
        var run = MachineRun.Of(Branches).Start("""{"amount":5}""").Handle(new PauseInput(null)).Answer("ask", """{"decision":"approved"}""");
        Assert.Equal(NodeStatus.Waiting, run.Status("ask"));
        run.Recover().Handle(ResumeInput.Instance);
        Assert.Equal(NodeStatus.Completed, run.Handle(ResumeInput.Instance).Status("pay"));
    }

    [Fact]
    public void Expressions_see_the_links_of_their_turn_or_item()
    {
        var run = MachineRun.Of("""
            {"name":"t","nodes":[
              {"id":"start","type":"start"},
              {"id":"mail","type":"transform","config":{"expression":"execution.links['ask']"}},{"id":"ask","type":"approval"},
              {"id":"each","type":"forEach","config":{"items":[1],"body":{
                "nodes":[{"id":"inner","type":"transform","config":{"expression":"[execution.links['sign'], execution.links['ask']]"}},{"id":"sign","type":"approval"}],
                "edges":[{"source":"inner","target":"sign"}]}}}],
             "edges":[{"source":"start","target":"mail"},{"source":"mail","target":"ask"},{"source":"start","target":"each"}]}
            """).Start();
        Assert.Equal("\"Answer:x1:ask::\"", run.OutputJson("mail"));
        Assert.Equal("""["Answer:x1:sign:0:","Answer:x1:ask::"]""", run.Run("inner", "0")!.Output.ToJson());
    }

    [Theory]
    [InlineData("sign", "can only be used inside it")]
    [InlineData("see", "has no link")]
    [InlineData("sgin", "there is no node 'sgin'")]
    public void A_link_that_is_not_there_says_why(string node, string why)
    {
        var run = MachineRun.Of("""
            {"name":"t","nodes":[
              {"id":"see","type":"transform","config":{"expression":"execution.links['NODE']"}},
              {"id":"each","type":"forEach","config":{"items":[1],"body":{"nodes":[{"id":"sign","type":"approval"}],"edges":[]}}}],"edges":[]}
            """.Replace("NODE", node)).Start();
        Assert.Contains(why, run.State.Error!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"form":{"type":"objekt"}}""", "invalid_schema", "/nodes/0/config/form/type")]
    [InlineData("""{"form":[1]}""", "invalid_schema", "/nodes/0/config/form")]
    [InlineData("""{"assignees":[1]}""", "invalid_value", "/nodes/0/config/assignees")]
    [InlineData("""{"timeout":"soon"}""", "invalid_value", "/nodes/0/config/timeout")]
    public void A_bad_config_is_found_at_save(string config, string code, string pointer)
    {
        var problem = OneNode.Problem("approval", config);
        Assert.Equal((code, pointer), (problem.Code, problem.Pointer));
    }

    [Theory]
    [InlineData("""{"title":"{{ input.missing }}"}""", "expression")]
    [InlineData("""{"assignees":"{{ input.n }}"}""", "data")]
    public void What_cannot_be_asked_fails(string config, string type) => Assert.Equal(type, OneNode.Error("approval", config, """{"n":[1]}""").Type);
}
