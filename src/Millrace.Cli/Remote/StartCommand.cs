using System.CommandLine;
using Millrace.Cli.Documents;
using Millrace.Cli.Output;
using Millrace.Core.Values;

namespace Millrace.Cli.Remote;

/// <summary><c>millrace start</c>: starts a workflow on a server, and prints the execution's id.</summary>
internal static class StartCommand
{
    public static Command Create(Terminal terminal)
    {
        var workflow = new Argument<string>("WORKFLOW") { Description = "The workflow's id on the server" }.RefusingOptions();
        var input = new Option<string?>("--input", "-i")
        {
            Description = "The input: JSON, or @ and the name of a file with JSON",
            HelpName = "JSON|@FILE",
        };
        var inputs = new Option<string?>("--inputs")
        {
            Description = "Values for single nodes, as an object by node id",
            HelpName = "JSON|@FILE",
        };
        var variables = new Option<string[]>("--var")
        {
            Description = "A variable; the value is parsed as JSON if possible, otherwise it is text. May be repeated",
            HelpName = "NAME=VALUE",
        };
        var json = new Option<bool>("--json") { Description = "Print the execution as JSON, as in the API" };
        var command = new NotedCommand("start", "Start a workflow on a server", $$"""
            Prints the id of the execution. To follow it:
              millrace logs -f "$(millrace start greeting --input '{"name": "Ada"}')"

            {{ExitCode.Help}}
            """) { workflow, input, inputs, variables, json };
        ServerOptions.AddTo(command, terminal, async (parsed, client, cancellation) =>
        {
            var (body, problem) = ReadBody(parsed.GetValue(input), parsed.GetValue(inputs), parsed.GetValue(variables) ?? []);
            if (problem is not null)
                return terminal.Fail(problem, ExitCode.Invalid);
            var answer = await client.PostAsync(
                $"api/v1/workflows/{Uri.EscapeDataString(parsed.GetRequiredValue(workflow))}/execute", body, cancellation);
            if (answer.Body is not { } execution)
                return answer.ExitCode;
            terminal.Out.WriteLine(parsed.GetValue(json) ? Json.Indent(execution) : ShownEvent.TextOf(execution["id"]));
            return ExitCode.Completed;
        });
        return command;
    }

    private static (MapValue Body, string? Problem) ReadBody(string? inputText, string? inputsText, string[] pairs)
    {
        var (input, wrongInput) = JsonArgument.Read("--input", inputText);
        var (inputs, wrongInputs) = JsonArgument.ReadMap("--inputs", inputsText);
        var (variables, wrongVariables) = JsonArgument.ReadPairs("--var", pairs);
        return (MapValue.Of(("input", input), ("inputs", inputs), ("variables", variables)), wrongInput ?? wrongInputs ?? wrongVariables);
    }
}
