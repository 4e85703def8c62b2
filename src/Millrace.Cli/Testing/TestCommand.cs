using System.CommandLine;
using Millrace.Cli.Completion;
using Millrace.Cli.Output;
using Millrace.Cli.Running;
using Millrace.Engine.Nodes;
using Millrace.Nodes;
using Millrace.Nodes.Http;
using Millrace.Nodes.Integration;
using Millrace.Server.Plugins;

namespace Millrace.Cli.Testing;

/// <summary><c>millrace test</c>: the tests that lie beside workflows.</summary>
internal static class TestCommand
{
    public static Command Create(Terminal terminal)
    {
        var paths = new Argument<string[]>("PATH")
        {
            Description = "Test files, and folders to search for them; by default, the current folder",
            HelpName = "PATH",
            Arity = ArgumentArity.ZeroOrMore,
        }.RefusingOptions();
        paths.CompletionSources.Add(FileCompletions.Workflows);
        var filter = new Option<string?>("--filter")
        {
            Description = "Only cases with this text in their name or file name, ignoring case",
            HelpName = "TEXT",
        };
        var json = new Option<bool>("--json") { Description = "Print the result of each case as JSON" };
        var junit = new Option<string?>("--junit") { Description = "Also write a report in JUnit's form", HelpName = "FILE" };
        var command = new NotedCommand("test", "Run the tests of workflows", """
            Finds NAME.tests.yaml (or .yml, .json) beside NAME.yaml, and runs each case in virtual time, with its fakes. No
            service is called that a case does not allow.

            Examples:
              millrace test
              millrace test flows/order.tests.yaml --filter refund
              millrace test flows --junit results.xml

            Exit codes:
              0  every case passed
              1  a case failed
              2  there are no cases, or a file or the command line is invalid
            """) { paths, filter, json, junit };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var interruption = new Interruption(terminal, cancellation);
            var asked = new TestRequest(
                parsed.GetValue(paths) is { Length: > 0 } given ? given : ["."],
                parsed.GetValue(filter),
                parsed.GetValue(json),
                parsed.GetValue(junit));
            return await RunAsync(terminal, asked, interruption.Token);
        });
        return command;
    }

    private static async Task<int> RunAsync(Terminal terminal, TestRequest asked, CancellationToken interruption)
    {
        try
        {
            if (TestFiles.Find(asked.Paths, out var problem) is not { } files)
                return terminal.Fail(problem!, ExitCode.Invalid);
            var run = await new TestRun(asked.Filter).RunAsync(files, PluginTypes(terminal), interruption);
            if (asked.Junit is { } path)
                JUnitReport.Write(path, run);
            return asked.AsJson ? TestOutput.WriteJson(terminal, run) : TestOutput.Write(terminal, run);
        }
        catch (OperationCanceledException) when (interruption.IsCancellationRequested)
        {
            return terminal.Fail("Interrupted at the terminal.", ExitCode.Cancelled);
        }
        catch (PluginException e)
        {
            return terminal.Fail(e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return terminal.Fail($"The tests could not be run: {e.Message}");
        }
    }

    // The server's, so that a workflow finds here what it will find there.
    private static NodeType[] PluginTypes(Terminal terminal)
    {
        if (LocalEngine.ReadSettings(terminal).PluginsDirectory is not { } directory)
            return [];
        using var http = new OutgoingHttp(AddressGuard.PublicOnly);
        return [
            .. PluginLoader.Load(
                directory,
                BuiltInNodes.All(http, new Nodes.Ai.ModelSettings().CreateProviders(TimeProvider.System), new FileStorage(directory))),
        ];
    }

    private sealed record TestRequest(string[] Paths, string? Filter, bool AsJson, string? Junit);
}
