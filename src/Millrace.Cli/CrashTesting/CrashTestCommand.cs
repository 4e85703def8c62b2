using System.CommandLine;
using System.Globalization;
using Millrace.Cli.Completion;
using Millrace.Cli.Documents;
using Millrace.Cli.Output;
using Millrace.Cli.Running;
using Millrace.Core.Definitions;
using Millrace.Engine.Storage;
using Millrace.Engine.Workflows;
using Millrace.Server.Hosting;
using Millrace.Server.Plugins;

namespace Millrace.Cli.CrashTesting;

/// <summary><c>millrace drill</c>: what a crash would do to a workflow.</summary>
internal static class CrashTestCommand
{
    private const int UsualCrashes = 200;
    private static readonly TimeSpan UsualTimeout = TimeSpan.FromSeconds(30);

    public static Command Create(Terminal terminal)
    {
        var file = new Argument<string>("FILE")
        {
            Description = "The workflow, JSON or YAML; '-' reads standard input",
            HelpName = "FILE",
        }.RefusingOptions();
        file.CompletionSources.Add(FileCompletions.Workflows);
        var start = new StartOptions();
        var outputs = new Option<string?>("--outputs")
        {
            Description = "The outputs of nodes, instead of real effects, as an object by node id",
            HelpName = "JSON|@FILE",
        };
        var answers = new Option<string?>("--answers")
        {
            Description = "The answers of people, signals and callbacks, as an object by node id",
            HelpName = "JSON|@FILE",
        };
        var live = new Option<bool>("--live") { Description = "Run effects for real, as often as the drill runs them" };
        var crashes = new Option<int>("--crashes")
        {
            Description = "The maximum number of crashes",
            DefaultValueFactory = _ => UsualCrashes,
            HelpName = "NUMBER",
        };
        var timeout = new Option<string?>("--timeout")
        {
            Description = $"How long one run may take; by default {UsualTimeout.TotalSeconds} s",
            HelpName = "TIME",
        };
        var json = new Option<bool>("--json") { Description = "Print the report as JSON" };
        crashes.Validators.Add(result =>
        {
            if (result.Tokens is [var token]
                && !(int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0))
                result.AddError($"--crashes is '{token.Value}'. Write a number from 1.");
        });
        var command = new NotedCommand("drill", "Crash a workflow at every commit, and report what runs twice", """
            Runs the workflow once undisturbed, and then once for each commit with a crash at its worst moment, and resumes from the
            store. Effects are only recorded: set their outputs with --outputs. Language models use the model 'mock'. Waits end at
            once: approvals are approved, forms are filled in from their schemas, or as --answers says.

            Examples:
              millrace drill order.yaml --input '{"amount": 5}'
              millrace drill order.yaml --input @input.json --outputs '{"charge": {"status": 200, "body": {"id": 7}}}'

            Exit codes:
              0  every step that can run twice may do so
              1  a step is unsafe, or the workflow ends differently after a crash
              2  the document, the input or the command line is invalid
            """) { file, start.Input, start.Inputs, start.Variables, outputs, answers, live, crashes, timeout, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            var (given, wrongStart) = start.Read(parsed);
            var (pinned, wrongOutputs) = JsonArgument.ReadMap("--outputs", parsed.GetValue(outputs));
            var (answered, wrongAnswers) = JsonArgument.ReadMap("--answers", parsed.GetValue(answers));
            var (limit, wrongLimit) = TimeoutOption.Read(parsed.GetValue(timeout));
            var (document, wrongFile) = WorkflowFile.Read(parsed.GetRequiredValue(file));
            if ((wrongStart ?? wrongOutputs ?? wrongAnswers ?? wrongLimit ?? wrongFile) is { } sentence)
                return terminal.Fail(sentence, ExitCode.Invalid);
            var setup = new CrashTestSetup
            {
                File = document!,
                Start = given,
                Settings = LocalEngine.ReadSettings(terminal),
                Outputs = pinned,
                Answers = answered,
                IsLive = parsed.GetValue(live),
                Timeout = limit ?? UsualTimeout,
                MaxCrashes = parsed.GetValue(crashes),
            };
            using var interruption = new Interruption(terminal, cancellation);
            return await RunAsync(terminal, setup, parsed.GetValue(json), interruption.Token);
        });
        return command;
    }

    private static async Task<int> RunAsync(Terminal terminal, CrashTestSetup setup, bool asJson, CancellationToken interruption)
    {
        try
        {
            if (Check(terminal, setup) is { } problem)
                return terminal.Fail(problem, ExitCode.Invalid);
            var report = await new CrashTest(setup).RunAsync(interruption);
            if (asJson)
                terminal.Out.WriteLine(CrashTestOutput.ToJson(setup.File.Name, report));
            else
                CrashTestOutput.Write(terminal, setup.File.Name, report);
            return report.IsSafe ? ExitCode.Completed : ExitCode.Failed;
        }
        catch (CrashTestException e)
        {
            return terminal.Fail(e.Message, ExitCode.Invalid);
        }
        catch (OperationCanceledException) when (interruption.IsCancellationRequested)
        {
            return terminal.Fail("Interrupted at the terminal.", ExitCode.Cancelled);
        }
        catch (PluginException e)
        {
            return terminal.Fail(e.Message);
        }
        catch (Exception e) when (e is StoreException or IOException or UnauthorizedAccessException)
        {
            return terminal.Fail($"The drill cannot store its journals in '{Path.GetTempPath()}': {e.Message}");
        }
    }

    // Null: it can be drilled.
    private static string? Check(Terminal terminal, CrashTestSetup setup)
    {
        using var nodes = new HostedNodes(setup.Settings, TimeProvider.System);
        var analysis = Analysis.Of(setup.File.Content, setup.File.Format, nodes.Types);
        ProblemLines.Write(
            terminal.Error,
            terminal.RichError,
            setup.File.Name,
            [.. analysis.Problems.Where(problem => problem.Severity == Severity.Error)]);
        return analysis.Graph is null ? $"'{setup.File.Name}' cannot be run. Correct it and try again." : null;
    }
}
