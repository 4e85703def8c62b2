using System.CommandLine;
using Millrace.Cli.Output;

namespace Millrace.Cli.Remote;

/// <summary><c>millrace status</c>: how one execution stands.</summary>
internal static class StatusCommand
{
    public static Command Create(Terminal terminal)
    {
        var id = ExecutionArgument.Create();
        var json = new Option<bool>("--json") { Description = "Print the execution as JSON, as in the API" };
        var command = new NotedCommand("status", "Show the status of an execution on a server", ExitCode.Help) { id, json };
        ServerOptions.AddTo(command, terminal, async (parsed, client, cancellation) =>
        {
            var answer = await client.GetAsync($"api/v1/executions/{Uri.EscapeDataString(parsed.GetRequiredValue(id))}", cancellation);
            if (answer.Body is not { } execution)
                return answer.ExitCode;
            if (parsed.GetValue(json))
            {
                terminal.Out.WriteLine(Json.Indent(execution));
                return ExitCode.Completed;
            }
            ExecutionRows.Write(terminal, [execution]);
            if (ShownEvent.TextOf(execution["error"]) is { } error)
                terminal.Out.WriteLine($"{Environment.NewLine}{error}");
            else if (!execution["result"].IsNull)
                terminal.Out.WriteLine(Environment.NewLine + Json.Indent(execution["result"]));
            return ExitCode.Completed;
        });
        return command;
    }
}

/// <summary>The argument that names an execution.</summary>
internal static class ExecutionArgument
{
    public static Argument<string> Create() =>
        new Argument<string>("ID") { Description = "The execution's id, as 'millrace list' shows it" }.RefusingOptions();
}
