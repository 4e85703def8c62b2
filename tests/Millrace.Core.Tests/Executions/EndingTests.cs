using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Tests;

namespace Millrace.Core.Tests.Executions;

/// <summary>What the end of an execution says.</summary>
public sealed class EndingTests
{
    [Theory]
    [InlineData("true", "\"shown\"", 0)]
    [InlineData("false", "null", 1)]
    public void Where_no_output_node_ran_the_result_is_null_and_the_log_says_why(string condition, string result, int lines)
    {
        var run = MachineRun.Of($$$"""
            {"name":"t","nodes":[{"id":"s","type":"start"},{"id":"a","type":"transform","config":{"template":{"n":2} } },
              {"id":"out","type":"output","conditions":["{{{condition}}}"],"config":{"value":"shown"}}],
             "edges":[{"source":"s","target":"a"},{"source":"a","target":"out"}]}
            """).Start();
        Assert.Equal(result, run.Journal.OfType<WorkflowCompleted>().Single().Result.ToJson());
        Assert.Equal(lines, run.Journal.OfType<LogWritten>().Count(log => log.Line.Message.Contains("output nodes", StringComparison.Ordinal)));
    }

    [Fact]
    public void Signals_that_nobody_read_are_named_at_the_end()
    {
        var run = MachineRun.Of("""{"name":"t","nodes":[{"id":"w","type":"waitForEvent","config":{"name":"go"}}],"edges":[]}""").Start();
        run.Signal("lost").Signal("lost").Signal("other").Signal("go");
        var ended = run.Journal.OfType<WorkflowEnded>().Single();
        Assert.Equal("""["lost","other"]""", ended.Unread.ToJson());
        Assert.Equal(ended.Unread, run.ReadBack().OfType<WorkflowEnded>().Single().Unread);
    }

    [Fact]
    public void Where_everything_was_read_nothing_is_said()
    {
        var run = MachineRun.Of("""{"name":"t","nodes":[{"id":"w","type":"waitForEvent","config":{"name":"go"}}],"edges":[]}""").Start();
        run.Signal("go");
        Assert.True(run.Journal.OfType<WorkflowEnded>().Single().Unread.IsNull);
    }
}
