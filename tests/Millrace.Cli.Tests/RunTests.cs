using System.Text.Json;

namespace Millrace.Cli.Tests;

/// <summary>`millrace run` as a process: exit codes, and what goes where.</summary>
public sealed class RunTests : IDisposable
{
    private readonly WorkFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_completed_run_prints_its_result_alone_on_standard_output()
    {
        var result = await RunAsync(Documents.Route, "--input", """{"value": 42}""");

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.True(JsonElement.DeepEquals(Json("""{"size":"big","value":42}"""), Json(result.Out)), result.Out);
        Assert.Contains("completed in", result.Error);
        Assert.Contains("skipped, no path led here", result.Error);
    }

    [Fact]
    public async Task A_failed_run_says_why_and_exits_with_1()
    {
        var result = await RunAsync(Documents.Fails);

        Assert.Equal(1, result.ExitCode);
        Assert.Empty(result.Out);
        Assert.Contains("failed: There is no more paper.", result.Error);
    }

    [Fact]
    public async Task A_document_that_cannot_run_is_refused_with_its_places()
    {
        var file = _folder.Write("flow.json", Documents.Route.Replace("conditional", "conditionl"));
        var result = await CommandResult.RunAsync(["run", file]);

        Assert.Equal(2, result.ExitCode);
        Assert.Empty(result.Out);
        Assert.Contains($"{file}:3:15: error unknown_node_type: unknown node type 'conditionl'; did you mean 'conditional'?", result.Error);
    }

    [Fact]
    public async Task An_input_that_the_workflow_does_not_take_is_refused()
    {
        var result = await RunAsync(
            """{"name":"Needs","steps":[{"id":"in","type":"input","config":{"required_fields":["url"]},"nextSteps":[]}]}""", "--input", """{"other": 1}""");

        Assert.Equal(2, result.ExitCode);
        Assert.Empty(result.Out);
        Assert.Contains("url", result.Error);
    }

    [Fact]
    public async Task Json_is_the_execution_and_nothing_else()
    {
        var result = await RunAsync(Documents.Fails, "--json");

        Assert.Equal(1, result.ExitCode);
        Assert.Empty(result.Error);
        var execution = Json(result.Out);
        Assert.Equal("failed", execution.GetProperty("status").GetString());
        Assert.Equal("print", execution.GetProperty("errorDetail").GetProperty("nodeId").GetString());
    }

    [Fact]
    public async Task Json_events_are_lines_without_a_gap()
    {
        var result = await RunAsync(Documents.Route, "--json=events", "--input", """{"value": 1}""");

        Assert.Equal(0, result.ExitCode);
        var events = result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Json).ToList();
        Assert.Equal(Enumerable.Range(1, events.Count), events.Select(e => e.GetProperty("seq").GetInt32()));
        Assert.Equal("workflow_started", events[0].GetProperty("type").GetString());
        Assert.Equal("workflow_completed", events[^1].GetProperty("type").GetString());
    }

    [Fact]
    public async Task Inputs_of_nodes_and_variables_reach_the_workflow()
    {
        var inputs = _folder.Write("inputs.json", """{"who": "Ada"}""");
        var result = await RunAsync(
            """
            {"name":"Greets","variables":{"mark":"."},"nodes":[
              {"id":"who","type":"manualInput","data":{}},
              {"id":"greet","type":"transform","data":{"expression":"'Hello ' + data + variables.mark + string(variables.times)"}}],
             "edges":[{"source":"who","target":"greet"}]}
            """,
            "--inputs", "@" + inputs, "--var", "mark=!", "--var", "times=3");

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal("Hello Ada!3", Json(result.Out).GetString());
    }

    [Fact]
    public async Task A_document_can_come_from_standard_input()
    {
        var result = await CommandResult.RunAsync(["run", "-", "--input", """{"value": 1}"""], Documents.Route);

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal("small", Json(result.Out).GetProperty("size").GetString());
    }

    [Fact]
    public async Task A_run_that_takes_too_long_is_cancelled()
    {
        var result = await RunAsync(Documents.Waits, "--timeout", "200ms");

        Assert.Equal(3, result.ExitCode);
        Assert.Empty(result.Out);
        Assert.Contains("cancelled: Timed out after 200 ms.", result.Error);
    }

    [Fact]
    public async Task An_interruption_cancels_and_leaves_nothing_behind()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals that a test could send to one process alone.");
        var temporary = Directory.CreateDirectory(Path.Combine(_folder.FullName, "tmp"));
        using var process = CommandProcess.Start(["run", _folder.Write("flow.json", Documents.Waits), "--json=events"], temporary.FullName);
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line
            && !line.Contains("workflow_waiting"))
        {
        }
        Assert.Single(temporary.EnumerateDirectories("millrace-run-*"));

        await CommandProcess.TerminateAsync(process);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(3, process.ExitCode);
        Assert.Contains("Interrupted at the terminal.", await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.Empty(temporary.EnumerateDirectories("millrace-run-*"));
    }

    private Task<CommandResult> RunAsync(string document, params string[] options) =>
        CommandResult.RunAsync(["run", _folder.Write("flow.json", document), .. options]);

    private static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);
}
