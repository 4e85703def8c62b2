using System.Text.Json;

namespace Millrace.Cli.Tests;

/// <summary><c>millrace drill</c>: what a crash at the worst moment does to each step.</summary>
public sealed class CrashTestCommandTests : IDisposable
{
    private const string Unkeyed = """{ method: POST, url: "https://api.example.com/ship", headers: { Idempotency-Key: "" } }""";
    private readonly WorkFolder _folder = new();

    [Fact]
    public async Task A_call_without_a_key_is_unsafe_and_the_advice_says_what_to_do()
    {
        var result = await CrashTestAsync($$"""
            name: Shipping
            nodes:
              - { id: charge, type: http, config: { method: POST, url: "https://api.example.com/charge" } }
              - { id: ship, type: http, config: {{Unkeyed}} }
            edges:
              - { source: charge, target: ship }
            """);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("charge\thttp\tcommit 2\ttwice, under one idempotency key", result.Out);
        Assert.Contains("ship\thttp\tcommit 3\ttwice, UNSAFE", result.Out);
        Assert.Contains("'ship' (http) can run twice. Set `inDoubt: ask`", result.Error);
        Assert.DoesNotContain("'charge'", result.Error);
    }

    [Theory]
    [InlineData("ask", "once: a person is asked what happened")]
    [InlineData("fail", "once: it fails instead")]
    public async Task A_step_that_says_what_to_do_in_doubt_runs_once(string policy, string says)
    {
        var result = await CrashTestAsync($$"""
            name: Shipping
            nodes:
              - { id: ship, type: http, inDoubt: {{policy}}, config: {{Unkeyed}} }
            """);

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains($"ship\thttp\t-\t{says}", result.Out);
    }

    [Fact]
    public async Task Each_kind_of_effect_is_judged_by_what_its_repetition_means()
    {
        var report = await ReportAsync("""
            name: Kinds
            nodes:
              - { id: read, type: http, config: { url: "https://api.example.com/quote" } }
              - { id: send, type: http, config: { method: POST, url: "https://api.example.com/send" } }
              - { id: think, type: llm, config: { model: gpt-4o, prompt: Hello } }
              - { id: keep, type: storage, config: { storage_type: file, operation: put, bucket: b, content: text } }
              - { id: own, type: code, config: { language: python, code: return 1 } }
              - { id: print, type: http, config: { method: POST, url: "https://old.example.com/print", headers: { Idempotency-Key: "" } } }
              - { id: pure, type: transform, config: { expression: "1" } }
            edges:
              - { source: read, target: send }
              - { source: send, target: think }
              - { source: think, target: keep }
              - { source: keep, target: own }
              - { source: own, target: print }
              - { source: print, target: pure }
            """);

        Assert.Equal(
            [
                "start noEffect", "read harmless 2", "send keyed 3", "think costly 4", "keep harmless 5", "own harmless 6",
                "print unsafe 7", "pure noEffect",
            ],
            Steps(report));
        Assert.False(report.GetProperty("safe").GetBoolean());
    }

    [Fact]
    public async Task Waits_are_answered_and_cost_no_time()
    {
        var result = await CrashTestAsync("""
            name: Waiting
            nodes:
              - { id: ok, type: approval, config: { title: May it be? } }
              - { id: go, type: waitForEvent, config: { name: go } }
              - { id: form, type: manualInput, config: { form: { type: object, required: [count], properties: { count: { type: integer } } } } }
              - { id: called, type: callback }
              - { id: sleep, type: delay, config: { duration: P30D } }
              - { id: mail, type: noop, config: { output: "{{form.output.count}} {{go.output.who}}" } }
            edges:
              - { source: ok, target: go, port: approved }
              - { source: go, target: form }
              - { source: form, target: called }
              - { source: called, target: sleep }
              - { source: sleep, target: mail }
            """, "--answers", """{"go": {"who": "Ada"}}""");

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains("mail\tnoop\tcommit", result.Out);
        Assert.Empty(result.Error);
    }

    [Fact]
    public async Task An_answer_decides_which_way_is_tested()
    {
        const string Workflow = """
            name: Decision
            nodes:
              - { id: ok, type: approval, config: { title: May it be? } }
              - { id: yes, type: noop }
              - { id: no, type: noop }
            edges:
              - { source: ok, target: yes, port: approved }
              - { source: ok, target: no, port: rejected }
            """;

        Assert.Contains("no\tnoop\t-\tnot reached", (await CrashTestAsync(Workflow)).Out);
        Assert.Contains("yes\tnoop\t-\tnot reached", (await CrashTestAsync(Workflow, "--answers", """{"ok": {"decision": "rejected"}}""")).Out);
    }

    [Fact]
    public async Task Pinned_outputs_stand_for_effects()
    {
        const string Workflow = """
            name: Pinned
            nodes:
              - { id: quote, type: http, config: { url: "https://api.example.com/quote" } }
              - { id: dear, type: if, config: { condition: quote.output.body.price > 10 } }
              - { id: ask, type: http, config: { method: POST, url: "https://api.example.com/ask" } }
            edges:
              - { source: quote, target: dear }
              - { source: dear, target: ask, port: "true" }
            """;

        var without = await CrashTestAsync(Workflow);
        var with = await CrashTestAsync(Workflow, "--outputs", """{"quote": {"status": 200, "body": {"price": 20}}}""");

        Assert.Contains("without a crash it failed", without.Error);
        Assert.Contains("set outputs with --outputs", without.Error);
        Assert.Contains("ask\thttp\tcommit", with.Out);
    }

    [Fact]
    public async Task Every_turn_of_a_body_is_killed()
    {
        var report = await ReportAsync("""
            name: Bodies
            nodes:
              - id: each
                type: forEach
                config:
                  items: [1, 2, 3]
                  body: { nodes: [ { id: mail, type: http, config: { method: POST, url: "https://api.example.com/mail" } } ] }
            """);

        Assert.Contains("mail keyed 2 3 4", Steps(report));
        Assert.True(report.GetProperty("safe").GetBoolean());
    }

    [Fact]
    public async Task Steps_side_by_side_are_each_caught()
    {
        var nodes = string.Join('\n', Enumerable.Range(0, 6).Select(n => $$"""  - { id: n{{n}}, type: http, config: { method: POST, url: "https://api.example.com" } }"""));
        var report = await ReportAsync($"name: Parallel\nnodes:\n{nodes}\n");

        Assert.All(Steps(report).Where(step => step.StartsWith('n')), step => Assert.Contains(" keyed ", step));
    }

    [Fact]
    public async Task Only_so_many_crashes_are_gone_through_as_asked_for()
    {
        var result = await CrashTestAsync("""
            name: Long
            nodes: [ { id: a, type: noop }, { id: b, type: noop }, { id: c, type: noop } ]
            edges: [ { source: a, target: b }, { source: b, target: c } ]
            """, "--crashes", "1");

        Assert.Contains("killed 1 time, not at all of them: see --crashes", result.Out);
    }

    [Fact]
    public async Task A_wrong_document_or_input_is_told_with_exit_code_2()
    {
        var wrong = await CrashTestAsync("name: Wrong\nnodes: [ { id: a, type: htp } ]\n");
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("unknown_node_type", wrong.Error);

        var missing = await CrashTestAsync("name: Missing\nnodes: [ { id: in, type: input, config: { required_fields: [name] } } ]\n");
        Assert.Equal(2, missing.ExitCode);
        Assert.Contains("name", missing.Error);
    }

    [Theory]
    [InlineData("customer-support.json", "classify costly 2")]
    [InlineData("document-processing.yaml", "ai_analysis costly 2", "result_storage harmless 3")]
    [InlineData("incident-response.yaml", "summary costly")]
    [InlineData("nightly-report.yaml", "opening costly 2", "file harmless 3")]
    [InlineData("support-triage.yaml", "classify costly 2")]
    [InlineData("order-steps.json")]
    [InlineData("ticket-routing.json")]
    public async Task Of_a_sample_it_reports_what_a_reader_would_expect(string sample, params string[] effects)
    {
        var name = Path.GetFileNameWithoutExtension(sample);
        var result = await CommandResult.RunHereAsync(
            "drill",
            Path.Combine(SampleTests.Folder(), sample),
            "--input",
            $"@{Path.Combine(SampleTests.Folder(), "cases", $"{name}.input.json")}",
            "--json");

        Assert.True(result.ExitCode == 0, result.ToString());
        var report = JsonSerializer.Deserialize<JsonElement>(result.Out);
        Assert.Equal("completed", report.GetProperty("status").GetString());
        Assert.All(effects, effect => Assert.Contains(Steps(report), step => step.StartsWith(effect)));
        Assert.All(Steps(report), step => Assert.DoesNotContain("unsafe", step));
        if (effects.Length == 0)
            Assert.All(Steps(report), step => Assert.EndsWith("noEffect", step));
    }

    public void Dispose() => _folder.Dispose();

    private async Task<JsonElement> ReportAsync(string workflow) =>
        JsonSerializer.Deserialize<JsonElement>((await CrashTestAsync(workflow, "--json")).Out);

    private Task<CommandResult> CrashTestAsync(string workflow, params string[] options) =>
        CommandResult.RunHereAsync(["drill", _folder.Write("flow.yaml", workflow), .. options]);

    private static List<string> Steps(JsonElement report) => [.. report.GetProperty("steps").EnumerateArray().Select(step =>
        string.Join(' ', (string[])[step.GetProperty("node").GetString()!, step.GetProperty("verdict").GetString()!, .. step.GetProperty("repeatedAt").EnumerateArray().Select(commit => commit.ToString())]))];
}
