using System.CommandLine;
using System.CommandLine.Parsing;
using Millrace.Cli.Output;
using Millrace.Core.Values;

namespace Millrace.Cli;

/// <summary>What is said about a command line that is none: one sentence, a guess at what was meant, and where to read on.</summary>
internal static class UsageErrors
{
    public static int Report(ParseResult parsed, Terminal terminal)
    {
        var command = parsed.CommandResult.Command;
        terminal.Fail(Sentence(parsed, command));
        terminal.Error.WriteLine($"See '{Path(parsed.CommandResult)} --help'.");
        return ExitCode.Invalid;
    }

    /// <summary>An argument that looks like an option is a misspelt option.</summary>
    public static Argument<T> RefusingOptions<T>(this Argument<T> argument)
    {
        argument.Validators.Add(result =>
        {
            if (result.Tokens.FirstOrDefault(token => token.Value.Length > 1 && token.Value[0] == '-') is { } token)
                result.AddError(NoSuchOption(token.Value, (result.Parent as CommandResult)?.Command));
        });
        return argument;
    }

    private static string Sentence(ParseResult parsed, Command command)
    {
        var own = parsed.Errors.Select(error => error.Message).FirstOrDefault(message => message.Contains("is no option", StringComparison.Ordinal));
        if (own is not null)
            return own;
        if (parsed.UnmatchedTokens is [var unknown, ..])
        {
            if (unknown.StartsWith('-'))
                return NoSuchOption(unknown, command);
            return command.Subcommands.Count > 0
                ? $"'{unknown}' is no command{ClosestName.Hint(unknown, command.Subcommands.Select(sub => sub.Name))}{EndOf(unknown, command.Subcommands.Select(sub => sub.Name))}"
                : $"'{unknown}' is one argument too many for '{command.Name}'.";
        }
        return parsed.CommandResult.Command is RootCommand ? "Say what to do, such as 'millrace run flow.json'." : parsed.Errors[0].Message;
    }

    private static string NoSuchOption(string text, Command? command)
    {
        var name = text.Split('=')[0];
        var known = (command?.Options ?? []).SelectMany(option => option.Aliases.Prepend(option.Name)).Where(alias => alias.StartsWith("--", StringComparison.Ordinal)).ToList();
        return $"'{name}' is no option{ClosestName.Hint(name, known)}{EndOf(name, known)}";
    }

    private static string EndOf(string name, IEnumerable<string> known) => ClosestName.Find(name, known) is null ? "." : "";

    private static string Path(CommandResult result) => result.Parent is CommandResult parent ? $"{Path(parent)} {result.Command.Name}" : "millrace";
}
