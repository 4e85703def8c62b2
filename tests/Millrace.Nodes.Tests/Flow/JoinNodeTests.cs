using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Tests;

namespace Millrace.Nodes.Tests.Flow;

public sealed class JoinNodeTests
{
    private const string Left = """[{"id":1,"a":"x"},{"id":2,"a":"y"}]""";
    private const string Right = """[{"id":2,"b":"z"},{"id":3}]""";

    [Theory]
    [InlineData("{}", """{"l":[{"id":1,"a":"x"},{"id":2,"a":"y"}],"r":[{"id":2,"b":"z"},{"id":3}]}""")]
    [InlineData("""{"combine":"append"}""", """[{"id":1,"a":"x"},{"id":2,"a":"y"},{"id":2,"b":"z"},{"id":3}]""")]
    [InlineData("""{"combine":"zip"}""", """[{"id":2,"a":"x","b":"z"},{"id":3,"a":"y"}]""")]
    [InlineData("""{"combine":"byKey","key":"id"}""", """[{"id":1,"a":"x"},{"id":2,"a":"y","b":"z"},{"id":3}]""")]
    [InlineData("""{"combine":"first"}""", Left)]
    public void Branches_are_combined(string config, string output) => Assert.Equal(output, Join(config, Left, Right).OutputJson("j"));

    [Fact]
    public void What_is_no_list_counts_as_one_item() => Assert.Equal("[1,2,3]", Join("""{"combine":"append"}""", "1", "[2,3]").OutputJson("j"));

    [Fact]
    public void Lists_of_different_lengths_lose_nothing() =>
        Assert.Equal("""[{"a":1,"b":2},{"a":3}]""", Join("""{"combine":"zip"}""", """[{"a":1},{"a":3}]""", """[{"b":2}]""").OutputJson("j"));

    [Theory]
    [InlineData("""{"combine":"zip"}""", "[1]", "Item 0 of 'l' is a number; only objects can be merged.")]
    [InlineData("""{"combine":"byKey","key":"id"}""", """[{"id":1},{}]""", "Item 1 of 'l' has no 'id' to be merged by.")]
    public void What_cannot_be_merged_fails_with_its_place(string config, string left, string message)
    {
        var run = Join(config, left, Right);
        Assert.Equal((ExecutionStatus.Failed, "data", message), (run.State.Status, run.State.Error!.Type, run.State.Error.Message));
    }

    [Fact]
    public void A_join_keeps_its_shape_when_a_branch_is_skipped()
    {
        var run = MachineRun.Of("""
            {"name":"t","nodes":[
              {"id":"c","type":"if","config":{"condition":"true"}},
              {"id":"l","type":"transform","config":{"expression":"1"}},
              {"id":"r","type":"transform","config":{"expression":"2"}},
              {"id":"j","type":"merge"}],
             "edges":[{"source":"c","target":"l","port":"true"},{"source":"c","target":"r","port":"false"},{"source":"l","target":"j"},{"source":"r","target":"j"}]}
            """).Start();
        Assert.Equal("""{"l":1}""", run.OutputJson("j"));
    }

    [Theory]
    [InlineData("""{"mode":"n"}""", "/mode", "missing_field")]
    [InlineData("""{"mode":"n","count":0}""", "/count", "out_of_range")]
    [InlineData("""{"count":2}""", "/count", "missing_field")]
    [InlineData("""{"combine":"byKey"}""", "/combine", "missing_field")]
    [InlineData("""{"combine":"byKey","key":"a..b"}""", "/key", "invalid_path")]
    [InlineData("""{"mode":"some"}""", "/mode", "invalid_value")]
    public void A_bad_join_is_located(string config, string pointer, string code)
    {
        var problem = OneNode.Problem("join", config);
        Assert.Equal(("/nodes/0/config" + pointer, code), (problem.Pointer, problem.Code));
    }

    private static MachineRun Join(string config, string left, string right) => MachineRun.Of($$$"""
        {"name":"t","nodes":[
          {"id":"l","type":"transform","config":{"template":{{{left}}}}},
          {"id":"r","type":"transform","config":{"template":{{{right}}}}},
          {"id":"j","type":"join","config":{{{config}}}}],
         "edges":[{"source":"l","target":"j"},{"source":"r","target":"j"}]}
        """).Start();
}
