using System.CommandLine;
using Millrace.Cli.Completion;
using Millrace.Cli.Documents;
using Millrace.Cli.Output;
using Millrace.Core.Definitions;

namespace Millrace.Cli.Running;

/// <summary><c>millrace run</c>: one workflow, here and now.</summary>
internal static class RunCommand
{
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(30);

    public static Command Create(Terminal terminal)
    {
        var file = new Argument<string>("FILE") { Description = "The workflow, JSON or YAML; '-' reads standard input", HelpName = "FILE" }.RefusingOptions();
        file.CompletionSources.Add(FileCompletions.Workflows);
        var input = new Option<string?>("--input", "-i") { Description = "The input: JSON, or @ and the name of a file with JSON", HelpName = "JSON|@FILE" };
        var inputs = new Option<string?>("--inputs") { Description = "Values for single nodes, as an object by node id", HelpName = "JSON|@FILE" };
        var variables = new Option<string[]>("--var") { Description = "A variable; a value that is JSON is what it says, anything else is text. May be repeated", HelpName = "NAME=VALUE" };
        var timeout = new Option<string?>("--timeout") { Description = "Cancel after this time, such as 30s, 5m or PT1H", HelpName = "TIME" };
        var json = new Option<bool>("--json") { Description = "Print the execution as JSON, as the API has it" };
        var events = new Option<bool>("--json=events") { Description = "Print every event as it happens, one line of JSON each" };
        var command = new NotedCommand("run", "Run a workflow here and now, without a server", $$"""
            The result goes to standard output, progress to standard error. Nothing is kept afterwards. Ctrl-C cancels;
            a second Ctrl-C ends at once.

            Examples:
              millrace run flow.json --input '{"name": "Ada"}'
              millrace run flow.yaml --input @input.json --var limit=10 --timeout 5m
              millrace run flow.json --json | jq .status

            {{ExitCode.Help}}
            """) { file, input, inputs, variables, timeout, json, events };
        command.SetAction(async (parsed, cancellation) =>
        {
            var (start, problem) = ReadStart(parsed.GetValue(input), parsed.GetValue(inputs), parsed.GetValue(variables) ?? []);
            var (limit, wrongLimit) = ReadTimeout(parsed.GetValue(timeout));
            if ((problem ?? wrongLimit) is { } sentence)
                return terminal.Fail(sentence, ExitCode.Invalid);
            var output = parsed.GetValue(events) ? RunOutput.Events : parsed.GetValue(json) ? RunOutput.Execution : RunOutput.Result;
            using var interruption = new Interruption(terminal, cancellation);
            return await new LocalRun(terminal, output).RunAsync(parsed.GetRequiredValue(file), start, limit, interruption.Token);
        });
        return command;
    }

    private static (RunStart Start, string? Problem) ReadStart(string? inputText, string? inputsText, string[] variablePairs)
    {
        var (input, wrongInput) = JsonArgument.Read("--input", inputText);
        var (inputs, wrongInputs) = JsonArgument.ReadMap("--inputs", inputsText);
        var (variables, wrongVariables) = JsonArgument.ReadPairs("--var", variablePairs);
        return (new RunStart(input, inputs, variables), wrongInput ?? wrongInputs ?? wrongVariables);
    }

    private static (TimeSpan? Limit, string? Problem) ReadTimeout(string? text)
    {
        if (text is null)
            return (null, null);
        return Durations.TryParse(text, out var limit) && limit > TimeSpan.Zero && limit <= LongestTimeout
            ? (limit, null)
            : (null, $"--timeout is '{text}'. Write a time such as 30s, 5m or PT1H, at most {LongestTimeout.Days} days.");
    }
}
