using Millrace.Engine.Nodes;
using Millrace.Testing.Workflows;
using Millrace.Testing.Workflows.Fakes;
using Millrace.Testing.Workflows.Results;

namespace Millrace.Testing.Tests;

/// <summary>What a test says that fails: what was expected, what came, and what to do.</summary>
public sealed class MessageTests
{
    private const string Order = """
        id: order
        name: Order
        inputSchema: { type: object, required: [amount] }
        nodes:
          - { id: start, type: start }
          - { id: check, type: if, config: { condition: input.amount > 100 } }
          - { id: charge, type: http, config: { url: "https://pay.example.com/charges" } }
          - { id: thank, type: llm, config: { model: gpt-4o, prompt: "Thank!" } }
          - { id: ask, type: approval, config: { title: Well?, form: { type: object, required: [why], properties: { why: { type: string } } } } }
        edges:
          - { source: start, target: check }
          - { source: check, target: charge, port: "false" }
          - { source: charge, target: thank }
          - { source: check, target: ask, port: "true" }
        """;

    [Fact]
    public async Task Every_broken_test_says_what_to_do()
    {
        await BreaksAsync(
            test => test,
            "Node 'charge' (http) has side effects, which a test does not allow by default. Fake it: Fake(\"charge\", output), or "
                + "FakeType(\"http\", output). Or allow it: AllowReal(\"charge\").");
        await BreaksAsync(
            test => test.Fake("charge", 1),
            "The model 'gpt-4o' is not faked, and a test calls no real model. Fake it: FakeModel(\"gpt-4o\", FakeReply.Text(...)); or "
                + "fake the node that calls it.");
        await BreaksAsync(
            test => test.Fake("chrage", 1), "The test fakes the node 'chrage', which is not in the workflow; did you mean 'charge'?");
        await BreaksAsync(test => test.FakeType("htpt", 1), "The test fakes the type 'htpt', which does not exist; did you mean 'http'?");
        await BreaksAsync(
            test => test.Answer("aks", TestAnswer.Approved()),
            "The test answers the node 'aks', which is not in the workflow; did you mean 'ask'?");
        await BreaksAsync(
            test => test.AllowReal("htpp"),
            "The test allows 'htpp' to be real, which is neither a node of the workflow nor a type; did you mean 'http'?");
        await BreaksAsync(
            test => test.WithInputFor("strat", 1),
            "The test has an input for the node 'strat', which is not in the workflow; did you mean 'start'?");
        await BreaksAsync(
            test => test.Fake("check", FakeOutcome.Port("maybe")),
            "Node 'check' (conditional) is faked to take the port 'maybe', but its ports are true, false.");
        await BreaksAsync(
            test => test.Fake("charge", FakeOutcome.Port("left")),
            "Node 'charge' (http) is faked to take the port 'left', but has no ports.");
        await BreaksAsync(
            test => test.Fake("check", FakeOutcome.NeverEnds), "Node 'check' (conditional) is pure, so it cannot be faked to never end.");
        await BreaksAsync(
            test => test.Fake("charge", _ => throw new InvalidOperationException("oops")),
            "The fake of node 'charge' threw InvalidOperationException: oops");
        await BreaksAsync(
            test => test.Fake("charge", 1).FakeModel("gpt-4o", _ => throw new InvalidOperationException("oops")),
            "The fake of the model 'gpt-4o' threw InvalidOperationException: oops");
        await BreaksAsync(test => test.Fake("charge", 1).FakeModel("gpt-4o"), "The model 'gpt-4o' is faked without replies. Give it one.");
        await BreaksAsync(test => test.WithInput(new { }), "'workflow' does not accept the start of the test:\n  /input/amount: ");
        await BreaksAsync(
            test => test.WithInput(new { amount = 101 }).Answer("ask", TestAnswer.Signal()),
            "Node 'ask' waits for an approval, but the test answers it with a signal.");
        await BreaksAsync(
            test => test.WithInput(new { amount = 101 }).Answer("ask", TestAnswer.Approved(new { why = 1 })),
            "The test's answer to node 'ask' does not fit its form: /why: ");
        Assert.Equal(
            "A fake without outcomes can do nothing. Give it an output, or FakeOutcome.NeverEnds.",
            Assert.Throws<WorkflowTestException>(() => Test().Fake("charge")).Message);
    }

    [Fact]
    public async Task Outcomes_and_replies_that_run_out_are_told()
    {
        const string twice = """
            name: Twice
            nodes:
              - { id: start, type: start }
              - { id: one, type: http, retry: { maxAttempts: 5 }, config: { url: "https://a.example.com" } }
              - { id: two, type: llm, retry: { maxAttempts: 5 }, config: { model: m, prompt: "?" } }
            edges: [{ source: start, target: one }, { source: one, target: two }]
            """;
        var busy = FakeOutcome.Failure("http", "busy", retryable: true);
        var outcomes =
            await Assert.ThrowsAsync<WorkflowTestException>(() => WorkflowTestCase.FromText(twice).Fake("one", busy, busy).RunAsync());
        Assert.Equal(
            "Node 'one' is faked with 2 outcomes, and ran once more (attempt 3 of node 'one'). Add an outcome, or give a single one, "
                + "which is used for every run.",
            outcomes.Message);
        var reply = FakeReply.Failure("model", "busy", retryable: true);
        var replies = await Assert.ThrowsAsync<WorkflowTestException>(
            () => WorkflowTestCase.FromText(twice).Fake("one", 1).FakeModel("m", reply, reply).RunAsync());
        Assert.Equal(
            "The model 'm' is faked with 2 replies, and was called once more. Add a reply, or give a single one, which is used for every "
                + "call.",
            replies.Message);
    }

    [Fact]
    public async Task Every_assertion_says_what_was_expected_what_came_and_the_way_that_was_taken()
    {
        var result = await Test()
            .Fake("charge", new { id = 7, lines = new[] { 1, 2 } })
            .FakeModel("gpt-4o", FakeReply.Json(new { total = 4, name = "Ada", lines = new[] { 1, 2 } }))
            .RunAsync();
        const string account = "\n  path: start > check > charge > thank\n  status: completed";

        Fails(result.AssertResultHere(new { total = 3, nam = "Ada", lines = new[] { 1 } }), """
            The result is not as expected.
              /result/total: expected 3, but it is 4
              /result/nam: expected "Ada", but it is not there; did you mean 'name'?
              /result/lines: expected 1 items, but there are 2
              /result/lines/1: not expected, but it is 2
              /result/name: not expected, but it is "Ada"
            """ + account);
        Fails(
            () => result.AssertResultIncludes(new { total = 3 }),
            "The result is not as expected.\n  /result/total: expected 3, but it is 4" + account);
        Fails(
            () => result.AssertOutput("charge", new { id = 8, lines = new[] { 1, 2 } }),
            "The output of 'charge' is not as expected.\n  /nodes/charge/output/id: expected 8, but it is 7" + account);
        Fails(
            () => result.AssertVariable("n", 1),
            "The variable 'n' is not as expected.\n  /variables/n: expected 1, but it is not there" + account);
        Fails(
            () => result.AssertPath("start", "check", "ask"),
            "The path is not as expected.\n  /path/2: expected 'ask', but it is 'charge'; expected in all: start > check > ask" + account);
        Fails(() => result.AssertRan("ask"), "'ask' should have run.\n  expected at least once, but it ran 0 times" + account);
        Fails(
            () => result.AssertRan("asq", 2),
            "'asq' should have run.\n  expected 2 times, but it ran 0 times; there is none of this id; did you mean 'ask'?" + account);
        Fails(
            () => result.AssertNotRan("chrage"),
            "In the workflow 'order' there is no node 'chrage'; there is none of this id; did you mean 'charge'?" + account);
        Fails(
            () => result.AssertEffects("charge"),
            "The effects are not as expected.\n  /effects/1: expected no more, but it is 'thank'; the effects were: 'charge', 'thank'"
                + account);
        Fails(
            () => result.AssertLog("paid"),
            "The log is not as expected.\n  /logs: expected a line that contains 'paid', but the lines are: none" + account);
        Fails(() => result.AssertCostAtMost(0.000001m), "It cost too much.\n  /cost/money: expected at most 0.000001, but it is 0.0001");
        Fails(() => result.Assert("result.total > 4"), "An expression should be true.\n  'result.total > 4' is false" + account);
        Fails(
            () => result.Assert("result.total >"), "An expression should be true.\n  the expression 'result.total >' is not valid at 15: ");
        Fails(
            () => result.Assert("nodes.charge.output.nothing == 1"),
            "An expression should be true.\n  'nodes.charge.output.nothing == 1' failed: ");
        Fails(() => result.AssertFailed(), "It should have failed.\n  /status: expected failed, but it is completed" + account);
        Fails(
            () => result.AssertWaiting("ask"),
            "It should wait at 'ask'.\n  /status: expected waiting, but it is completed\n  'ask' does not wait" + account);
        Fails(() => result.Node("ghost"), "In the workflow 'order' node 'ghost' has not run; there is none of this id." + account);
    }

    [Fact]
    public async Task An_execution_that_failed_or_waits_says_where()
    {
        var failed = await Test().Fake("charge", FakeOutcome.Failure("card", "declined")).RunAsync();
        Fails(
            () => failed.AssertCompleted(),
            "It should have completed.\n  /status: expected completed, but it is failed\n  path: start > check > charge\n  status: "
                + "failed: node 'charge': card: declined");
        Fails(
            () => failed.AssertFailed("http", "refused", "ask"),
            "It should have failed.\n  /error/type: expected 'http', but it is 'card'\n  /error/message: expected to contain 'refused', "
                + "but it is 'declined'\n  /error/nodeId: expected 'ask', but it is 'charge'\n");
        var waits = await Test().WithInput(new { amount = 500 }).RunAsync();
        Fails(
            () => waits.AssertCompleted(),
            "It should have completed.\n  /status: expected completed, but it is waiting\n  path: start > check > ask\n  status: "
                + "waiting\n  waits at: ask (approval)");
    }

    [Fact]
    public void Problems_of_a_definition_are_told_with_their_places()
    {
        var wrong = Assert.Throws<WorkflowTestException>(() =>
            WorkflowTestCase.FromText("name: x\nnodes:\n  - { id: a, type: htpp }\n  - { id: b, type: delay, config: {} }\nedges: []"));
        Assert.StartsWith("'workflow' cannot be run:\n  workflow:3:14: error unknown_node_type: ", wrong.Message);
        Assert.Contains("did you mean 'http'?", wrong.Message);
        Assert.StartsWith(
            "There is no file 'nowhere.yaml' in ",
            Assert.Throws<WorkflowTestException>(() => WorkflowTestCase.FromFile("nowhere.yaml")).Message);
        Assert.Equal(
            "Two node types of this test are called 'HTTP'. Give yours another name.",
            Assert.Throws<WorkflowTestException>(() => WorkflowTestCase.FromText(Order, new Impostor())).Message);
    }

    private static WorkflowTestCase Test() => WorkflowTestCase.FromText(Order).WithInput(new { amount = 5 });

    private static async Task BreaksAsync(Func<WorkflowTestCase, WorkflowTestCase> prepare, string message)
    {
        var broken = await Assert.ThrowsAsync<WorkflowTestException>(() => prepare(Test()).RunAsync());
        Says(message, broken.Message);
    }

    private static void Fails(Func<object> assertion, string message) =>
        Says(message, Assert.Throws<WorkflowTestException>(assertion).Message);

    private static void Says(string expected, string message) =>
        Assert.True(message.StartsWith(expected), $"Expected:\n{expected}\nbut it is:\n{message}");

    private sealed class Impostor : EffectNodeType<Impostor.NoConfig>
    {
        protected override Millrace.Core.Nodes.NodeTypeDescription Describe() =>
            new()
            {
                Type = "HTTP",
                Title = "Not http",
                Summary = "Is another.",
                Category = "Http",
                Kind = Millrace.Core.Nodes.NodeKind.Effect,
            };

        protected override ValueTask<Millrace.Core.Nodes.NodeOutcome> ExecuteAsync(
            NoConfig config, EffectContext context, CancellationToken cancellation) =>
            throw new NotSupportedException();

        internal sealed record NoConfig;
    }
}

internal static class Deferred
{
    public static Func<object> AssertResultHere(this WorkflowTestResult result, object expected) => () => result.AssertResult(expected);
}
