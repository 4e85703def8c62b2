using Millrace.Core.Values;
using Millrace.Testing.Workflows;
using Millrace.Testing.Workflows.Fakes;

namespace Millrace.Testing.Tests;

/// <summary>Loops, lists, children, undoing, and models.</summary>
public sealed class FlowTests
{
    [Fact]
    public async Task A_loop_has_an_iteration_for_each_turn()
    {
        var result = await WorkflowTestCase.FromText("""
            name: Loop
            variables: { n: 0 }
            nodes:
              - { id: start, type: start }
              - { id: count, type: setVariable, config: { name: n, value: "{{variables.n + 1}}" } }
              - { id: poll, type: http, config: { url: "https://a.example.com/{{variables.n}}" } }
              - { id: ready, type: if, config: { condition: poll.output.body.ready } }
              - { id: done, type: output, config: { value: "{{variables.n}}" } }
            edges:
              - { source: start, target: count }
              - { source: count, target: poll }
              - { source: poll, target: ready }
              - { source: ready, target: count, port: "false" }
              - { source: ready, target: done, port: "true" }
            """).Fake("poll", call => FakeOutcome.Output(new { body = new { ready = call.Config["url"].AsString().EndsWith('3') } })).RunAsync();

        result.AssertCompleted().AssertResult(3).AssertVariable("n", 3).AssertRan("poll", 3);
        result.AssertPath(
            "start", "count[0]", "poll[0]", "ready[0]", "count[1]", "poll[1]", "ready[1]", "count[2]", "poll[2]", "ready[2]", "done");
        result.AssertPath("start", "count", "poll", "ready", "count", "poll", "ready", "count", "poll", "ready", "done");
        Assert.Equal(["0", "1", "2"], result.RunsOf("poll").Select(run => run.Iteration));
    }

    [Fact]
    public async Task What_was_done_is_undone_and_that_can_be_faked_too()
    {
        var result = await WorkflowTestCase.FromText("""
            name: Trip
            nodes:
              - { id: start, type: start }
              - { id: flight, type: http, config: { url: "https://a.example.com" }, compensation: { type: http, config: { method: DELETE, url: "https://a.example.com/{{flight.output.body.id}}" } } }
              - { id: hotel, type: http, config: { url: "https://b.example.com" }, onError: compensate }
            edges: [{ source: start, target: flight }, { source: flight, target: hotel }]
            """)
            .Fake("flight", new { body = new { id = 7 } })
            .Fake("hotel", FakeOutcome.Failure("http", "full"))
            .Fake("flight:compensation", new { status = 204 })
            .RunAsync();
        result.AssertFailed("http", "full", "hotel").AssertEffects("flight", "hotel", "flight:compensation");
        Assert.Equal("https://a.example.com/7", result.Effects[2].Config["url"].AsString());
    }

    [Fact]
    public async Task Children_run_too_and_their_effects_are_seen()
    {
        const string parent = """
            name: Parent
            nodes:
              - { id: start, type: start }
              - { id: each, type: forEach, config: { items: [1, 2], body: { nodes: [{ id: child, type: subworkflow, config: { workflowId: child, input: { n: "{{item}}" } } }], edges: [] } } }
            edges: [{ source: start, target: each }]
            """;
        const string child = """
            id: child
            name: Child
            nodes:
              - { id: begin, type: start }
              - { id: rest, type: delay, config: { duration: P1D } }
              - { id: twice, type: http, config: { url: "https://a.example.com/{{input.n}}" } }
            edges: [{ source: begin, target: rest }, { source: rest, target: twice }]
            """;
        var result = await WorkflowTestCase
            .FromText(parent)
            .WithWorkflow(child)
            .Fake("twice", call => FakeOutcome.Output(call.Config["url"]))
            .RunAsync();
        result
            .AssertCompleted()
            .AssertResult(new[] { "https://a.example.com/1", "https://a.example.com/2" })
            .AssertEffects("child", "twice", "child", "twice");
        Assert.Equal(["child", "child"], result.Children.Select(one => one.AssertPath("begin", "rest", "twice").WorkflowId));
        Assert.Equal(TimeSpan.FromDays(2), result.Elapsed);

        (await WorkflowTestCase.FromText(parent).Fake("child", "faked").RunAsync()).AssertResult(new[] { "faked", "faked" });
        (await WorkflowTestCase.FromText(parent).RunAsync()).AssertFailed("not_found", "There is no workflow 'child'");
    }

    [Fact]
    public async Task A_model_follows_its_script_and_its_cost_is_counted()
    {
        const string document = """
            name: Classify
            nodes:
              - { id: start, type: start }
              - { id: classify, type: llm, retry: { maxAttempts: 2, delay: PT1S }, config: { model: gpt-4o, prompt: "{{input.text}}", response_format: json } }
            edges: [{ source: start, target: classify }]
            """;
        var result = await WorkflowTestCase.FromText(document).WithInput(new { text = "Help!" })
            .FakeModel(
                "gpt-4o",
                FakeReply.Text("no JSON") with { TokensIn = 1000, TokensOut = 100 },
                FakeReply.Json(new { category = "bug" }) with { TokensIn = 1000, TokensOut = 100 })
            .RunAsync();
        result
            .AssertCompleted()
            .AssertResult(new { category = "bug" })
            .AssertCostAtMost(0.0071m)
            .Assert("nodes.classify.attempts == 2 && cost.tokensIn == 2000");
        Assert.Equal(0.007m, result.Cost.Money);

        var priced = await WorkflowTestCase.FromText(document).WithInput(new { text = "Help!" }).WithModelPrice("gpt-4o", 1000, 0)
            .FakeModel("*", asked => FakeReply.Json(new { asked = asked.Messages[0].Text }) with { TokensIn = 1 }).RunAsync();
        priced.AssertResult(new { asked = "Help!" }).AssertCostAtMost(0.001m);
        (
            await WorkflowTestCase
                .FromText(document)
                .WithInput(new { text = "?" })
                .FakeModel("gpt-4o", FakeReply.Failure("model", "down"))
                .RunAsync()).AssertFailed("model", "down");
    }

    [Fact]
    public async Task Inputs_by_node_variables_and_every_dialect_are_taken()
    {
        var canvas = await WorkflowTestCase.FromDefinition(new
        {
            name = "Canvas",
            nodes = new object[]
            {
                new { id = "who", type = "manualInput", data = new { field = "name" } },
                new { id = "hi", type = "addField", data = new { field = "hi", value = "{{variables.word}} {{data.name}}" } },
            },
            edges = new[] { new { id = "e", source = "who", target = "hi" } },
        }).WithInputFor("who", "Ada").WithVariable("word", "Hello").RunAsync();
        canvas.AssertCompleted().AssertResultIncludes(new { hi = "Hello Ada" });

        var sequence = await WorkflowTestCase.FromText("""
            name: "Document Processing"
            version: "1.0"
            steps:
              - { id: "document_input", type: "input", config: { required_fields: ["document_url", "document_type"] } }
              - { id: "ai_analysis", type: "ai_processing", config: { model: "gpt-4", max_tokens: 1000, temperature: 0.7 } }
              - { id: "result_storage", type: "storage", config: { storage_type: "s3", bucket: "processed-documents" } }
            """)
            .WithInput(new { document_url = "https://a.example.com/1.pdf", document_type = "invoice" })
            .FakeModel("gpt-4", FakeReply.Json(new { total = 3 }))
            .Fake("result_storage", new { uri = "s3://processed-documents/1" })
            .RunAsync();
        sequence
            .AssertCompleted()
            .AssertPath("start", "document_input", "ai_analysis", "result_storage")
            .AssertResult(new { uri = "s3://processed-documents/1" });
    }

    [Fact]
    public async Task What_is_allowed_to_be_real_is()
    {
        var result = await WorkflowTestCase.FromText("""
            name: Keep
            nodes:
              - { id: start, type: start }
              - { id: put, type: storage, config: { bucket: b, key: k.txt, content: "Hello" } }
              - { id: get, type: storage, config: { operation: get, bucket: b, key: k.txt } }
            edges: [{ source: start, target: put }, { source: put, target: get }]
            """).AllowReal("storage").RunAsync();
        result.AssertCompleted().AssertEffects("put", "get").Assert("nodes.put.output.size == 5");
    }

    [Fact]
    public async Task What_is_kept_is_not_asked_for_again()
    {
        var result = await WorkflowTestCase.FromText("""
            name: Kept
            nodes:
              - { id: start, type: start }
              - { id: each, type: forEach, config: { items: [1, 2, 3], body: { nodes: [{ id: ask, type: http, cache: { key: a }, config: { url: "https://a.example.com" } }], edges: [] } } }
              - { id: box, type: cache, config: { key: b, body: { nodes: [{ id: inner, type: http, config: { url: "https://b.example.com" } }], edges: [] } } }
            edges: [{ source: start, target: each }, { source: each, target: box }]
            """).Fake("ask", 1).Fake("inner", 2).RunAsync();
        result.AssertCompleted().AssertResult(2).AssertOutput("each", new[] { 1, 1, 1 }).AssertRan("ask", 3);
        Assert.Equal(["ask", "inner"], result.Effects.Where(effect => effect.Type == "http").Select(effect => effect.NodeId));
    }

    [Fact]
    public async Task What_a_workflow_publishes_reaches_only_the_test_and_is_among_its_effects()
    {
        var result = await WorkflowTestCase.FromText("""
            name: Emits
            nodes:
              - { id: tell, type: emit, config: { type: com.example.done, data: "{{input.n}}" } }
            edges: []
            """).WithInput(new { n = 7 }).RunAsync();

        result.AssertCompleted().AssertEffects("tell");
        Assert.Equal(7, Assert.Single(result.EffectsOf("tell")).Config["data"].AsInt());
    }
}
