using System.Text;
using Millrace.Core.Definitions;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Storage;
using Millrace.Engine.Workflows;

namespace Millrace.Engine.Tests.Runtime;

/// <summary>Results that are kept: by a node's own field, and around a body.</summary>
public sealed class CacheTests
{
    private const string Cached = """{"id":"a","type":"effect","cache":{"key":"{{ input.k }}"}},{"id":"o","type":"output","config":{"value":"{{ {'value': a.output, 'cached': a.meta.cached} }}"}}""";
    private const string ToOutput = """{"source":"a","target":"o"}""";

    private const string Around = """{"id":"a","type":"cache","config":{"key":"{{ input.k }}","body":{"nodes":[{"id":"s","type":"effect"}],"edges":[]}}},{"id":"o","type":"output","config":{"value":"{{ {'value': a.output, 'cached': a.meta.cached} }}"}}""";

    [Theory]
    [InlineData("0")]
    [InlineData("\"\"")]
    [InlineData("false")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"x\":1}")]
    public async Task What_succeeded_is_given_again_without_running_it_whatever_it_is(string value)
    {
        var effects = new ScriptedEffects { Body = (_, _) => new(NodeOutcome.Completed(ValueJson.Parse(value))) };
        await using var host = new TestEngine(effects);
        await host.SaveAsync("field", Cached, ToOutput);
        await host.SaveAsync("node", Around, ToOutput);
        foreach (var workflow in new[] { "field", "node" })
        {
            var before = effects.Runs.Count;
            Assert.Equal($$"""{"value":{{value}},"cached":false}""", (await host.RunAsync(workflow, """{"k":"x"}""")).Result.ToString());
            Assert.Equal($$"""{"value":{{value}},"cached":true}""", (await host.RunAsync(workflow, """{"k":"x"}""")).Result.ToString());
            Assert.Equal(before + 1, effects.Runs.Count);
            await host.RunAsync(workflow, """{"k":"y"}""");
            Assert.Equal(before + 2, effects.Runs.Count);
        }
    }

    [Theory]
    [InlineData("""{"id":"a","type":"effect","cache":{"key":"k"}}""")]
    [InlineData("""{"id":"a","type":"cache","config":{"key":"k","body":{"nodes":[{"id":"s","type":"effect"}],"edges":[]}}}""")]
    public async Task A_failure_is_not_kept(string node)
    {
        var fails = true;
        var effects = new ScriptedEffects { Body = (_, _) => new(fails ? NodeOutcome.Failed("odd", "It failed.") : NodeOutcome.Completed(1)) };
        await using var host = new TestEngine(effects);
        await host.SaveAsync("w", node);
        Assert.Equal(ExecutionStatus.Failed, (await host.RunAsync("w")).Status);
        fails = false;
        Assert.Equal("1", (await host.RunAsync("w")).Result.ToString());
        Assert.Equal(2, effects.Runs.Count);
    }

    [Theory]
    [InlineData("""{"id":"a","type":"effect","cache":{"key":"k"}}""")]
    [InlineData("""{"id":"a","type":"cache","config":{"key":"k","body":{"nodes":[{"id":"s","type":"effect"}],"edges":[]}}}""")]
    public async Task Those_who_ask_at_once_have_one_computation(string node)
    {
        var gated = new GatedEffects();
        await using var host = new TestEngine(gated.Script);
        await host.SaveAsync("w", node);
        var all = new List<Task<ExecutionRecord>>();
        for (var i = 0; i < 8; i++)
            all.Add((await host.StartAsync("w")).Ended);
        await gated.WhenStartedAsync(1);
        gated.Release(8);
        foreach (var ended in await Task.WhenAll(all).WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken))
            Assert.Equal(ExecutionStatus.Completed, ended.Status);
        Assert.Single(gated.Order);
    }

    [Fact]
    public async Task A_body_that_is_cancelled_lets_the_next_compute()
    {
        var gated = new GatedEffects();
        await using var host = new TestEngine(gated.Script);
        await host.SaveAsync("w", """{"id":"a","type":"cache","config":{"key":"k","name":"n","body":{"nodes":[{"id":"s","type":"effect"}],"edges":[]}}}""");
        var cancelled = await host.StartAsync("w");
        await gated.WhenStartedAsync(1);
        await host.Engine.CancelAsync("acme", cancelled.Execution.Id, null);
        Assert.Equal(ExecutionStatus.Cancelled, (await cancelled.Ended.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken)).Status);
        var next = await host.StartAsync("w");
        await gated.WhenStartedAsync(1);
        gated.Release(1);
        Assert.Equal(ExecutionStatus.Completed, (await next.Ended.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken)).Status);
    }

    [Fact]
    public async Task A_body_that_fails_in_an_execution_that_goes_on_lets_the_next_compute()
    {
        var effects = new ScriptedEffects { Body = (context, _) => new(context.WorkflowId == "fails" ? NodeOutcome.Failed("odd", "no") : NodeOutcome.Completed(7)) };
        await using var host = new TestEngine(effects);
        const string Cache = """{"id":"a","type":"cache","onError":"continue","config":{"key":"k","name":"n","body":{"nodes":[{"id":"s","type":"effect"}],"edges":[]}}}""";
        await host.SaveAsync("fails", Cache + """,{"id":"p","type":"waitForEvent","config":{"name":"never"}}""", """{"source":"a","target":"p"}""");
        await host.SaveAsync("w", Cache);
        var waits = await host.StartAsync("fails");
        await host.WhenAtAsync(waits.Execution.Id, ExecutionStatus.Waiting);
        Assert.Equal("7", (await host.RunAsync("w")).Result.ToString());
    }

    [Fact]
    public async Task A_computation_goes_on_after_a_crash_and_those_who_wait_get_its_result()
    {
        var gated = new GatedEffects();
        await using var host = new TestEngine(gated.Script);
        await host.SaveAsync("w", """{"id":"a","type":"cache","config":{"key":"k","body":{"nodes":[{"id":"s","type":"effect"}],"edges":[]}}}""");
        var first = await host.StartAsync("w");
        await gated.WhenStartedAsync(1);
        var second = await host.StartAsync("w");
        await host.RestartAsync();
        await gated.WhenStartedAsync(1);
        gated.Release(2);
        Assert.Equal(ExecutionStatus.Completed, (await host.WhenEndedAsync(first.Execution.Id)).Status);
        Assert.Equal(ExecutionStatus.Completed, (await host.WhenEndedAsync(second.Execution.Id)).Status);
        Assert.Equal([first.Execution.Id], gated.Script.Runs.Select(run => run.Key.Split(':')[0]).Distinct(StringComparer.Ordinal));
        Assert.Equal(ExecutionStatus.Completed, (await host.RunAsync("w")).Status);
        Assert.Equal(2, gated.Script.Runs.Count);
    }

    [Fact]
    public async Task Only_nodes_whose_one_effect_is_their_whole_work_have_a_cache_of_their_own()
    {
        await using var host = new TestEngine(new ScriptedEffects());
        foreach (var node in new[] { """{"id":"a","type":"transform","cache":"k","config":{"expression":"1"}}""", """{"id":"a","type":"subworkflow","cache":"k","config":{"workflowId":"w"}}""", """{"id":"a","type":"cache","cache":"k","config":{"key":"k","body":{"nodes":[{"id":"s","type":"effect"}],"edges":[]}}}""" })
        {
            var outcome = await host.Workflows.SaveAsync(new SaveRequest { Tenant = "acme", Document = Encoding.UTF8.GetBytes($$"""{"id":"w","name":"w","nodes":[{{node}}],"edges":[]}"""), Format = DocumentFormat.Json });
            Assert.Equal(("/nodes/0/cache", "unsupported"), Assert.IsType<SaveOutcome.Invalid>(outcome).Problems.Where(problem => problem.Severity == Severity.Error).Select(problem => (problem.Pointer, problem.Code)).Single());
        }
    }

    [Fact]
    public async Task A_key_that_comes_to_nothing_fails_instead_of_being_shared()
    {
        await using var host = new TestEngine(new ScriptedEffects());
        await host.SaveAsync("w", """{"id":"a","type":"effect","cache":{"key":"{{ input.?nothing }}"}}""");
        var ended = await host.RunAsync("w");
        Assert.Equal((ExecutionStatus.Failed, "cache"), (ended.Status, ValueJson.Parse(ended.Error.Utf8.Span)["type"].AsString()));
    }

    [Fact]
    public async Task Caches_of_two_nodes_are_two_unless_they_have_one_name()
    {
        var effects = new ScriptedEffects();
        await using var host = new TestEngine(effects);
        await host.SaveAsync("own", """{"id":"a","type":"effect","cache":"k"},{"id":"b","type":"effect","cache":"k"}""");
        await host.RunAsync("own");
        Assert.Equal(2, effects.Runs.Count);
        await host.SaveAsync("shared", """{"id":"a","type":"effect","cache":{"key":"k","name":"n"}},{"id":"b","type":"effect","cache":{"key":"k","name":"n"}}""", """{"source":"a","target":"b"}""");
        await host.RunAsync("shared");
        Assert.Equal(3, effects.Runs.Count);
    }
}
