using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Tests;

namespace Millrace.Nodes.Tests.Flow;

public sealed class OtherFlowNodesTests
{
    [Theory]
    [InlineData("{}", """{"a":1}""")]
    [InlineData("""{"value":"{{ data.a + 1 }}"}""", "2")]
    [InlineData("""{"value":null}""", "null")]
    [InlineData("""{"fields":{"sum":"{{ data.a + 1 }}","fixed":true}}""", """{"sum":2,"fixed":true}""")]
    public void An_output_sets_the_result(string config, string result)
    {
        var run = OneNode.Run("end", config, """{"a":1}""");
        Assert.Equal((ExecutionStatus.Completed, result), (run.State.Status, run.State.Result.ToJson()));
    }

    [Fact]
    public void An_output_with_value_and_fields_is_refused() =>
        Assert.Equal(("conflicting_fields", "/nodes/0/config/fields"), CodeAndPlace("output", """{"value":1,"fields":{}}"""));

    [Fact]
    public void A_template_that_fails_names_its_place() =>
        Assert.Contains("'/fields/a'", OneNode.Error("output", """{"fields":{"a":"{{ data.b }}"}}""", "{}").Message, StringComparison.Ordinal);

    [Fact]
    public void A_fail_ends_the_execution_with_its_code()
    {
        var error = OneNode.Error("fail", """{"message":"No {{ input.what }}.","code":"out_of_stock"}""", """{"what":"nails"}""");
        Assert.Equal(("out_of_stock", "No nails.", "n"), (error.Type, error.Message, error.NodeId));
    }

    [Fact]
    public void A_fail_does_not_take_the_error_port()
    {
        var run = MachineRun.Of("""
            {"name":"t","nodes":[{"id":"f","type":"fail"},{"id":"h","type":"log","config":{"message":"x"}}],"edges":[{"source":"f","target":"h","port":"error"}]}
            """).Start();
        Assert.Equal((ExecutionStatus.Failed, NodeStatus.Pending), (run.State.Status, run.Status("h")));
    }

    [Fact]
    public void A_stop_ends_other_branches_well()
    {
        var run = MachineRun.Of("""
            {"name":"t","nodes":[
              {"id":"d","type":"delay","config":{"duration":"1h"}},
              {"id":"s","type":"stop","config":{"message":"Enough.","code":"done"}},
              {"id":"after","type":"noop"}],
             "edges":[{"source":"s","target":"after"}]}
            """).Start("1");
        Assert.Equal(ExecutionStatus.Completed, run.State.Status);
        Assert.Equal((NodeStatus.Cancelled, NodeStatus.Pending), (run.Status("d"), run.Status("after")));
        Assert.Equal("""{"code":"done"}""", run.Run("s")!.Meta.ToJson());
        Assert.Equal("Enough.", Assert.Single(run.Journal.OfType<LogWritten>()).Line.Message);
    }

    [Theory]
    [InlineData("""{"duration":"PT30S"}""", 30)]
    [InlineData("""{"duration":1500}""", 1.5)]
    [InlineData("""{"duration":"{{ input.seconds }}s"}""", 7)]
    [InlineData("""{"until":"2026-01-01T01:00:00Z"}""", 3600)]
    [InlineData("""{"until":"2026-01-02"}""", 86_400)]
    [InlineData("""{"until":"{{ now + duration('90s') }}"}""", 90)]
    public void A_delay_waits_until_it_is_due(string config, double seconds)
    {
        var run = OneNode.Run("wait", config, """{"seconds":7}""");
        Assert.Equal((ExecutionStatus.Waiting, MachineRun.Begin.AddSeconds(seconds)), (run.State.Status, run.State.NextDue()));
        run.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromTicks(1));
        Assert.Equal(ExecutionStatus.Waiting, run.State.Status);
        run.Advance(TimeSpan.FromTicks(1));
        Assert.Equal((ExecutionStatus.Completed, """{"seconds":7}"""), (run.State.Status, run.OutputJson("n")));
    }

    [Theory]
    [InlineData("""{"duration":0}""")]
    [InlineData("""{"until":"2020-01-01T00:00:00Z"}""")]
    public void A_delay_that_is_over_already_does_not_wait(string config) =>
        Assert.Equal(ExecutionStatus.Completed, OneNode.Run("delay", config).State.Status);

    [Theory]
    [InlineData("""{}""", "/nodes/0/config")]
    [InlineData("""{"duration":"soon"}""", "/nodes/0/config/duration")]
    [InlineData("""{"duration":-1}""", "/nodes/0/config/duration")]
    [InlineData("""{"until":"tomorrow"}""", "/nodes/0/config/until")]
    [InlineData("""{"duration":true}""", "/nodes/0/config/duration")]
    public void A_bad_delay_is_located(string config, string pointer) => Assert.Equal(pointer, OneNode.Problem("delay", config).Pointer);

    [Fact]
    public void A_delay_by_bad_data_fails() =>
        Assert.Equal("The duration is soon; it must be a duration such as \"PT30S\", \"30s\" or a number of milliseconds.", OneNode.Error("delay", """{"duration":"{{ input }}"}""", "\"soon\"").Message);

    [Theory]
    [InlineData("{}", """{"a":1}""")]
    [InlineData("""{"output":{"b":"{{ data.a + 1 }}"}}""", """{"b":2}""")]
    [InlineData("""{"output":7}""", "7")]
    public async Task A_noop_is_an_effect_that_does_nothing(string config, string output)
    {
        var run = OneNode.Run("noop", config, """{"a":1}""");
        Assert.Single(run.Effects);
        await run.RunEffectsAsync();
        Assert.Equal((ExecutionStatus.Completed, output), (run.State.Status, run.OutputJson("n")));
    }

    [Fact]
    public void A_comment_never_runs_and_is_not_counted()
    {
        var run = MachineRun.Of("""{"name":"t","nodes":[{"id":"c","type":"note","config":{"text":"{{ not a template"}},{"id":"n","type":"stop"}],"edges":[]}""").Start();
        Assert.Null(run.Graph.Find("c"));
        Assert.Equal(ExecutionStatus.Completed, run.State.Status);
    }

    [Fact]
    public void A_log_line_has_level_message_and_data()
    {
        var run = OneNode.Run("log", """{"message":"Got {{ input.a }}","level":"warn","data":{"all":"{{ input }}"}}""", """{"a":1}""");
        var line = Assert.Single(run.Journal.OfType<LogWritten>());
        Assert.Equal(("warn", "Got 1", """{"all":{"a":1}}""", "n"), (line.Line.Level, line.Line.Message, line.Line.Data.ToJson(), line.NodeId));
        Assert.Equal("""{"a":1}""", run.OutputJson("n"));
    }

    [Theory]
    [InlineData("""{"message":"x","level":"loud"}""", "/nodes/0/config/level")]
    [InlineData("""{"level":"info"}""", "/nodes/0/config")]
    [InlineData("""{"message":"{{ x"}""", "/nodes/0/config/message")]
    public void A_bad_log_is_located(string config, string pointer) => Assert.Equal(pointer, OneNode.Problem("log", config).Pointer);

    [Fact]
    public void A_level_cannot_be_a_template()
    {
        var problem = OneNode.Problem("log", """{"message":"x","level":"{{ input }}"}""");
        Assert.Equal("/nodes/0/config/level", problem.Pointer);
        Assert.Contains("template is not allowed here", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"name":"v","value":"{{ data.a }}"}""", """{"v":1,"list":[0],"map":{"x":{"y":1}},"text":"t"}""")]
    [InlineData("""{"values":{"v":2,"w":"{{ variables.text }}"}}""", """{"v":2,"list":[0],"map":{"x":{"y":1}},"text":"t","w":"t"}""")]
    [InlineData("""{"merge":"append","values":{"list":[1,2],"v":3}}""", """{"v":[3],"list":[0,1,2],"map":{"x":{"y":1}},"text":"t"}""")]
    [InlineData("""{"merge":"deep","name":"map","value":{"x":{"z":2},"w":3}}""", """{"v":null,"list":[0],"map":{"x":{"y":1,"z":2},"w":3},"text":"t"}""")]
    public void Variables_are_set(string config, string variables)
    {
        var run = SetVariable(config);
        Assert.Equal(variables, ((Value)run.State.Variables).ToJson());
        Assert.Equal("""{"a":1}""", run.OutputJson("n"));
    }

    [Fact]
    public void Appending_to_what_is_no_list_fails() =>
        Assert.Equal("The variable 'text' cannot be set by 'n': only a list can be appended to.", SetVariable("""{"name":"text","value":1,"merge":"append"}""").State.Error!.Message);

    [Theory]
    [InlineData("""{}""", "/nodes/0/config")]
    [InlineData("""{"name":"a","values":{}}""", "/nodes/0/config")]
    [InlineData("""{"name":"{{ x }}","value":1}""", "/nodes/0/config/name")]
    [InlineData("""{"name":"a","value":"{{ ( }}"}""", "/nodes/0/config/value")]
    [InlineData("""{"values":{"a":"{{ ( }}"}}""", "/nodes/0/config/values/a")]
    public void A_bad_set_variable_is_located(string config, string pointer) =>
        Assert.Equal(pointer, OneNode.Problem("setVariable", config).Pointer);

    private static MachineRun SetVariable(string config) => MachineRun.Of($$$"""
        {"name":"t","variables":{"v":null,"list":[0],"map":{"x":{"y":1}},"text":"t"},"nodes":[{"id":"n","type":"setVariable","config":{{{config}}}}],"edges":[]}
        """).Start("""{"a":1}""");

    private static (string Code, string Pointer) CodeAndPlace(string type, string config)
    {
        var problem = OneNode.Problem(type, config);
        return (problem.Code, problem.Pointer);
    }
}
