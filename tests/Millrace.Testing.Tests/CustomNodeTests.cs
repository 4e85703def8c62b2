using System.ComponentModel;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Testing.Time;
using Millrace.Testing.Workflows;

namespace Millrace.Testing.Tests;

/// <summary>Node types of one's own: alone, and in a workflow.</summary>
public sealed class CustomNodeTests
{
    private const string Document = """
        name: Greet
        nodes:
          - { id: start, type: start }
          - { id: greet, type: greet, config: { who: "{{input.name}}" } }
        edges: [{ source: start, target: greet }]
        """;

    [Fact]
    public async Task A_type_is_tested_alone()
    {
        var type = new GreetNode();
        var result = await SingleNode.RunAsync(type, """{"who": "{{data.name}}"}""", """{"name": "Ada"}""", new VirtualTime(), TestContext.Current.CancellationToken);
        Assert.Equal("Hello Ada at 2026-01-01", result.Outcome!.Output.AsString());
    }

    [Fact]
    public async Task A_type_is_an_effect_like_any_other()
    {
        var type = new GreetNode();
        var broken = await Assert.ThrowsAsync<WorkflowTestException>(
            () => WorkflowTestCase.FromText(Document, type).WithInput(new { name = "Ada" }).RunAsync());
        Assert.StartsWith("Node 'greet' (greet) has side effects", broken.Message);
        Assert.Equal(0, type.Greeted);

        (await WorkflowTestCase.FromText(Document, type).WithInput(new { name = "Ada" }).Fake("greet", "Hi").RunAsync()).AssertResult("Hi");
        Assert.Equal(0, type.Greeted);

        (
            await WorkflowTestCase
                .FromText(Document, type)
                .WithInput(new { name = "Ada" })
                .AllowReal("greet")
                .RunAsync()).AssertResult("Hello Ada at 2026-01-01");
        Assert.Equal(1, type.Greeted);
    }

    public sealed record GreetConfig
    {
        [Description("Whom.")]
        public required string Who { get; init; }
    }

    public sealed class GreetNode : EffectNodeType<GreetConfig>
    {
        public int Greeted { get; private set; }

        protected override NodeTypeDescription Describe() =>
            new() { Type = "greet", Title = "Greet", Summary = "Greets somebody.", Category = "Integration", Kind = NodeKind.Effect };

        protected override async ValueTask<NodeOutcome> ExecuteAsync(
            GreetConfig config, EffectContext context, CancellationToken cancellation)
        {
            await Task.Yield();
            Greeted++;
            return NodeOutcome.Completed($"Hello {config.Who} at {context.Time.GetUtcNow():yyyy-MM-dd}");
        }
    }
}
