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

    /// <summary>Adds an error for each token that is none of the known words.</summary>
    public static void CheckOneOf(SymbolResult result, string what, string[] known)
    {
        foreach (var token in result.Tokens.Where(token => !known.Contains(token.Value, StringComparer.Ordinal)))
            result.AddError($"'{token.Value}' cannot be {what}; use {string.Join(", ", known[..^1])} or {known[^1]}.");
    }

    private static string Sentence(ParseResult parsed, Command command)
    {
        var own = parsed.Errors.Select(error => error.Message)
            .FirstOrDefault(message => message.Contains("is not an option", StringComparison.Ordinal));
        if (own is not null)
            return own;
        if (parsed.UnmatchedTokens is [var unknown, ..])
        {
            if (unknown.StartsWith('-'))
                return NoSuchOption(unknown, command);
            return command.Subcommands.Count > 0
                ? $"'{unknown}' is not a command{ClosestName.Hint(unknown, command.Subcommands.Select(sub => sub.Name))}{EndOf(unknown, command.Subcommands.Select(sub => sub.Name))}"
                : $"'{unknown}' is one argument too many for '{command.Name}'.";
        }
        if (parsed.Errors[0].SymbolResult is OptionResult { Tokens.Count: 0, Option: var option })
            return $"'{option.Name}' needs {option.HelpName ?? "a value"}: {Uncapitalized(option.Description)}.";
        var missing = command.Arguments.FirstOrDefault(
            argument => argument.Arity.MinimumNumberOfValues > 0 && parsed.GetResult(argument) is null or { Tokens.Count: 0 });
        return missing is not null && parsed.Errors.All(error => error.SymbolResult is ArgumentResult or CommandResult)
            ? $"'{command.Name}' needs {missing.Name}: {Uncapitalized(missing.Description)}."
            : parsed.Errors[0].Message;
    }

    private static string Uncapitalized(string? text) => string.IsNullOrEmpty(text) ? "" : char.ToLowerInvariant(text[0]) + text[1..];

    private static string NoSuchOption(string text, Command? command)
    {
        var name = text.Split('=')[0];
        var known = (command?.Options ?? [])
            .SelectMany(option => option.Aliases.Prepend(option.Name))
            .Where(alias => alias.StartsWith("--", StringComparison.Ordinal))
            .ToList();
        return $"'{name}' is not an option{ClosestName.Hint(name, known)}{EndOf(name, known)}";
    }

    private static string EndOf(string name, IEnumerable<string> known) => ClosestName.Find(name, known) is null ? "." : "";

    private static string Path(CommandResult result) =>
        result.Parent is CommandResult parent ? $"{Path(parent)} {result.Command.Name}" : "millrace";
}
