using System.CommandLine;
using System.Globalization;
using Millrace.Cli.Output;
using Millrace.Core.Executions;

namespace Millrace.Cli.Remote;

/// <summary><c>millrace list</c>: what a server runs and ran.</summary>
internal static class ListCommand
{
    private const int MaxListed = 200;

    public static Command Create(Terminal terminal)
    {
        var workflow = new Option<string?>("--workflow", "-w") { Description = "Only executions of this workflow", HelpName = "ID" };
        var status = new Option<string[]>("--status")
        {
            Description = "Only executions with this status. May be repeated",
            HelpName = "STATUS",
        };
        string[] statuses = [.. Enum.GetValues<ExecutionStatus>().Select(known => known.Name())];
        status.CompletionSources.Add(statuses);
        status.Validators.Add(result => UsageErrors.CheckOneOf(result, "--status", statuses));
        var limit = new Option<int>("--limit", "-n")
        {
            Description = $"The maximum number to list, up to {MaxListed}; the newest come first",
            DefaultValueFactory = _ => 20,
            HelpName = "NUMBER",
        };
        limit.Validators.Add(result =>
        {
            if (result.Tokens is [var token]
                && !(
                    int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                        && number is >= 1 and <= MaxListed))
                result.AddError($"--limit is '{token.Value}'. Write a number from 1 to {MaxListed}.");
        });
        var json = new Option<bool>("--json") { Description = "Print the executions as JSON, as in the API" };
        var command = new NotedCommand(
            "list", "List executions on a server, the newest first", ExitCode.Help) { workflow, status, limit, json };
        ServerOptions.AddTo(command, terminal, async (parsed, client, cancellation) =>
        {
            var query = $"limit={parsed.GetValue(limit)}";
            if (parsed.GetValue(workflow) is { } id)
                query += $"&workflow_id={Uri.EscapeDataString(id)}";
            if (parsed.GetValue(status) is { Length: > 0 } wanted)
                query += $"&status={string.Join(',', wanted)}";
            var answer = await client.GetAsync($"api/v1/executions?{query}", cancellation);
            if (answer.Body is not { } executions)
                return answer.ExitCode;
            if (parsed.GetValue(json))
                terminal.Out.WriteLine(Json.Indent(executions));
            else if (executions.AsList() is { Count: > 0 } found)
                ExecutionRows.Write(terminal, [.. found]);
            else
                terminal.Error.WriteLine("There are no such executions.");
            return ExitCode.Completed;
        });
        return command;
    }
}
