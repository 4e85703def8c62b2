using System.CommandLine;
using Millrace.Cli.Output;

namespace Millrace.Cli.Completion;

/// <summary><c>millrace completion</c>: the script that teaches a shell to complete this command.</summary>
internal static class CompletionCommand
{
    private static readonly string[] Shells = ["bash", "zsh", "fish", "pwsh"];

    public static Command Create(Terminal terminal)
    {
        var shell = new Argument<string>("SHELL") { Description = string.Join(", ", Shells), HelpName = "SHELL" }.RefusingOptions();
        shell.CompletionSources.Add(Shells);
        shell.Validators.Add(result => UsageErrors.CheckOneOf(result, "the shell", Shells));
        var command = new NotedCommand("completion", "Print a script that completes this command in a shell", """
            To have it in every new shell:
              bash:  echo 'source <(millrace completion bash)' >> ~/.bashrc
              zsh:   echo 'source <(millrace completion zsh)' >> ~/.zshrc
              fish:  millrace completion fish > ~/.config/fish/completions/millrace.fish
              pwsh:  'millrace completion pwsh | Out-String | Invoke-Expression' >> $PROFILE
            """) { shell };
        command.SetAction(parsed =>
        {
            terminal.Out.Write(Script(parsed.GetRequiredValue(shell)));
            return ExitCode.Completed;
        });
        return command;
    }

    // Shells read line feeds everywhere, and some of them nothing else.
    private static string Script(string shell)
    {
        using var stream = typeof(CompletionCommand).Assembly.GetManifestResourceStream($"millrace.{shell}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
