using System.CommandLine;
using Millrace.Cli.Output;
using Millrace.Core.Values;

namespace Millrace.Cli.Remote;

/// <summary><c>millrace logs</c>: what happened in an execution, and what happens.</summary>
internal static class LogsCommand
{
    public static Command Create(Terminal terminal)
    {
        var id = ExecutionArgument.Create();
        var follow = new Option<bool>("--follow", "-f")
        {
            Description = "Continue until the execution ends; a lost connection is restored",
        };
        var json = new Option<bool>("--json") { Description = "Print one line of JSON for each event" };
        var command = new NotedCommand("logs", "Show the events and log lines of an execution on a server", """
            Exit codes:
              0  everything was shown, whatever the status of the execution
              1  the server does not answer, or the execution does not exist
              2  the command line is invalid
            """) { id, follow, json };
        ServerOptions.AddTo(command, terminal, async (parsed, client, cancellation) =>
        {
            var execution = Uri.EscapeDataString(parsed.GetRequiredValue(id));
            Action<ShownEvent> show = parsed.GetValue(json)
                ? e => terminal.Out.WriteLine(e.Json)
                : e => EventLines.Write(terminal, toError: false, e);
            return parsed.GetValue(follow)
                ? await new EventFollower(client, terminal, TimeProvider.System).FollowAsync(execution, show, cancellation)
                : await ShowAsync(client, execution, show, cancellation);
        });
        return command;
    }

    private static async Task<int> ShowAsync(ServerClient client, string execution, Action<ShownEvent> show, CancellationToken cancellation)
    {
        var after = "0";
        while (true)
        {
            var answer = await client.GetAsync($"api/v1/executions/{execution}/journal?after={after}", cancellation);
            if (answer.Body is not { } events)
                return answer.ExitCode;
            foreach (var e in events.AsList())
                show(ShownEvent.Parse(e.ToUtf8()));
            if (answer.NextCursor is not { } next)
                return ExitCode.Completed;
            after = next;
        }
    }
}
