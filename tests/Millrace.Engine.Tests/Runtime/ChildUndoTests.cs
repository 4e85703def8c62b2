using System.Collections.Concurrent;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Tests.Runtime;

/// <summary>An execution that compensates undoes what its completed children did, too.</summary>
public sealed class ChildUndoTests
{
    private const string Booking = """
        {"id":"flight","type":"effect","compensation":{"type":"effect"}},
        {"id":"hotel","type":"effect","compensation":{"type":"effect"}}
        """;
    private const string BookingEdges = """{"source":"flight","target":"hotel"}""";
    private const string Fail = """{"id":"pay","type":"effect","onError":"compensate"}""";

    [Fact]
    public async Task What_a_completed_child_did_is_undone_last_first()
    {
        var effects = new Recorded();
        await using var host = new TestEngine(effects.Effects);
        await host.SaveAsync("booking", Booking, BookingEdges);
        await host.SaveAsync("trip", """{"id":"book","type":"subworkflow","config":{"workflowId":"booking"}},""" + Fail, """{"source":"book","target":"pay"}""");

        var ended = await host.RunAsync("trip");

        Assert.Equal(ExecutionStatus.Failed, ended.Status);
        Assert.Equal(["flight", "hotel", "pay", "hotel:compensation", "flight:compensation"], effects.Done);
        var children = await ChildrenAsync(host, ended.Id);
        Assert.Equal([("undo", ExecutionStatus.Completed), ("workflow", ExecutionStatus.Completed)], children.Select(child => (child.Trigger, child.Status)).Order());
        var undo = children.Single(child => child.Trigger == "undo");
        Assert.Equal($$"""{"undone":"{{children.Single(child => child.Trigger == "workflow").Id}}"}""", undo.Result.ToString());
    }

    [Fact]
    public async Task Children_of_children_and_those_of_items_are_undone()
    {
        var effects = new Recorded();
        await using var host = new TestEngine(effects.Effects);
        await host.SaveAsync("one", """{"id":"book","type":"effect","compensation":{"type":"effect"}}""");
        await host.SaveAsync("all", """{"id":"each","type":"forEach","config":{"items":[1,2],"workflowId":"one"}}""");
        await host.SaveAsync("trip", """{"id":"call","type":"subworkflow","config":{"workflowId":"all"}},""" + Fail, """{"source":"call","target":"pay"}""");

        var ended = await host.RunAsync("trip");

        Assert.Equal(ExecutionStatus.Failed, ended.Status);
        Assert.Equal(["book 1", "book 2", "pay [1,2]", "book:compensation 2", "book:compensation 1"], effects.Done);
    }

    [Fact]
    public async Task A_child_with_nothing_to_undo_needs_no_execution_for_it()
    {
        var effects = new Recorded();
        await using var host = new TestEngine(effects.Effects);
        await host.SaveAsync("plain", """{"id":"look","type":"effect"}""");
        await host.SaveAsync("trip", """{"id":"call","type":"subworkflow","config":{"workflowId":"plain"}},{"id":"loose","type":"subworkflow","config":{"workflowId":"plain","wait":false}},""" + Fail,
            """{"source":"call","target":"loose"},{"source":"loose","target":"pay"}""");

        var ended = await host.RunAsync("trip");

        Assert.Equal(ExecutionStatus.Failed, ended.Status);
        Assert.DoesNotContain(await ChildrenAsync(host, ended.Id), child => child.Trigger == "undo");
    }

    [Fact]
    public async Task A_child_that_cannot_be_undone_whole_is_told_by_its_parent()
    {
        var effects = new Recorded { Refused = "hotel:compensation" };
        await using var host = new TestEngine(effects.Effects);
        await host.SaveAsync("booking", Booking, BookingEdges);
        await host.SaveAsync("trip", """{"id":"book","type":"subworkflow","config":{"workflowId":"booking"}},""" + Fail, """{"source":"book","target":"pay"}""");

        var ended = await host.RunAsync("trip");

        Assert.Equal(ExecutionStatus.Failed, ended.Status);
        var compensation = ValueJson.Parse(ended.Error.Utf8.Span)["details"]["compensation"];
        Assert.Equal("book:compensation", compensation["failed"].AsString());
        Assert.Equal("""[{"nodeId":"book"}]""", compensation["remaining"].ToJson());
        Assert.DoesNotContain("flight:compensation", effects.Done);
    }

    [Fact]
    public async Task Undoing_a_child_goes_on_after_a_crash_and_happens_once()
    {
        var effects = new Recorded();
        var reached = new TaskCompletionSource();
        effects.Held = ("hotel:compensation", reached);
        await using var host = new TestEngine(effects.Effects);
        await host.SaveAsync("booking", Booking, BookingEdges);
        await host.SaveAsync("trip", """{"id":"book","type":"subworkflow","config":{"workflowId":"booking"}},""" + Fail, """{"source":"book","target":"pay"}""");
        var started = await host.StartAsync("trip");
        await reached.Task.WaitAsync(TestEngine.Patience);

        effects.Held = null;
        await host.RestartAsync();
        var ended = await host.WhenEndedAsync(started.Execution.Id);

        Assert.Equal(ExecutionStatus.Failed, ended.Status);
        Assert.Equal(["hotel:compensation", "flight:compensation"], effects.Done.Where(what => what.EndsWith("compensation", StringComparison.Ordinal)));
        Assert.Single(await ChildrenAsync(host, ended.Id), child => child.Trigger == "undo");
    }

    [Fact]
    public async Task An_author_can_undo_an_execution_that_nobody_waited_for()
    {
        var effects = new Recorded();
        await using var host = new TestEngine(effects.Effects);
        await host.SaveAsync("booking", Booking, BookingEdges);
        var booked = await host.RunAsync("booking");
        await host.SaveAsync("undo", """{"id":"undo","type":"undoExecution","config":{"executionId":"{{ input }}"}}""");

        var ended = await host.RunAsync("undo", $"\"{booked.Id}\"");
        var again = await host.RunAsync("undo", $"\"{booked.Id}\"");
        var unknown = await host.RunAsync("undo", "\"exec_0\"");

        Assert.Equal((ExecutionStatus.Completed, $$"""{"undone":"{{booked.Id}}"}"""), (ended.Status, ended.Result.ToString()));
        Assert.Equal(ExecutionStatus.Completed, again.Status);
        Assert.Equal(["flight", "hotel", "hotel:compensation", "flight:compensation"], effects.Done);
        Assert.Contains("There is no execution 'exec_0' to undo", unknown.Error.ToString(), StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyList<ExecutionRecord>> ChildrenAsync(TestEngine host, string parentId)
    {
        var (executions, _) = await host.Store.ListExecutionsAsync("acme", new ExecutionFilter(), new Page(200));
        return await host.Store.ReadExecutionsAsync("acme", [.. executions.Where(execution => execution.ParentId == parentId).Select(execution => execution.Id)]);
    }

    /// <summary>Effects that note that they ran, and for what.</summary>
    private sealed class Recorded
    {
        private readonly ConcurrentQueue<string> _done = new();

        public Recorded() => Effects.Body = async (context, cancellation) =>
        {
            if (Held is { } held && held.Node == context.NodeId)
            {
                held.Reached.TrySetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
            }
            if (context.NodeId == Refused)
                return NodeOutcome.Failed("refused", "It cannot be.");
            _done.Enqueue(context.Data.TryGetMap(out _) ? context.NodeId : $"{context.NodeId} {context.Data.ToJson()}");
            return context.NodeId == "pay" ? NodeOutcome.Failed("broken", "It broke.") : NodeOutcome.Completed(context.Data);
        };

        public ScriptedEffects Effects { get; } = new();

        public IEnumerable<string> Done => _done;

        public string? Refused { get; init; }

        public (string Node, TaskCompletionSource Reached)? Held { get; set; }
    }
}
