using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Testing.Workflows;
using Millrace.Testing.Workflows.Fakes;

namespace Millrace.Testing.Tests;

/// <summary>What stands in for nodes.</summary>
public sealed class FakeTests
{
    private const string Order = """
        id: order
        name: Order
        nodes:
          - { id: start, type: start }
          - { id: check, type: if, config: { condition: input.amount > 100 } }
          - id: charge
            type: http
            retry: { maxAttempts: 3, delay: PT10S, backoff: exponential }
            timeout: PT30S
            config: { method: POST, url: "https://pay.example.com/charges", headers: { Authorization: "Bearer {{secrets.pay}}" }, body: { amount: "{{input.amount}}" } }
          - { id: done, type: output, config: { fields: { paid: "{{charge.?output.body.id}}" } } }
          - { id: by_hand, type: output, config: { fields: { paid: null, why: too much } } }
        edges:
          - { source: start, target: check }
          - { source: check, target: charge, port: "false" }
          - { source: charge, target: done }
          - { source: check, target: by_hand, port: "true" }
        """;

    [Fact]
    public async Task A_faked_node_gives_its_output_and_what_it_was_asked_can_be_looked_at()
    {
        var result = await OrderOf(40).Fake("charge", new { status = 200, body = new { id = 7 } }).RunAsync();

        result
            .AssertCompleted()
            .AssertResult(new { paid = 7 })
            .AssertPath("start", "check", "charge", "done")
            .AssertEffects("charge")
            .AssertRan("charge", 1)
            .AssertNotRan("by_hand");
        var call = Assert.Single(result.EffectsOf("charge"));
        Assert.Equal(40, call.Config["body"]["amount"].AsInt());
        Assert.DoesNotContain("s3cret", call.Config.ToJson());
        Assert.EndsWith(":charge::0", call.IdempotencyKey);
        Assert.Equal(("http", 1), (call.Type, result.Node("charge").Attempts));
    }

    [Fact]
    public async Task Attempts_take_outcomes_in_order_and_the_pauses_between_them_pass_at_once()
    {
        var result = await OrderOf(40)
            .Fake(
                "charge",
                FakeOutcome.Failure("http", "503", retryable: true),
                FakeOutcome.NeverEnds,
                FakeOutcome.Output(new { body = new { id = 9 } }))
            .RunAsync();

        result
            .AssertCompleted()
            .AssertResult(new { paid = 9 })
            .AssertEffects("charge", "charge", "charge")
            .Assert("nodes.charge.attempts == 3");
        // 10 s, then a timeout of 30 s, then 20 s.
        Assert.Equal(TimeSpan.FromSeconds(60), result.Elapsed);
        Assert.Single(result.Effects.Select(effect => effect.IdempotencyKey).Distinct());
    }

    [Fact]
    public async Task A_failure_that_nothing_handles_fails_the_workflow()
    {
        var result = await OrderOf(40).Fake("charge", FakeOutcome.Failure("card", "declined", details: new { code = 51 })).RunAsync();
        result.AssertFailed("card", "declined", "charge");
        Assert.Equal(51, result.Error!.Details["code"].AsInt());
    }

    [Fact]
    public async Task A_function_sees_what_it_is_asked()
    {
        var result = await OrderOf(40)
            .Fake("charge", call =>
                FakeOutcome.Output(new { body = new { id = $"{call.NodeId}-{call.Attempt}-{call.Config["body"]["amount"].AsInt()}" } }))
            .RunAsync();
        result.AssertResult(new { paid = "charge-1-40" });
    }

    [Fact]
    public async Task A_branch_is_faked_by_its_port_and_passes_on_what_arrived()
    {
        var result = await OrderOf(5).Fake("check", FakeOutcome.Port("true")).RunAsync();
        result.AssertPath("start", "check", "by_hand").AssertOutput("check", new { amount = 5 });
    }

    [Fact]
    public async Task A_type_is_faked_by_any_of_its_names_and_the_node_itself_goes_first()
    {
        var byType = await OrderOf(40).FakeType("httpRequest", new { body = new { id = 1 } }).RunAsync();
        byType.AssertResult(new { paid = 1 });
        var byNode =
            await OrderOf(40).FakeType("http", new { body = new { id = 1 } }).Fake("charge", new { body = new { id = 2 } }).RunAsync();
        byNode.AssertResult(new { paid = 2 });
    }

    [Theory]
    [InlineData("join", "mode: any")]
    [InlineData("forEach", "items: [1], body: { nodes: [{ id: inner, type: http, config: { url: 'https://a.example.com' } }], edges: [] }")]
    [InlineData("approval", "title: Well?")]
    [InlineData("delay", "duration: P1D")]
    [InlineData("code", "language: python, code: 'return 1'")]
    public async Task Nodes_of_every_kind_can_be_faked(string type, string config)
    {
        var result = await WorkflowTestCase.FromText($$"""
            name: One
            nodes:
              - { id: start, type: start }
              - { id: one, type: {{type}}, config: { {{config}} } }
            edges: [{ source: start, target: one }]
            """).Fake("one", "faked").RunAsync();
        result.AssertCompleted().AssertResult("faked");
        Assert.Equal(TimeSpan.Zero, result.Elapsed);
    }

    [Fact]
    public async Task A_wait_whose_faked_time_is_over_takes_that_port()
    {
        var result = await WorkflowTestCase.FromText("""
            name: Ask
            nodes:
              - { id: start, type: start }
              - { id: ask, type: approval, config: { timeout: P3D } }
              - { id: yes, type: noop }
              - { id: late, type: noop }
            edges: [{ source: start, target: ask }, { source: ask, target: yes, port: approved }, { source: ask, target: late, port: timeout }]
            """).Fake("ask", FakeOutcome.Port("timeout")).RunAsync();
        result.AssertCompleted().AssertPath("start", "ask", "late");
    }

    [Fact]
    public async Task Secrets_are_taken_out_of_what_comes_back()
    {
        var result = await OrderOf(40)
            .WithSecret("pay", "very-secret-value")
            .Fake("charge", new { body = new { id = "very-secret-value" } })
            .RunAsync();
        Assert.DoesNotContain("very-secret-value", result.Result.ToJson());
    }

    [Fact]
    public async Task A_run_is_the_same_every_time()
    {
        var test = OrderOf(40)
            .Fake("charge", FakeOutcome.Failure("http", "503", retryable: true), FakeOutcome.Output(new { body = new { id = 9 } }))
            .StartingAt(new DateTimeOffset(2030, 5, 1, 0, 0, 0, TimeSpan.Zero));
        var (one, other) = (await test.RunAsync(), await test.RunAsync());
        Assert.Equal(((Value)one.ToValue()).ToJson(), ((Value)other.ToValue()).ToJson());
        Assert.Equal(2030, one.Events[0].Time.Year);
        Assert.Equal(ExecutionStatus.Completed, one.Status);
    }

    private static WorkflowTestCase OrderOf(int amount) =>
        WorkflowTestCase.FromText(Order).WithInput(new { amount }).WithSecret("pay", "s3cret");
}
