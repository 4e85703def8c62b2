using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Tests;

namespace Millrace.Nodes.Tests.Flow;

public sealed class BranchingNodesTests
{
    [Theory]
    [InlineData("""{"condition":"{{input.value}} > 10"}""", "true")]
    [InlineData("""{"condition":"input.value > 20"}""", "false")]
    [InlineData("""{"field":"input.value","operator":"gt","value":10}""", "true")]
    [InlineData("""{"field":"input.value","operator":"gt","value":"10"}""", "true")]
    [InlineData("""{"rules":[{"field":"input.value","operator":"gt","value":10},{"field":"{{input.name}}","operator":"contains","value":"x"}]}""", "false")]
    [InlineData("""{"match":"any","rules":[{"field":"input.value","operator":"gt","value":10},{"field":"{{input.name}}","operator":"contains","value":"x"}]}""", "true")]
    [InlineData("""{"rules":[{"field":"input.name","value":"{{ 'a' + 'b' }}"}]}""", "true")]
    public void A_condition_chooses_its_port_and_passes_data_on(string config, string port)
    {
        var run = OneNode.Run("if", config, """{"value":15,"name":"ab"}""");
        Assert.Equal(port, run.Run("n")!.Port);
        Assert.Equal("""{"value":15,"name":"ab"}""", run.OutputJson("n"));
        Assert.Equal($$"""{"result":{{port}}}""", run.Run("n")!.Meta.ToJson());
    }

    [Theory]
    [InlineData("true_edge", "false_edge")]
    [InlineData("trueEdge", "falseEdge")]
    public void Named_targets_are_the_ports(string trueEdge, string falseEdge)
    {
        var run = MachineRun.Of($$$"""
            {"name":"t","nodes":[
              {"id":"c","type":"conditional","config":{"condition":"input.ok","{{{trueEdge}}}":"yes","{{{falseEdge}}}":"no"}},
              {"id":"yes","type":"transform","config":{"expression":"1"}},
              {"id":"no","type":"transform","config":{"expression":"2"}}],"edges":[]}
            """).Start("""{"ok":false}""");
        Assert.Equal((NodeStatus.Skipped, NodeStatus.Completed), (run.Status("yes"), run.Status("no")));
    }

    [Fact]
    public void A_condition_that_is_neither_true_nor_false_fails()
    {
        var error = OneNode.Error("conditional", """{"condition":"input.name"}""", """{"name":"x"}""");
        Assert.Equal("expression", error.Type);
        Assert.Contains("gives text, not true or false", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_condition_over_missing_data_fails_with_its_source() =>
        Assert.Contains("'input.value > 1'", OneNode.Error("conditional", """{"condition":"input.value > 1"}""", "{}").Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("{}", "/nodes/0/config", "missing_field")]
    [InlineData("""{"condition":"true","rules":[{"field":"data"}]}""", "/nodes/0/config", "missing_field")]
    [InlineData("""{"condition":"a >"}""", "/nodes/0/config/condition", "invalid_expression")]
    [InlineData("""{"field":"data","operator":"gtx"}""", "/nodes/0/config/operator", "unknown_operator")]
    [InlineData("""{"condition":"true","field":"data"}""", "/nodes/0/config", "missing_field")]
    [InlineData("""{"rules":[{"field":"data","operator":"gtx"}]}""", "/nodes/0/config/rules/0/operator", "unknown_operator")]
    [InlineData("""{"rules":[{"field":"data"},{"field":"b b"}]}""", "/nodes/0/config/rules/1/field", "invalid_expression")]
    [InlineData("""{"rules":[{"operator":"eq"}]}""", "/nodes/0/config/rules/0", "missing_field")]
    [InlineData("""{"condition":true}""", "/nodes/0/config/condition", "wrong_type")]
    public void A_bad_condition_is_located(string config, string pointer, string code)
    {
        var problem = OneNode.Problem("conditional", config);
        Assert.Equal((pointer, code), (problem.Pointer, problem.Code));
    }

    [Theory]
    [InlineData("""{"kind":"a","n":0}""", "first")]
    [InlineData("""{"kind":"b","n":7}""", "second")]
    [InlineData("""{"kind":"big","n":0}""", "third")]
    [InlineData("""{"kind":"z","n":0}""", "other")]
    public void A_switch_takes_the_first_case_that_fits(string input, string port)
    {
        const string Config = """
            {"expression":"input.kind","default":"other","cases":[
              {"equals":"a","port":"first"},{"when":"input.n == 7","port":"second"},{"when":"input.kind.size() > 2","port":"third"}]}
            """;
        var run = OneNode.Run("switch", Config, input);
        Assert.Equal(port, run.Run("n")!.Port);
        Assert.Equal(input, run.OutputJson("n"));
    }

    [Fact]
    public void A_case_may_be_a_template() =>
        Assert.Equal("hit", OneNode.Run("switch", """{"expression":"input.a","cases":[{"equals":"{{ input.b }}","port":"hit"}]}""", """{"a":2,"b":2}""").Run("n")!.Port);

    [Fact]
    public void A_case_may_be_null() =>
        Assert.Equal("hit", OneNode.Run("switch", """{"expression":"input","cases":[{"equals":null,"port":"hit"}]}""").Run("n")!.Port);

    [Theory]
    [InlineData("""{"cases":[{"port":"a"}]}""", "/nodes/0/config/cases/0")]
    [InlineData("""{"cases":[{"equals":1,"port":"a"}]}""", "/nodes/0/config/cases/0/equals")]
    [InlineData("""{"expression":"1","cases":[{"equals":1,"when":"true","port":"a"}]}""", "/nodes/0/config/cases/0")]
    [InlineData("""{"expression":"1","cases":[{"equals":1,"port":"error"}]}""", "/nodes/0/config/cases/0/port")]
    [InlineData("""{"expression":"1","cases":[{"when":"(","port":"a"}]}""", "/nodes/0/config/cases/0/when")]
    [InlineData("""{"expression":"1"}""", "/nodes/0/config")]
    public void A_bad_switch_is_located(string config, string pointer) => Assert.Equal(pointer, OneNode.Problem("switch", config).Pointer);

    [Fact]
    public void A_switch_over_missing_data_fails() =>
        Assert.Equal("expression", OneNode.Error("switch", """{"expression":"input.kind","cases":[{"equals":1,"port":"a"}]}""", "{}").Type);
}
