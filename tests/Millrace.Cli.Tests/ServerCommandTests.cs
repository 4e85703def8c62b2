using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Millrace.Cli.Output;

namespace Millrace.Cli.Tests;

/// <summary>The commands that talk to a server, against a real one.</summary>
public sealed class ServerCommandTests(ServedServer server) : IClassFixture<ServedServer>
{
    [Fact]
    public async Task A_started_execution_is_followed_to_its_end()
    {
        var id = await StartAsync("briefly", "--input", """{"name": "Ada"}""");
        var result = await CommandResult.RunAsync(["logs", "-f", id, "--server", server.Url]);

        Assert.True(result.ExitCode == 0, result.ToString());
        var lines = result.Out.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.EndsWith("started", lines[0]);
        Assert.Contains(lines, line => line.Contains("say") && line.EndsWith("info: Hello Ada"));
        Assert.EndsWith("completed", lines[^1]);
    }

    [Fact]
    public async Task Without_following_the_events_so_far_are_shown()
    {
        var id = await StartAsync("waits");
        var followed = await FirstLinesAsync(["logs", "-f", id, "--json"], line => line.Contains("workflow_waiting"));
        var result = await OnServerAsync("logs", id, "--json");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(followed, result.Out.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Status_shows_the_result()
    {
        var id = await StartAsync("route", "--input", """{"value": 42}""");
        await OnServerAsync("logs", "-f", id);
        var result = await OnServerAsync("status", id);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains($"{id}\troute\tcompleted\t100%", result.Out);
        Assert.Contains("\"size\": \"big\"", result.Out);
    }

    [Fact]
    public async Task The_list_is_filtered()
    {
        var failed = await StartAsync("fails");
        await OnServerAsync("logs", "-f", failed);
        var result = await OnServerAsync("list", "--workflow", "fails", "--status", "failed", "--limit", "1", "--json");

        Assert.Equal(0, result.ExitCode);
        var execution = Assert.Single(JsonSerializer.Deserialize<JsonElement>(result.Out).EnumerateArray());
        Assert.Equal(failed, execution.GetProperty("id").GetString());
    }

    [Fact]
    public async Task A_cancelled_execution_ends_and_cannot_be_cancelled_again()
    {
        var id = await StartAsync("waits");
        var first = await OnServerAsync("cancel", id, "--reason", "Not today.");
        var log = await OnServerAsync("logs", "-f", id);
        var second = await OnServerAsync("cancel", id);

        Assert.Equal(0, first.ExitCode);
        Assert.EndsWith($"cancelled: Not today.{Environment.NewLine}", log.Out);
        Assert.Equal(1, second.ExitCode);
        Assert.Contains("can no longer be cancelled", second.Error);
    }

    [Theory]
    [InlineData("status", "nope")]
    [InlineData("logs", "nope")]
    [InlineData("logs", "-f", "nope")]
    [InlineData("cancel", "nope")]
    [InlineData("start", "nope")]
    public async Task What_the_server_does_not_have_is_named(params string[] command)
    {
        var result = await OnServerAsync(command);

        Assert.Equal(1, result.ExitCode);
        Assert.Matches("^error: There is no (execution|workflow) 'nope'\\.", result.Error);
    }

    [Theory]
    [InlineData("list")]
    [InlineData("logs", "-f", "x")]
    public async Task No_server_is_said_with_its_address_and_a_way_out(params string[] command)
    {
        var result = await CommandResult.RunHereAsync([.. command, "--server", "http://127.0.0.1:1"]);

        Assert.Equal(1, result.ExitCode);
        Assert.Equal(
            "error: No server answers at http://127.0.0.1:1/ (the connection was refused)."
            + " Start one with 'millrace serve', or name another with --server or MILLRACE_SERVER.",
            result.Error.TrimEnd());
    }

    [Fact]
    public async Task Something_else_that_answers_is_no_server()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answering = AnswerAsync(listener, "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\nConnection: close\r\n\r\nNope!");
        var result = await CommandResult.RunHereAsync("list", "--server", $"http://{listener.LocalEndpoint}");
        await answering;

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("is not a Millrace server (it answered 404 Not Found)", result.Error);
    }

    [Fact]
    public async Task A_second_server_over_the_same_data_says_so_and_the_first_ends_well()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals that a test could send to one process alone.");
        using var folder = new WorkFolder();
        using var first = CommandProcess.Start(["serve", "--urls", "http://127.0.0.1:0", "--data", folder.FullName]);
        while (await first.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line && !line.Contains("listens on"))
        {
        }
        var second = await CommandResult.RunAsync(["serve", "--urls", "http://127.0.0.1:0", "--data", folder.FullName]);
        await CommandProcess.TerminateAsync(first);
        await first.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal((0, ""), (first.ExitCode, await first.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)));
        Assert.Equal(1, second.ExitCode);
        Assert.Contains("Another Millrace process uses", second.Error);
    }

    private Task<CommandResult> OnServerAsync(params string[] arguments) =>
        CommandResult.RunHereAsync([.. arguments, "--server", server.Url]);

    private async Task<string> StartAsync(string workflow, params string[] options)
    {
        var result = await OnServerAsync(["start", workflow, .. options]);
        Assert.True(result.ExitCode == 0, result.ToString());
        return result.Out.TrimEnd();
    }

    // The lines up to one; following on is left behind.
    private async Task<List<string>> FirstLinesAsync(string[] arguments, Func<string, bool> isLast)
    {
        var lines = new LineWriter();
        var command = MillraceCommand.RunAsync([.. arguments, "--server", server.Url], new Terminal(lines, TextWriter.Null, false, false));
        var found = new List<string>();
        await foreach (var line in lines.Lines.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            found.Add(line);
            if (isLast(line))
                break;
        }
        Assert.False(command.IsCompleted);
        return found;
    }

    private static async Task AnswerAsync(TcpListener listener, string answer)
    {
        using var connection = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        var stream = connection.GetStream();
        Assert.NotEqual(0, await stream.ReadAsync(new byte[4096], TestContext.Current.CancellationToken));
        await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), TestContext.Current.CancellationToken);
    }
}

/// <summary>Following over the end of a server.</summary>
public sealed class ResumeTests
{
    [Fact]
    public async Task A_broken_stream_is_taken_up_where_it_broke()
    {
        var server = new ServedServer();
        await server.InitializeAsync();
        await using var _ = server;
        var started = await CommandResult.RunHereAsync("start", "briefly", "--input", """{"name": "Ada"}""", "--server", server.Url);
        var (output, error) = (new LineWriter(), new LineWriter());
        var following = MillraceCommand.RunAsync(
            ["logs", "-f", started.Out.Trim(), "--json", "--server", server.Url], new Terminal(output, error, false, false));
        var lines = new List<string>();
        do
            lines.Add(await output.Lines.ReadAsync(TestContext.Current.CancellationToken));
        while (!lines[^1].Contains("workflow_waiting"));

        await server.KillAsync();
        Assert.StartsWith("The connection was lost", await error.Lines.ReadAsync(TestContext.Current.CancellationToken));
        await server.StartAsync();

        Assert.Equal(0, await following);
        while (output.Lines.TryRead(out var line))
            lines.Add(line);
        Assert.Contains("workflow_completed", lines[^1]);
        Assert.Equal(
            Enumerable.Range(1, lines.Count),
            lines.Select(line => JsonSerializer.Deserialize<JsonElement>(line).GetProperty("seq").GetInt32()));
    }
}

/// <summary>A writer whose lines can be waited for.</summary>
internal sealed class LineWriter : TextWriter
{
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

    public ChannelReader<string> Lines => _lines.Reader;

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value)
    {
    }

    public override void WriteLine(string? value) => _lines.Writer.TryWrite(value ?? "");
}
