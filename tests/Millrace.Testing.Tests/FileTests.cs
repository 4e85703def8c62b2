using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Testing.Files;

namespace Millrace.Testing.Tests;

/// <summary>Tests as data.</summary>
public sealed class FileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("millrace-testing-");

    private const string Order = """
        id: order
        name: Order
        variables: { limit: 100 }
        nodes:
          - { id: start, type: start }
          - { id: check, type: if, config: { condition: input.amount > variables.limit } }
          - { id: charge, type: http, retry: { maxAttempts: 3, delay: PT1S }, config: { method: POST, url: "https://pay.example.com/{{input.amount}}" } }
          - { id: thank, type: llm, config: { model: gpt-4o, prompt: "Thank for {{input.amount}}." } }
          - { id: done, type: output, config: { fields: { paid: "{{charge.output.id}}", text: "{{thank.output}}" } } }
          - { id: ask, type: approval, config: { title: Well? } }
          - { id: paid, type: waitForEvent, config: { name: paid } }
        edges:
          - { source: start, target: check }
          - { source: check, target: charge, port: "false" }
          - { source: charge, target: thank }
          - { source: thank, target: done }
          - { source: check, target: ask, port: "true" }
          - { source: ask, target: paid, port: approved }
        """;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Everything_that_a_case_can_pin_and_expect()
    {
        var outcomes = await RunAsync("""
            cases:
              - name: charged at the second attempt
                input: { amount: 40 }
                nodes: { charge: { outcomes: [{ error: { type: http, message: busy, retryable: true } }, { output: { id: 7 } }] } }
                models: { gpt-4o: { text: Thanks!, tokensIn: 1000, tokensOut: 100 } }
                expect:
                  status: completed
                  result: { paid: 7, text: Thanks! }
                  path: [start, check, charge, thank, done]
                  nodes:
                    charge: { status: completed, attempts: 2, output: { id: 7 }, inputIncludes: { url: "https://pay.example.com/40" }, runs: 1 }
                    check: { port: "false" }
                    ask: { status: skipped }
                  variables: { limit: 100 }
                  effects: [charge, { node: charge, config: { method: POST } }, thank]
                  cost: { max: 0.0036 }
                  check: ["cost.tokensIn == 1000", "elapsed == 1000"]
              - name: by type, with outputs in order, and a reply as JSON
                input: { amount: 40 }
                types: { http: { outputs: [{ id: 8 }] } }
                models: { "*": [{ json: { a: 1 } }] }
                expect: { resultIncludes: { paid: 8, text: { a: 1 } } }
              - name: failed
                input: { amount: 40 }
                nodes: { charge: { error: { type: card, message: declined today } } }
                expect: { error: { type: card, message: declined, nodeId: charge } }
              - name: waiting
                input: { amount: 101 }
                expect: { waiting: [ask] }
              - name: asked and told
                input: { amount: 5 }
                variables: { limit: 1 }
                now: 2030-01-01T00:00:00Z
                answers: { ask: { decision: approved, comment: fine, answeredBy: ada, after: PT1H } }
                signals: [{ name: paid, payload: { at: bank }, after: P1D }]
                expect: { nodes: { paid: { output: { at: bank } }, ask: { outputIncludes: { answeredBy: ada } } }, check: ["elapsed == 86400000"] }
              - name: answered when asked, by a port
                input: { amount: 5 }
                nodes: { check: { port: "true" } }
                answers: { ask: [approved], paid: { payload: 3 } }
                expect: { nodes: { paid: { output: 3 }, check: { output: { amount: 5 } } } }
              - name: a timeout
                input: { amount: 5 }
                nodes: { charge: { neverEnds: true } }
                expect: { error: { type: timeout }, nodes: { charge: { attempts: 3 } } }
            """);
        Assert.All(outcomes, outcome => Assert.True(outcome.Passed, string.Join('\n', outcome.Failures)));
        Assert.Equal(7, outcomes.Length);
    }

    [Fact]
    public async Task A_case_that_fails_says_where_and_how_it_went()
    {
        var outcomes = await RunAsync("""
            cases:
              - name: wrong
                input: { amount: 40 }
                nodes: { charge: { output: { id: 7 } }, thank: { output: Hi } }
                expect: { result: { paid: 8, text: Hi }, nodes: { charge: { attempts: 2 } } }
              - name: unfaked
                input: { amount: 40 }
              - name: unfaked model
                input: { amount: 40 }
                nodes: { charge: { output: { id: 7 } } }
              - name: nothing said means completed
                input: { amount: 101 }
            """);
        Assert.Equal(
            [
                "/result/paid: expected 8, but it is 7", "/nodes/charge/attempts: expected 2, but it is 1",
                "path: start > check > charge > thank > done", "status: completed",
            ],
            outcomes[0].Failures);
        Assert.Equal(
            "Node 'charge' (http) has side effects, which a test does not allow by default. Fake it: `nodes: { charge: { output: ... } "
                + "}`, or `types: { http: { output: ... } }`. Or allow it: `real: [charge]`.",
            Assert.Single(outcomes[1].Failures));
        Assert.Contains("`models: { gpt-4o: { text: ... } }`", Assert.Single(outcomes[2].Failures));
        Assert.Equal("/status: expected completed, but it is waiting", outcomes[3].Failures[0]);
    }

    [Fact]
    public void What_has_no_place_or_another_type_is_told_with_its_place()
    {
        Assert.Equal(
            [
                "4:5 /cases/0/inputt unknown_field There is no field 'inputt' here; did you mean 'input'?",
                "5:35 /cases/0/nodes/charge/prot unknown_field There is no field 'prot' here; did you mean 'port'?",
                "6:15 /cases/0/signals/0/name missing_field 'name' is required.",
                "7:5 /cases/0/now invalid_value This must be a date and time such as 2026-01-31T12:00:00Z.",
                "8:23 /cases/0/expect/cost/max wrong_type This must be number, not string.",
            ],
            ProblemsOf("""
                workflow: order.yaml
                cases:
                  - name: one
                    inputt: 1
                    nodes: { charge: { output: 1, prot: x } }
                    signals: [{ payload: 1 }]
                    now: tomorrow
                    expect: { cost: { max: many } }
                """));
        Assert.Equal(
            [
                "4:9 unknown_name The test fakes the node 'chrage', which is not in the workflow; did you mean 'charge'?",
                "5:9 invalid_value A fake has one of output, outputs, outcomes, error, neverEnds, and this has output and error.",
                "6:9 missing_field The fake has no outcome. Give it one of output, outputs, outcomes, error, neverEnds or port.",
                "7:14 unknown_name The test fakes the type 'htpt', which does not exist; did you mean 'http'?",
                "8:20 unknown_field There is no field 'txt' here; did you mean 'text'?",
                "8:30 invalid_value A reply has one of text, json and error.",
                "9:16 invalid_value 'maybe' is not a decision. Use approved or rejected.",
                "10:5 unknown_name The test allows 'nowhere' to be real, which is neither a node of the workflow nor a type.",
                "11:15 invalid_value 'don' is not a status of an execution.",
                "12:22 unknown_name There is no node 'strat' in the workflow; did you mean 'start'?",
                "13:27 unknown_name There is no node 'chrge' in the workflow; did you mean 'charge'?",
                "14:23 invalid_expression The expression 'a =' is not valid at 3: ",
                "15:5 duplicate_name Another case is already called 'one'.",
            ],
            [.. ProblemsOf("""
                cases:
                  - name: one
                    nodes:
                      { chrage: { output: 1 },
                        charge: { output: 1, error: { type: x } },
                        thank: { meta: { a: 1 } } }
                    types: { htpt: { output: 1 } }
                    models: { m: { txt: a }, n: { text: a, json: 1 } }
                    answers: { ask: maybe }
                    real: [nowhere]
                    expect: { status: don,
                              path: [strat],
                              effects: [{ node: chrge }],
                              check: ["a ="] }
                  - name: one
                """).Select(line => line.Split(' ', 3)).Select(parts => $"{parts[0]} {parts[2]}").Select(line => line.Contains("'a ='") ? line[..(line.IndexOf(": ") + 2)] : line)]);
    }

    [Theory]
    [InlineData("cases: []", "There are no cases.")]
    [InlineData("cases: [", "")]
    [InlineData("[]", "This must be object, not array.")]
    [InlineData("workflow: nowhere.yaml\ncases: [{ name: a }]", "There is no file '")]
    [InlineData("workflow: broken.yaml\ncases: [{ name: a }]", "broken.yaml:1:1: error ")]
    public void A_file_that_is_none_says_so(string content, string part)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "broken.yaml"), "name: x");
        Assert.Contains(ProblemsOf(content), problem => problem.Contains(part));
    }

    [Fact]
    public async Task Json_and_children_and_files_without_a_workflow()
    {
        File.WriteAllText(
            Path.Combine(_folder.FullName, "child.yaml"),
            "name: Child\nnodes: [{ id: a, type: transform, config: { expression: input.n * 2 } }]\nedges: []");
        File.WriteAllText(Path.Combine(_folder.FullName, "parent.json"), """{"name":"Parent","nodes":[{"id":"c","type":"subworkflow","config":{"workflowId":"child","input":{"n":4}}}],"edges":[]}""");
        var path = Path.Combine(_folder.FullName, "parent.tests.json");
        File.WriteAllText(path, """{"workflows":["child.yaml"],"cases":[{"name":"doubles","expect":{"result":8}}]}""");
        var file = WorkflowTestFile.Read(path);
        Assert.Equal([], file.Problems.Select(Line));
        var outcome = await Assert.Single(file.Cases).RunAsync(TestContext.Current.CancellationToken);
        Assert.True(outcome.Passed, string.Join('\n', outcome.Failures));
        Assert.Equal("child", Assert.Single(outcome.Result!.Children).WorkflowId);

        var alone = Path.Combine(_folder.FullName, "alone.tests.yaml");
        File.WriteAllText(alone, "cases: [{ name: a }]");
        Assert.Equal(
            "There is no workflow beside it: alone.yaml, alone.yml, alone.json. Name it with `workflow`.",
            Assert.Single(WorkflowTestFile.Read(alone).Problems).Message);
        Assert.StartsWith(
            "It cannot be read: ",
            Assert.Single(WorkflowTestFile.Read(Path.Combine(_folder.FullName, "none.tests.yaml")).Problems).Message);
    }

    private async Task<ImmutableArray<WorkflowTestOutcome>> RunAsync(string content)
    {
        var file = Read(content);
        Assert.Equal([], file.Problems.Select(Line));
        return [.. await Task.WhenAll(file.Cases.Select(one => one.RunAsync(TestContext.Current.CancellationToken)))];
    }

    private List<string> ProblemsOf(string content) => [.. Read(content).Problems.Select(Line)];

    private WorkflowTestFile Read(string content)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "order.yaml"), Order);
        var path = Path.Combine(_folder.FullName, "order.tests.yaml");
        File.WriteAllText(path, content);
        return WorkflowTestFile.Read(path);
    }

    private static string Line(Problem problem) => $"{problem.Line}:{problem.Column} {problem.Pointer} {problem.Code} {problem.Message}";
}
