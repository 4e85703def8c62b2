using System.Diagnostics;

namespace Millrace.Cli.Tests;

/// <summary>Completion: what is offered, and the script that asks for it.</summary>
public sealed class CompletionTests : IDisposable
{
    private readonly WorkFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("millrace r", "run")]
    [InlineData("millrace run flow.json --inp", "--input")]
    [InlineData("millrace list --status canc", "cancelled")]
    [InlineData("millrace completion z", "zsh")]
    [InlineData("millrace serve --da", "--database-path")]
    [InlineData("millrace test --fil", "--filter")]
    public async Task Commands_options_and_values_are_offered(string line, string expected)
    {
        var result = await CommandResult.RunHereAsync($"[suggest:{line.Length}]", line);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains(expected, result.Out.Split(Environment.NewLine));
    }

    [Fact]
    public async Task Workflow_files_and_folders_are_offered()
    {
        _folder.Write("order.json", "{}");
        _folder.Write("order.txt", "");
        _folder.Write("orders/a.yaml", "");
        var line = $"millrace run {_folder.FullName}/ord";
        var result = await CommandResult.RunHereAsync($"[suggest:{line.Length}]", line);

        Assert.Equal(
            [$"{_folder.FullName}/order.json", $"{_folder.FullName}/orders/"],
            result.Out.Split(Environment.NewLine).Where(item => item.Contains("ord")).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("millrace valid", "validate")]
    [InlineData("millrace list --status comp", "compensating|completed")]
    [InlineData("millrace run flow.json --inp", "--input|--inputs")]
    public async Task In_bash_the_script_completes(string line, string expected)
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "There is no bash here.");
        var script = $$"""
            PATH="{{CommandProcess.Folder}}:$PATH"
            source <(millrace completion bash)
            COMP_LINE='{{line}}' COMP_POINT=${#COMP_LINE} COMP_WORDS=({{line}}) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            COMP_POINT=${#COMP_LINE}
            $(complete -p millrace | sed -E 's/.*-F ([^ ]+).*/\1/')
            IFS='|'; echo "${COMPREPLY[*]}"
            """;
        using var bash = Process.Start(
            new ProcessStartInfo("/bin/bash", ["-c", script])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        var output = await bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);

        Assert.Equal("", await bash.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.Equal(expected, output.TrimEnd());
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    [InlineData("pwsh")]
    public async Task Every_shell_has_a_script_that_asks_the_command(string shell)
    {
        var result = await CommandResult.RunHereAsync("completion", shell);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("[suggest:", result.Out);
        Assert.DoesNotContain("\r", result.Out);
    }
}
