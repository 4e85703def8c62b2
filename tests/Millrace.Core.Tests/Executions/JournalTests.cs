using System.Text;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Tests;

namespace Millrace.Core.Tests.Executions;

/// <summary>Events as text, and what is made of them.</summary>
public sealed class JournalTests
{
    private const string Document = """
        {"name":"t","variables":{"v":1},"nodes":[
          {"id":"s","type":"start"},{"id":"a","type":"noop","retry":{"maxAttempts":2}},{"id":"set","type":"setVariable","config":{"name":"v","value":2}},
          {"id":"no","type":"noop","conditions":["false"]},{"id":"l","type":"log","config":{"message":"m","level":"warn","data":[1]}},{"id":"d","type":"delay","config":{"duration":"1s"}}],
         "edges":[{"id":"e1","source":"s","target":"a"},{"id":"e2","source":"a","target":"set","when":"true"},{"id":"e3","source":"a","target":"no","when":"false"}]}
        """;

    [Fact]
    public void Every_event_survives_its_text()
    {
        var run = MachineRun.Of(Document).Start("""{"a":[1,2.0,null,"ü\n"]}""", """{"a":{"x":1}}""", startNode: "s");
        run.Finish(
            "a",
            NodeOutcome.Failed(new NodeError("http", "Busy \"now\".", true, TimeSpan.FromMilliseconds(1500), MapValue.Of("status", 503))));
        run.Advance(TimeSpan.FromTicks(12_345_678)).Advance(TimeSpan.FromSeconds(1));
        run.Finish(
            "a",
            new NodeOutcome
            {
                Output = MapValue.Of("d", 1.0),
                Meta = MapValue.Of("cost", 0.5),
                Port = "x",
                Logs = [new LogLine("info", "done", true)],
            });
        run.AssertReplays();
        Assert.Equal(
            [
                "log", "node_completed", "node_retrying", "node_skipped", "node_started", "node_waiting", "variables_changed",
                "workflow_completed", "workflow_started", "workflow_waiting",
            ],
            run.Journal.Select(EventJson.TypeOf).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        foreach (var (written, read) in run.Journal.Zip(run.ReadBack()))
            Assert.Equal((written.Seq, written.Time, written.GetType()), (read.Seq, read.Time, read.GetType()));
        var retrying = run.ReadBack().OfType<NodeRetrying>().Single();
        Assert.Equal(run.Journal.OfType<NodeRetrying>().Single(), retrying);
    }

    [Fact]
    public void An_event_reads_as_the_api_has_it()
    {
        var run = MachineRun.Of("""{"name":"t","nodes":[{"id":"a","type":"noop"}],"edges":[]}""").Start("5").Advance(TimeSpan.FromMilliseconds(1500)).Finish("a", "[1]");
        var events = ValueJson.Parse(run.Write(run.Journal)).AsList();
        Assert.Equal("""{"seq":1,"type":"workflow_started","time":"2026-01-01T00:00:00Z","data":{"input":5}}""", events[0].ToJson());
        Assert.Equal("""{"seq":5,"type":"node_completed","time":"2026-01-01T00:00:01.5Z","nodeId":"a","data":{"nodeType":"noop","attempt":1,"duration":1500,"output":[1]}}""", events[4].ToJson());
    }

    [Theory]
    [InlineData("[{", "event 1")]
    [InlineData("""[{"seq":1,"type":"workflow_started","time":"soon","data":{}}]""", "event 1")]
    [InlineData("""[{"seq":1,"type":"workflow_started","data":{}}]""", "no time")]
    [InlineData("""[{"seq":1,"type":"node_started","time":"2026-01-01T00:00:00Z","nodeId":"gone","data":{"attempt":1}}]""", "'gone'")]
    [InlineData("""[{"seq":1,"type":"node_completed","time":"2026-01-01T00:00:00Z","nodeId":"a","data":{"attempt":1,"duration":0,"skippedEdges":["gone"]}}]""", "event 1")]
    [InlineData("""[{"seq":1,"type":"node_exploded","time":"2026-01-01T00:00:00Z","nodeId":"a","data":{}}]""", "node_exploded")]
    [InlineData("""[{"seq":1,"type":"node_skipped","time":"2026-01-01T00:00:00Z","nodeId":"a","data":{"reason":"whim"}}]""", "event 1")]
    [InlineData("{}", "damaged")]
    public void A_damaged_row_is_named(string row, string message)
    {
        var graph = MachineRun.Of(Document).Graph;
        var problem = Assert.Throws<InvalidDataException>(
            () => EventReader.ReadAll(Encoding.UTF8.GetBytes(row), graph, StoredValues.Inline).ToList());
        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gap_in_the_journal_is_not_passed_over()
    {
        var run = MachineRun.Of(Document).Start();
        var fresh = MachineRun.Of(Document).State;
        fresh.Apply(run.ReadBack()[0]);
        Assert.Throws<InvalidOperationException>(() => fresh.Apply(run.ReadBack()[2]));
    }

    [Fact]
    public void Nothing_follows_the_end()
    {
        var run = MachineRun.Of("""{"name":"t","nodes":[{"id":"a","type":"stop"}],"edges":[]}""").Start();
        Assert.Throws<InvalidOperationException>(() => run.State.Apply(run.ReadBack()[^1]));
        var count = run.Journal.Count;
        run.Handle(new CancelInput(null)).Handle(TimePassedInput.Instance).Handle(RecoveredInput.Instance);
        Assert.Equal(count, run.Journal.Count);
    }

    [Fact]
    public void The_same_inputs_give_the_same_journal()
    {
        byte[] Journal()
        {
            var run = MachineRun.Of(Document).Start("1").Fail("a").Advance(TimeSpan.FromSeconds(2)).Finish("a");
            return run.Write(run.Journal);
        }
        Assert.Equal(Journal(), Journal());
    }
}
