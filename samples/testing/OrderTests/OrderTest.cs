using Millrace.Testing.Workflows;
using Millrace.Testing.Workflows.Fakes;

namespace OrderTests;

public sealed class OrderTest
{
    private static WorkflowTestCase Order(int amount) => WorkflowTestCase.FromFile("order.yaml")
        .WithInput(new { name = "Ada", amount, card = "4111" });

    [Fact]
    public async Task A_small_order_is_charged_at_once()
    {
        var result = await Order(40)
            .Fake("charge", new { status = 200, body = new { id = "ch_1" } })
            .FakeModel("gpt-4o", FakeReply.Text("Thank you, Ada!") with { TokensIn = 20, TokensOut = 5 })
            .RunAsync();

        result.AssertCompleted()
            .AssertResult(new { charge = "ch_1", receipt = "Thank you, Ada!" })
            .AssertPath("start", "large", "charge", "receipt", "done")
            .AssertEffects("charge", "receipt")
            .AssertCostAtMost(0.001m);
        Assert.Equal(40, result.Node("charge").Input["body"]["amount"].AsInt());
    }

    [Fact]
    public async Task A_large_order_waits_for_a_person()
    {
        (await Order(4000).Until(TimeSpan.FromDays(2)).RunAsync()).AssertWaiting("approve").AssertEffects();
    }

    [Fact]
    public async Task An_approval_that_comes_in_time_counts_and_a_late_one_does_not()
    {
        var inTime = await Order(4000)
            .Answer("approve", TestAnswer.Approved(by: "grace") with { After = TimeSpan.FromDays(1) })
            .FakeType("http", new { body = new { id = "ch_2" } })
            .FakeModel("*", FakeReply.Text("Thanks"))
            .RunAsync();
        inTime.AssertCompleted();
        Assert.Equal(TimeSpan.FromDays(1), inTime.Elapsed);

        var late = await Order(4000).Answer("approve", TestAnswer.Approved() with { After = TimeSpan.FromDays(4) }).RunAsync();
        late.AssertFailed(message: "not approved", nodeId: "refused");
    }

    [Fact]
    public async Task A_provider_that_is_busy_is_asked_three_times_under_one_key()
    {
        var result = await Order(40)
            .Fake(
                "charge",
                FakeOutcome.Failure("http", "busy", retryable: true),
                FakeOutcome.NeverEnds,
                FakeOutcome.Output(new { body = new { id = "ch_3" } }))
            .FakeModel("gpt-4o", FakeReply.Text("Thanks"))
            .RunAsync();
        result.AssertCompleted().Assert("nodes.charge.attempts == 3 && effects[0].key == effects[2].key");
    }

    [Fact]
    public async Task Without_a_receipt_the_charge_is_undone()
    {
        var undone = new List<string>();
        var result = await Order(40)
            .Fake("charge", new { body = new { id = "ch_4" } })
            .FakeModel("gpt-4o", FakeReply.Failure("model", "down"))
            .Fake("charge:compensation", call =>
            {
                undone.Add(call.Config["url"].AsString());
                return FakeOutcome.Output(new { status = 204 });
            })
            .RunAsync();
        result.AssertFailed("model", nodeId: "receipt");
        Assert.Equal(["https://pay.example.com/charges/ch_4"], undone);
    }
}
