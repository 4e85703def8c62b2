namespace Millrace.Cli.Tests;

/// <summary>What is said about a command line that is wrong: one sentence, and exit code 2.</summary>
public sealed class UsageTests
{
    [Theory]
    [InlineData("'rnu' is not a command; did you mean 'run'?", "rnu")]
    [InlineData("'--jsno' is not an option; did you mean '--json'?", "run", "--jsno", "flow.json")]
    [InlineData("'--inptu' is not an option; did you mean '--input'?", "run", "flow.json", "--inptu", "3")]
    [InlineData("'run' needs FILE: the workflow", "run")]
    [InlineData("'--input' needs JSON|@FILE: the input", "run", "flow.json", "--input")]
    [InlineData("--limit is '0'. Write a number from 1 to 200.", "list", "--limit", "0")]
    [InlineData("'done' cannot be --status; use pending,", "list", "--status", "done")]
    [InlineData("'tcsh' cannot be the shell; use bash, zsh, fish or pwsh.", "completion", "tcsh")]
    [InlineData("--input is not JSON (line 1, column 2)", "run", "flow.json", "--input", "{a")]
    [InlineData("--input: There is no file 'none.json'", "run", "flow.json", "--input", "@none.json")]
    [InlineData("--inputs is a int; write an object", "run", "flow.json", "--inputs", "3")]
    [InlineData("--var has 'x'. Write NAME=VALUE", "run", "flow.json", "--var", "x")]
    [InlineData("--timeout is 'soon'. Write a time such as 30s", "run", "flow.json", "--timeout", "soon")]
    [InlineData("There is no file 'flow.json'", "run", "flow.json")]
    [InlineData("The server's address is 'here'. Write one such as http://127.0.0.1:8001.", "list", "--server", "here")]
    [InlineData("'--prot' is not an option; did you mean '--port'?", "serve", "--prot", "80")]
    public async Task A_wrong_command_line_is_answered_with_a_sentence(string sentence, params string[] arguments)
    {
        var result = await CommandResult.RunHereAsync(arguments);

        Assert.Equal(2, result.ExitCode);
        Assert.Empty(result.Out);
        Assert.StartsWith("error: " + sentence, result.Error);
        Assert.DoesNotContain("   at ", result.Error);
    }

    [Fact]
    public async Task Help_names_the_exit_codes()
    {
        var result = await CommandResult.RunHereAsync("run", "--help");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("2  the document, the input or the command line is invalid", result.Out);
        Assert.Contains("3  cancelled", result.Out);
    }
}
