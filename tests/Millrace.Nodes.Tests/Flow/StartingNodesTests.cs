using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Tests;

namespace Millrace.Nodes.Tests.Flow;

public sealed class StartingNodesTests
{
    [Theory]
    [InlineData("start")]
    [InlineData("trigger")]
    public void A_start_passes_the_input_on(string type) => Assert.Equal("""{"a":1}""", OneNode.Output(type, "{}", """{"a":1}"""));

    [Fact]
    public void A_start_refuses_an_input_that_does_not_match_its_schema()
    {
        var problem = Assert.Single(OneNode.StartProblems("start", """{"schema":{"properties":{"a":{"type":"integer"}}}}""", """{"a":"x"}"""));
        Assert.Equal("/input/a", problem.Pointer);
    }

    [Fact]
    public void A_schema_that_is_none_is_located() =>
        Assert.Equal("/nodes/0/config/schema/type", OneNode.Problem("start", """{"schema":{"type":"text"}}""").Pointer);

    [Fact]
    public void An_input_names_every_missing_field()
    {
        var problems = OneNode.StartProblems("input", """{"required_fields":["document_url","document_type","a.b"]}""", """{"document_type":null,"a":{}}""");
        Assert.Equal(["/input/document_url", "/input/document_type", "/input/a/b"], problems.Select(problem => problem.Pointer));
        Assert.All(problems, problem => Assert.Equal("missing_field", problem.Code));
    }

    [Fact]
    public void An_input_refuses_what_is_no_object()
    {
        var problem = Assert.Single(OneNode.StartProblems("input", """{"requiredFields":["a"]}""", "[1]"));
        Assert.Equal(("/input", "The input must be an object, not a list."), (problem.Pointer, problem.Message));
    }

    [Fact]
    public void Defaults_fill_what_is_missing_before_it_is_checked()
    {
        const string Config = """{"requiredFields":["a"],"defaults":{"a":1,"b":2},"schema":{"required":["b"]}}""";
        Assert.Empty(OneNode.StartProblems("input", Config));
        Assert.Equal("""{"b":3,"a":1}""", OneNode.Output("input", Config, """{"b":3}"""));
    }

    [Fact]
    public void A_complete_input_is_not_refused() => Assert.Empty(OneNode.StartProblems("input", """{"requiredFields":["a"]}""", """{"a":false}"""));

    [Theory]
    [InlineData("""{}""", "\"given\"")]
    [InlineData("""{"value":"own"}""", "\"given\"")]
    [InlineData("""{"field":"name"}""", """{"name":"given"}""")]
    public void A_manual_input_takes_what_is_given_for_it(string config, string output)
    {
        var run = MachineRun.Of(OneNode.Document("manualInput", config)).Start(inputs: """{"n":"given"}""");
        Assert.Equal(output, run.OutputJson("n"));
    }

    [Theory]
    [InlineData("""{"value":"own","default":"other"}""", "\"own\"")]
    [InlineData("""{"default":"{{ input.x + 1 }}"}""", "2")]
    [InlineData("""{"required":false}""", "null")]
    [InlineData("""{"required":false,"field":"a"}""", """{"a":null}""")]
    public void A_manual_input_falls_back(string config, string output) => Assert.Equal(output, OneNode.Output("manual_input", config, """{"x":1}"""));

    [Fact]
    public void A_manual_input_without_any_value_refuses_the_start_and_says_how_to_give_one()
    {
        var problem = Assert.Single(OneNode.StartProblems("manualInput", "{}"));
        Assert.Equal(("/inputs/n", "missing_input"), (problem.Pointer, problem.Code));
        Assert.Contains("inputs.n", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_manual_input_started_without_any_value_fails()
    {
        var run = OneNode.Run("manualInput", "{}");
        Assert.Equal((ExecutionStatus.Failed, "missing_input"), (run.State.Status, run.State.Error!.Type));
    }

    [Fact]
    public void A_null_that_is_given_is_a_value() =>
        Assert.Equal("null", MachineRun.Of(OneNode.Document("manualInput", """{"value":1}""")).Start(inputs: """{"n":null}""").OutputJson("n"));

    [Fact]
    public void Text_that_is_given_becomes_a_number_where_the_form_wants_one()
    {
        var form = OneNode.Document("manualInput", """{"form":{"type":"integer"}}""");
        Assert.Equal("41", MachineRun.Of(form).Start(inputs: """{"n":"41"}""").OutputJson("n"));
    }
}
