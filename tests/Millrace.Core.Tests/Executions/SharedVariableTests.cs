using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Tests;

namespace Millrace.Core.Tests.Executions;

/// <summary>Variables that nodes set side by side.</summary>
public sealed class SharedVariableTests
{
    private const string Branches = """
        {"name":"t","variables":{"v":INITIAL},"nodes":[
          {"id":"a","type":"noop"},{"id":"b","type":"noop"},
          {"id":"seta","type":"setVariable","config":{"name":"v","value":VALUE_A,"merge":"MERGE"}},
          {"id":"setb","type":"setVariable","config":{"name":"v","value":VALUE_B,"merge":"MERGE"}},
          {"id":"j","type":"join"},{"id":"end","type":"output","config":{"value":"{{ variables.v }}"}}],
         "edges":[{"source":"a","target":"seta"},{"source":"b","target":"setb"},{"source":"seta","target":"j"},{"source":"setb","target":"j"},{"source":"j","target":"end"}]}
        """;

    [Theory]
    [InlineData("append", "[0]", "\"a\"", "\"b\"", """[0,"a","b"]""")]
    [InlineData("deep", "{\"x\":0}", "{\"x\":1,\"a\":1}", "{\"x\":2,\"b\":2}", """{"x":2,"a":1,"b":2}""")]
    [InlineData("replace", "0", "5", "5", "5")]
    public void The_value_does_not_depend_on_who_was_faster(string merge, string initial, string a, string b, string expected)
    {
        foreach (var order in new[] { "ab", "ba" })
        {
            var run = Of(merge, initial, a, b).Start();
            foreach (var node in order)
                run.Finish(node.ToString());
            Assert.Equal((ExecutionStatus.Completed, expected), (run.State.Status, run.State.Result.ToJson()));
            run.AssertReplays();
            var restored = new ExecutionState(run.State.Identity, run.Graph);
            restored.Restore(run.State.ToSnapshot());
            Assert.Equal(((Value)run.State.ToSnapshot()).ToJson(), ((Value)restored.ToSnapshot()).ToJson());
        }
    }

    [Fact]
    public void Values_that_cannot_both_stand_are_a_conflict_whoever_was_faster()
    {
        foreach (var order in new[] { "ab", "ba" })
        {
            var run = Of("replace", "0", "1", "2").Start();
            run.Finish(order[0].ToString()).Finish(order[1].ToString());
            Assert.Equal((ExecutionStatus.Failed, "conflict"), (run.State.Status, run.State.Error!.Type));
            Assert.Contains("'v'", run.State.Error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Items_that_run_at_once_append_in_their_order()
    {
        var run = MachineRun.Of("""
            {"name":"t","variables":{"seen":[]},"nodes":[
              {"id":"each","type":"forEach","config":{"items":"{{ input }}","concurrency":3,"body":{
                "nodes":[{"id":"w","type":"noop"},{"id":"note","type":"setVariable","config":{"name":"seen","value":"{{ item }}","merge":"append"}}],
                "edges":[{"source":"w","target":"note"}]}}},
              {"id":"end","type":"output","config":{"value":"{{ variables.seen }}"}}],
             "edges":[{"source":"each","target":"end"}]}
            """).Start("[1,2,3]");
        foreach (var item in new[] { "2", "0", "1" })
            run.Finish("w", NodeOutcome.Completed(Value.Null), item);
        Assert.Equal("[1,2,3]", run.State.Result.ToJson());
    }

    [Fact]
    public void One_after_the_other_replaces_as_always()
    {
        var run = MachineRun.Of("""
            {"name":"t","nodes":[{"id":"a","type":"setVariable","config":{"name":"v","value":1}},{"id":"b","type":"setVariable","config":{"name":"v","value":2}}],"edges":[{"source":"a","target":"b"}]}
            """).Start();
        Assert.Equal((ExecutionStatus.Completed, """{"v":2}"""), (run.State.Status, ((Value)run.State.Variables).ToJson()));
    }

    private static MachineRun Of(string merge, string initial, string a, string b) => MachineRun.Of(Branches
        .Replace("INITIAL", initial, StringComparison.Ordinal).Replace("MERGE", merge, StringComparison.Ordinal)
        .Replace("VALUE_A", a, StringComparison.Ordinal).Replace("VALUE_B", b, StringComparison.Ordinal));
}
