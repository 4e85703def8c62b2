using System.CommandLine;
using Millrace.Cli.Output;
using Millrace.Core.Values;

namespace Millrace.Cli.Remote;

/// <summary><c>millrace cancel</c>: ends an execution on a server.</summary>
internal static class CancelCommand
{
    public static Command Create(Terminal terminal)
    {
        var id = ExecutionArgument.Create();
        var reason = new Option<string?>("--reason") { Description = "Why, for the record", HelpName = "TEXT" };
        var command = new NotedCommand("cancel", "Cancel an execution on a server", ExitCode.Help) { id, reason };
        ServerOptions.AddTo(command, terminal, async (parsed, client, cancellation) =>
        {
            var execution = parsed.GetRequiredValue(id);
            var body = new MapBuilder();
            if (parsed.GetValue(reason) is { } why)
                body.Set("reason", why);
            var answer = await client.PostAsync($"api/v1/executions/{Uri.EscapeDataString(execution)}/cancel", body.Build(), cancellation);
            if (answer.Body is null)
                return answer.ExitCode;
            terminal.Out.WriteLine($"Execution {execution} is being cancelled.");
            return ExitCode.Completed;
        });
        return command;
    }
}
