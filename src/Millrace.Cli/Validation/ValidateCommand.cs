using System.CommandLine;
using System.Text.Json;
using Millrace.Cli.Completion;
using Millrace.Cli.Documents;
using Millrace.Cli.Output;
using Millrace.Cli.Running;
using Millrace.Core.Definitions;
using Millrace.Engine.Workflows;
using Millrace.Server.Configuration;
using Millrace.Server.Hosting;
using Millrace.Server.Http;
using Millrace.Server.Plugins;
using Millrace.Testing.Files;

namespace Millrace.Cli.Validation;

/// <summary><c>millrace validate</c>: everything that is wrong with workflow files, as a compiler would say it.</summary>
internal static class ValidateCommand
{
    public static Command Create(Terminal terminal)
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = "Workflows, JSON or YAML; '-' reads standard input",
            HelpName = "FILE",
            Arity = ArgumentArity.OneOrMore,
        }.RefusingOptions();
        files.CompletionSources.Add(FileCompletions.Workflows);
        var json = new Option<bool>("--json") { Description = "Print the problems as JSON" };
        var command = new NotedCommand("validate", "Check workflow files without running them", """
            Prints one line for each problem: file:line:column: error code: message

            Exit codes:
              0  every file is valid; there may be warnings
              2  a file has an error, or cannot be read
            """) { files, json };
        command.SetAction(parsed =>
        {
            List<FileCheck> checks;
            try
            {
                checks = Check(terminal, parsed.GetRequiredValue(files));
            }
            catch (PluginException e)
            {
                return terminal.Fail(e.Message);
            }
            if (parsed.GetValue(json))
                terminal.Out.WriteLine(Json.Write(writer => Write(writer, checks)));
            else
                Print(terminal, checks);
            return checks.TrueForAll(check => check.IsValid) ? ExitCode.Completed : ExitCode.Invalid;
        });
        return command;
    }

    private static List<FileCheck> Check(Terminal terminal, IEnumerable<string> paths)
    {
        using var nodes = new HostedNodes(
            new ServerSettings { Addresses = [], PluginsDirectory = LocalEngine.ReadSettings(terminal).PluginsDirectory },
            TimeProvider.System);
        var checks = new List<FileCheck>();
        foreach (var path in paths)
            checks.Add(WorkflowTestFile.IsOne(path) ? CheckTests(path, nodes) : CheckWorkflow(path, nodes));
        return checks;
    }

    private static FileCheck CheckWorkflow(string path, HostedNodes nodes)
    {
        var (file, problem) = WorkflowFile.Read(path);
        var analysis = file is null ? null : Analysis.Of(file.Content, file.Format, nodes.Types);
        return new FileCheck(
            file?.Name ?? path,
            analysis?.Graph is { } graph ? Count(graph.Nodes.Length, "node") : null,
            analysis?.Problems ?? [new Problem("", "unreadable_file", problem!)]);
    }

    // Files of tests lie beside their workflows, and a pattern such as *.yaml names both.
    private static FileCheck CheckTests(string path, HostedNodes nodes)
    {
        var file = WorkflowTestFile.Read(path, nodes.Plugins);
        var isValid = file.Problems.All(problem => problem.Severity != Severity.Error);
        return new FileCheck(path, isValid ? Count(file.Cases.Length, "test") : null, file.Problems);
    }

    private static void Print(Terminal terminal, List<FileCheck> checks)
    {
        foreach (var check in checks)
        {
            ProblemLines.Write(terminal.Out, terminal.RichOut, check.File, check.Problems);
            if (check.IsValid)
                terminal.Out.WriteLine($"{check.File}: valid, {check.Holds}");
        }
        var errors = checks.Sum(check => check.Of(Severity.Error).Count());
        if (errors > 0)
            terminal.Error.WriteLine($"{Count(errors, "error")} in {Count(checks.Count(check => !check.IsValid), "file")}");
    }

    private static void Write(Utf8JsonWriter writer, List<FileCheck> checks)
    {
        writer.WriteStartArray();
        foreach (var check in checks)
        {
            writer.WriteStartObject();
            writer.WriteString("file", check.File);
            writer.WriteBoolean("valid", check.IsValid);
            ProblemJson.WriteAll(writer, "errors", check.Of(Severity.Error));
            ProblemJson.WriteAll(writer, "warnings", check.Of(Severity.Warning));
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static string Count(int number, string what) => number == 1 ? $"1 {what}" : $"{number} {what}s";

    private sealed record FileCheck(string File, string? Holds, IReadOnlyList<Problem> Problems)
    {
        public bool IsValid => Holds is not null;

        public IEnumerable<Problem> Of(Severity severity) => Problems.Where(problem => problem.Severity == severity);
    }
}
