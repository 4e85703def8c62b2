using System.CommandLine;
using System.Net.Http.Headers;
using Millrace.Cli.Output;

namespace Millrace.Cli.Remote;

/// <summary>Which server a command talks to, and as whom.</summary>
internal sealed class ServerOptions
{
    private const string DefaultServer = "http://127.0.0.1:8001";

    private readonly Option<string?> _server = new("--server", "-s") { Description = $"The server's address; by default MILLRACE_SERVER, or {DefaultServer}", HelpName = "URL" };
    private readonly Option<string?> _token = new("--token") { Description = "An access token; by default MILLRACE_TOKEN", HelpName = "TOKEN" };

    /// <summary>Gives a command the options, and an action that talks to the server.</summary>
    public static void AddTo(Command command, Terminal terminal, Func<ParseResult, ServerClient, CancellationToken, Task<int>> action)
    {
        var options = new ServerOptions();
        command.Add(options._server);
        command.Add(options._token);
        command.SetAction(async (parsed, cancellation) =>
        {
            var address = parsed.GetValue(options._server) ?? NonEmpty("MILLRACE_SERVER") ?? DefaultServer;
            if (!Uri.TryCreate(address.TrimEnd('/') + "/", UriKind.Absolute, out var server) || server.Scheme is not ("http" or "https"))
                return terminal.Fail($"The server's address is '{address}'. Write one such as {DefaultServer}.", ExitCode.Invalid);
            using var http = Connect(server, parsed.GetValue(options._token) ?? NonEmpty("MILLRACE_TOKEN"));
            return await action(parsed, new ServerClient(http, terminal), cancellation);
        });
    }

    private static HttpClient Connect(Uri server, string? token)
    {
        var http = new HttpClient { BaseAddress = server, Timeout = TimeSpan.FromSeconds(30) };
        if (token is not null)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }

    private static string? NonEmpty(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? text : null;
}
