using System.CommandLine;
using System.CommandLine.Invocation;
using Millrace.Cli.Completion;
using Millrace.Cli.CrashTesting;
using Millrace.Cli.Output;
using Millrace.Cli.Remote;
using Millrace.Cli.Running;
using Millrace.Cli.Serving;
using Millrace.Cli.Testing;
using Millrace.Cli.Validation;

namespace Millrace.Cli;

/// <summary>The whole command line.</summary>
internal static class MillraceCommand
{
    /// <summary>Runs one command line and answers its exit code. Whatever goes wrong is a sentence on standard error.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, Terminal terminal)
    {
        // '@file' is an argument of ours, not a file of further arguments.
        var parsed = Create(terminal).Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Action is ParseErrorAction)
            return UsageErrors.Report(parsed, terminal);
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                Output = terminal.Out,
                Error = terminal.Error,
                EnableDefaultExceptionHandler = false,
                // Each command knows itself what an interruption means to it.
                ProcessTerminationTimeout = null,
            });
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return terminal.Fail($"Unexpected error ({e.GetType().Name}): {e.Message} Please report it with the command that you ran.");
        }
    }

    private static RootCommand Create(Terminal terminal)
    {
        var root = new RootCommand("Millrace runs workflows: locally, or on a server that survives any crash.")
        {
            RunCommand.Create(terminal),
            ValidateCommand.Create(terminal),
            TestCommand.Create(terminal),
            CrashTestCommand.Create(terminal),
            ServeCommand.Create(),
            StartCommand.Create(terminal),
            ListCommand.Create(terminal),
            StatusCommand.Create(terminal),
            LogsCommand.Create(terminal),
            CancelCommand.Create(terminal),
            CompletionCommand.Create(terminal),
        };
        var help = NotedHelp.AddTo(root, """
            Try:
              millrace validate flow.json
              millrace run flow.json --input '{"name": "Ada"}'
              millrace serve
            """);
        // Somebody who says nothing wants to know what there is; a script that says nothing is wrong.
        root.SetAction(parsed =>
        {
            help.Invoke(parsed);
            return ExitCode.Invalid;
        });
        return root;
    }
}
