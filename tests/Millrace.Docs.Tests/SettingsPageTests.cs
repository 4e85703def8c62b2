using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Millrace.Docs.Tests;

/// <summary>The pages on settings and errors leave none out.</summary>
public sealed partial class SettingsPageTests
{
    private const int PatienceMilliseconds = 5_000;

    // Names of fields, which stand before sentences as well.
    private static readonly string[] NotCodes = ["callbacks", "content", "message"];

    [Fact]
    public async Task Every_setting_is_on_the_page_on_configuration()
    {
        var options = await OptionsOfServerAsync();
        Assert.InRange(options.Count, 10, 200);
        var page = Markdown
            .Rows(Repository.Read("docs/configuration.md"))
            .Where(row => row.Headings[0] == "setting")
            .Select(row => row.Cells[0])
            .ToList();
        Assert.All(options, option => Assert.Contains(page, row => row.Replace("`", "").Split(" or ").Contains(option)));
    }

    [Fact]
    public void Every_code_of_a_problem_is_on_the_page_on_errors()
    {
        var codes = Directory.EnumerateFiles(Repository.PathOf("src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/") && !file.Contains("Millrace.Cli"))
            .SelectMany(file => Code().Matches(File.ReadAllText(file)).Select(match => match.Groups["code"].Value))
            .Distinct()
            .Except(NotCodes)
            .ToList();
        Assert.InRange(codes.Count, 40, 400);
        var page = Repository.Read("docs/guide/errors.md");
        Assert.All(codes, code => Assert.Contains($"`{code}`", page));
    }

    // Asked for an option that is none, the server lists those that there are.
    private static async Task<List<string>> OptionsOfServerAsync()
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { Path.Combine(Repository.Built("Millrace.Server"), "Millrace.Server.dll"), "--qqqqqqqqqqqqqqqqqqqqq", "x" },
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start)!;
        var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return [
            .. Option().Matches(errors)
            .Select(match => match.Groups["name"].Value)
            .Where(name => name[0] != 'q')
            .Select(name => name.ToUpperInvariant().Replace('-', '_')),
        ];
    }

    [GeneratedRegex("--(?<name>[a-z0-9-]+)", RegexOptions.ExplicitCapture, PatienceMilliseconds)]
    private static partial Regex Option();

    // A call that reports something: a code, and then the sentence that goes with it.
    [GeneratedRegex("""
        \b(Problem|ProblemReply|Error|Warn|Warning|Unknown|Refuse|Report|Conflict|Malformed|Forbidden|Failed|NodeError|ExecutionError|Located)\(
        ([^;"]|"[^"\n]*"){0,120}?"(?<code>[a-z]+(_[a-z]+)*)",\s*\$?"[A-Z'{][^"]*[ ]
        """, RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace, PatienceMilliseconds)]
    private static partial Regex Code();
}
