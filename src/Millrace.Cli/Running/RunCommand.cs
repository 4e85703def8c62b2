using System.CommandLine;
using Millrace.Cli.Completion;
using Millrace.Cli.Output;

namespace Millrace.Cli.Running;

/// <summary><c>millrace run</c>: one workflow, here and now.</summary>
internal static class RunCommand
{
    public static Command Create(Terminal terminal)
    {
        var file = new Argument<string>("FILE")
        {
            Description = "The workflow, JSON or YAML; '-' reads standard input",
            HelpName = "FILE",
        }.RefusingOptions();
        file.CompletionSources.Add(FileCompletions.Workflows);
        var start = new StartOptions();
        var timeout = new Option<string?>("--timeout")
        {
            Description = "Cancel after this time, such as 30s, 5m or PT1H",
            HelpName = "TIME",
        };
        var json = new Option<bool>("--json") { Description = "Print the execution as JSON, as in the API" };
        var events = new Option<bool>("--json=events") { Description = "Print every event as it happens, one line of JSON each" };
        var command = new NotedCommand("run", "Run a workflow locally, without a server", $$"""
            The result goes to standard output, progress to standard error. Nothing is stored. Ctrl-C cancels;
            a second Ctrl-C ends at once.

            Examples:
              millrace run flow.json --input '{"name": "Ada"}'
              millrace run flow.yaml --input @input.json --var limit=10 --timeout 5m
              millrace run flow.json --json | jq .status

            {{ExitCode.Help}}
            """) { file, start.Input, start.Inputs, start.Variables, timeout, json, events };
        command.SetAction(async (parsed, cancellation) =>
        {
            var (given, problem) = start.Read(parsed);
            var (limit, wrongLimit) = TimeoutOption.Read(parsed.GetValue(timeout));
            if ((problem ?? wrongLimit) is { } sentence)
                return terminal.Fail(sentence, ExitCode.Invalid);
            var output = parsed.GetValue(events) ? RunOutput.Events : parsed.GetValue(json) ? RunOutput.Execution : RunOutput.Result;
            using var interruption = new Interruption(terminal, cancellation);
            return await new LocalRun(terminal, output).RunAsync(parsed.GetRequiredValue(file), given, limit, interruption.Token);
        });
        return command;
    }
}
