using System.CommandLine;
using Millrace.Server.Configuration;
using Millrace.Server.Hosting;

namespace Millrace.Cli.Serving;

/// <summary><c>millrace serve</c>: the server, with its own settings as options.</summary>
internal static class ServeCommand
{
    private static readonly Dictionary<string, string> Descriptions = new(StringComparer.Ordinal)
    {
        ["urls"] = "Where to listen, such as http://127.0.0.1:8001",
        ["host"] = "The address to listen on; 0.0.0.0 is all of them",
        ["port"] = "The port to listen on; by default 8001",
        ["public-url"] = "The server's address as seen from outside, for links",
        ["data"] = "The directory of all durable data; by default .millrace",
        ["database-path"] = "The SQLite file, if it is not in the data directory",
        ["jwt-secret"] = "The key of access tokens; better set as JWT_SECRET in the environment",
        ["cors-origins"] = "Origins of web pages that may call, separated by commas",
        ["log-level"] = "trace, debug, info, warning, error, critical or none",
        ["log-format"] = "text or json",
        ["http-allowed-networks"] = "Private networks that workflows may call, such as 10.0.0.0/8",
        ["samples"] = "A directory of workflows to load into an empty server",
    };

    public static Command Create()
    {
        var command = new NotedCommand("serve", "Run the server until it is stopped", """
            Every option can also be set in .env, appsettings.json or the environment, in capitals: --log-level is LOG_LEVEL.
            Ctrl-C stops the server; running executions resume at the next start.

            Exit codes:
              0  the server was stopped
              1  the server could not start; standard error says why
            """);
        var options = SettingNames.Options.Select(ToOption).ToList();
        foreach (var option in options)
            command.Add(option);
        command.SetAction(parsed => ServerProgram.RunAsync(
            [.. options.Where(option => parsed.GetValue(option) is not null).Select(option => $"{option.Name}={parsed.GetValue(option)}")]));
        return command;
    }

    // Settings that only matter in files and environments are understood too, but would crowd the help.
    private static Option<string?> ToOption(string name) => new("--" + name)
    {
        Description = Descriptions.GetValueOrDefault(name),
        Hidden = !Descriptions.ContainsKey(name),
        HelpName = "VALUE",
    };
}
