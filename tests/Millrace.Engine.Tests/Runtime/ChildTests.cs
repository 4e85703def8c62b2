using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Tests.Runtime;

/// <summary>Executions that run others.</summary>
public sealed class ChildTests
{
    private const string Parent = """{"id":"start","type":"start"},{"id":"call","type":"subworkflow","config":{"workflowId":"child","input":"{{ input }}"}},{"id":"after","type":"transform","config":{"expression":"[call.output, call.meta.executionId != '']"}}""";
    private const string ParentEdges = """{"source":"start","target":"call"},{"source":"call","target":"after"}""";

    [Fact]
    public async Task A_child_gives_its_result_to_its_parent()
    {
        await using var host = new TestEngine(new ScriptedEffects());
        await host.SaveAsync("child", """{"id":"double","type":"transform","config":{"expression":"input * 2"}}""");
        await host.SaveAsync("parent", Parent, ParentEdges);

        var ended = await host.RunAsync("parent", "21");

        Assert.Equal((ExecutionStatus.Completed, "[42,true]"), (ended.Status, ended.Result.ToString()));
        var child = Assert.Single(await ChildrenAsync(host, ended.Id));
        Assert.Equal(("child", "workflow", ExecutionStatus.Completed), (child.WorkflowId, child.Trigger, child.Status));
    }

    [Fact]
    public async Task The_failure_of_a_child_is_that_of_the_node()
    {
        await using var host = new TestEngine(new ScriptedEffects());
        await host.SaveAsync("child", """{"id":"no","type":"fail","config":{"message":"It cannot be.","code":"never"}}""");
        await host.SaveAsync("parent", Parent, ParentEdges);

        var ended = await host.RunAsync("parent", "1");

        Assert.Equal(ExecutionStatus.Failed, ended.Status);
        var error = ValueJson.Parse(ended.Error.Utf8.Span);
        Assert.Equal("call", error["nodeId"].AsString());
        Assert.Contains("It cannot be.", error["message"].AsString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_parent_that_waits_leaves_memory_and_hears_of_its_child_after_a_restart()
    {
        var effects = new ScriptedEffects();
        var reached = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        effects.Body = async (context, cancellation) =>
        {
            reached.TrySetResult();
            await release.Task.WaitAsync(cancellation);
            return NodeOutcome.Completed("late");
        };
        await using var host = new TestEngine(effects);
        await host.SaveAsync("child", """{"id":"slow","type":"effect"}""");
        await host.SaveAsync("parent", Parent, ParentEdges);
        var started = await host.StartAsync("parent");
        await reached.Task.WaitAsync(TestEngine.Patience);
        await host.WhenAtAsync(started.Execution.Id, ExecutionStatus.Waiting);

        await host.RestartAsync();
        release.SetResult();
        var ended = await host.WhenEndedAsync(started.Execution.Id);

        Assert.Equal((ExecutionStatus.Completed, "[\"late\",true]"), (ended.Status, ended.Result.ToString()));
        Assert.Single(await ChildrenAsync(host, ended.Id));
    }

    [Fact]
    public async Task A_cancel_goes_down_to_children_of_children()
    {
        var effects = new ScriptedEffects();
        var reached = new TaskCompletionSource();
        effects.Body = async (context, cancellation) =>
        {
            reached.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
            return NodeOutcome.Completed(context.Data);
        };
        await using var host = new TestEngine(effects);
        await host.SaveAsync("grandchild", """{"id":"slow","type":"effect"}""");
        await host.SaveAsync("child", """{"id":"call","type":"subworkflow","config":{"workflowId":"grandchild"}}""");
        await host.SaveAsync("parent", Parent, ParentEdges);
        var started = await host.StartAsync("parent");
        await reached.Task.WaitAsync(TestEngine.Patience);
        await host.WhenAtAsync(started.Execution.Id, ExecutionStatus.Waiting);

        Assert.Equal(WriteOutcome.Done, await host.Engine.CancelAsync("acme", started.Execution.Id, "enough"));

        Assert.Equal(ExecutionStatus.Cancelled, (await started.Ended.WaitAsync(TestEngine.Patience)).Status);
        var child = Assert.Single(await ChildrenAsync(host, started.Execution.Id));
        Assert.Equal(ExecutionStatus.Cancelled, (await host.WhenEndedAsync(child.Id)).Status);
        var grandchild = Assert.Single(await ChildrenAsync(host, child.Id));
        Assert.Equal(ExecutionStatus.Cancelled, (await host.WhenEndedAsync(grandchild.Id)).Status);
    }

    [Fact]
    public async Task A_child_that_fails_while_its_parent_is_paused_is_heard_of_when_that_goes_on()
    {
        var effects = new ScriptedEffects();
        var reached = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        effects.Body = async (_, cancellation) =>
        {
            reached.TrySetResult();
            await release.Task.WaitAsync(cancellation);
            return NodeOutcome.Failed("broken", "It broke.");
        };
        await using var host = new TestEngine(effects);
        await host.SaveAsync("child", """{"id":"slow","type":"effect"}""");
        await host.SaveAsync("parent", """{"id":"call","type":"subworkflow","config":{"workflowId":"child"}},{"id":"rescue","type":"transform","config":{"expression":"data.error.type"}}""", """{"source":"call","target":"rescue","port":"error"}""");
        var started = await host.StartAsync("parent");
        await reached.Task.WaitAsync(TestEngine.Patience);
        await host.WhenAtAsync(started.Execution.Id, ExecutionStatus.Waiting);
        await host.Engine.SendAsync("acme", started.Execution.Id, "pause", MapValue.Empty);
        await host.WhenAtAsync(started.Execution.Id, ExecutionStatus.Paused);

        release.SetResult();
        var child = Assert.Single(await ChildrenAsync(host, started.Execution.Id));
        Assert.Equal(ExecutionStatus.Failed, (await host.WhenEndedAsync(child.Id)).Status);
        await host.RestartAsync();
        Assert.Equal(ExecutionStatus.Paused, (await host.Store.ReadExecutionAsync("acme", started.Execution.Id))!.Status);
        await host.Engine.SendAsync("acme", started.Execution.Id, "resume", MapValue.Empty);

        var ended = await host.WhenEndedAsync(started.Execution.Id);
        Assert.Equal((ExecutionStatus.Completed, "\"broken\""), (ended.Status, ended.Result.ToString()));
    }

    [Fact]
    public async Task A_child_that_nobody_waits_for_goes_its_own_way()
    {
        await using var host = new TestEngine(new ScriptedEffects());
        await host.SaveAsync("child", """{"id":"no","type":"fail","config":{"message":"It fails."}}""");
        await host.SaveAsync("parent", """{"id":"call","type":"subworkflow","config":{"workflowId":"child","wait":false}}""");

        var ended = await host.RunAsync("parent");

        Assert.Equal(ExecutionStatus.Completed, ended.Status);
        var child = Assert.Single(await ChildrenAsync(host, ended.Id));
        Assert.Equal($$"""{"executionId":"{{child.Id}}"}""", ended.Result.ToString());
    }

    [Fact]
    public async Task Each_item_can_be_a_workflow()
    {
        await using var host = new TestEngine(new ScriptedEffects());
        await host.SaveAsync("child", """{"id":"double","type":"transform","config":{"expression":"input * 2"}}""");
        await host.SaveAsync("parent", """{"id":"each","type":"forEach","config":{"items":"{{ input }}","workflowId":"child","concurrency":2}}""");

        var ended = await host.RunAsync("parent", "[1,2,3]");

        Assert.Equal("[2,4,6]", ended.Result.ToString());
        Assert.Equal(3, (await ChildrenAsync(host, ended.Id)).Count);
    }

    [Fact]
    public async Task A_workflow_that_runs_itself_for_ever_is_stopped()
    {
        await using var host = new TestEngine(new ScriptedEffects());
        await host.SaveAsync("again", """{"id":"call","type":"subworkflow","config":{"workflowId":"again"}}""");

        var ended = await host.RunAsync("again");

        Assert.Equal(ExecutionStatus.Failed, ended.Status);
        Assert.Contains("\"type\":\"too_deep\"", ended.Error.ToString(), StringComparison.Ordinal);
        Assert.Contains("nested 50 levels deep, so 'again' was not started", ended.Error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("accept this input", ended.Error.ToString(), StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyList<ExecutionSummary>> ChildrenAsync(TestEngine host, string parentId) =>
        [.. (await host.Store.ListExecutionsAsync("acme", new ExecutionFilter(), new Page(200))).Executions.Where(execution => execution.ParentId == parentId)];
}
