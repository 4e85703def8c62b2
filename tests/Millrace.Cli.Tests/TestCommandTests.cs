using System.Text.Json;
using System.Xml.Linq;

namespace Millrace.Cli.Tests;

/// <summary><c>millrace test</c>.</summary>
public sealed class TestCommandTests : IDisposable
{
    private readonly WorkFolder _folder = new();

    public TestCommandTests() => _folder.Write("route.json", Documents.Route);

    public void Dispose() => _folder.Dispose();

    private const string Cases = """
        cases:
          - { name: large, input: { value: 11 }, expect: { result: { size: big, value: 11 } } }
          - { name: small, input: { value: 1 }, expect: { result: { size: small } } }
        """;

    private const string Wrong = """
        workflow: ../route.json
        cases:
          - { name: wrong, input: { value: 11 }, expect: { result: { size: small, value: 11 } } }
        """;

    [Fact]
    public async Task Files_are_found_and_what_came_is_said_in_their_order()
    {
        var good = _folder.Write("route.tests.yaml", Cases);
        var passed = await CommandResult.RunHereAsync("test", _folder.FullName);
        Assert.Equal($"ok    {good}:2: large\nok    {good}:3: small\n2 passed, 0 failed\n", passed.Out.ReplaceLineEndings("\n"));
        Assert.Equal(0, passed.ExitCode);

        var wrong = _folder.Write("deep/wrong.tests.yml", Wrong);
        _folder.Write("bin/copied.tests.yaml", "nothing");
        var failed = await CommandResult.RunHereAsync("test", _folder.FullName);
        Assert.Equal(
            $"FAIL  {wrong}:3: wrong\n      /result/size: expected \"small\", but it is \"big\"\n      path: start > big > yes\n      "
                + $"status: completed\nok    {good}:2: large\nok    {good}:3: small\n2 passed, 1 failed\n",
            failed.Out.ReplaceLineEndings("\n"));
        Assert.Equal(1, failed.ExitCode);

        var filtered = await CommandResult.RunHereAsync("test", _folder.FullName, "--filter", "SMALL");
        Assert.Equal((0, $"ok    {good}:3: small\n1 passed, 0 failed\n"), (filtered.ExitCode, filtered.Out.ReplaceLineEndings("\n")));
    }

    [Fact]
    public async Task What_is_wrong_with_a_file_is_said_as_a_compiler_does()
    {
        var bad = _folder.Write("route.tests.yaml", "cases:\n  - { name: a, nodes: { yse: { output: 1 } } }\n");
        var result = await CommandResult.RunHereAsync("test", bad);
        Assert.Equal(
            $"{bad}:2:25: error unknown_name: The test fakes the node 'yse', which is not in the workflow; did you mean 'yes'?\n0 passed, "
                + "0 failed, 1 file that cannot be run\n",
            result.Out.ReplaceLineEndings("\n"));
        Assert.Equal(2, result.ExitCode);
    }

    [Fact]
    public async Task Where_there_is_nothing_to_run_that_is_an_error()
    {
        var none = await CommandResult.RunHereAsync("test", _folder.FullName);
        Assert.Equal(
            (2, $"error: There are no tests below '{_folder.FullName}': there is no file NAME.tests.yaml, .yml or .json."),
            (none.ExitCode, none.Error.Trim()));
        var missing = await CommandResult.RunHereAsync("test", "nowhere");
        Assert.Equal(2, missing.ExitCode);
        Assert.StartsWith("error: There is no file or folder 'nowhere' in ", missing.Error);
        var other = await CommandResult.RunHereAsync("test", Path.Combine(_folder.FullName, "route.json"));
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("is not a test file", other.Error);
        _folder.Write("route.tests.yaml", Cases);
        var filtered = await CommandResult.RunHereAsync("test", _folder.FullName, "--filter", "nothing");
        Assert.Equal(
            (2, "error: No case matches the filter. List all cases without --filter."), (filtered.ExitCode, filtered.Error.Trim()));
        Assert.Equal(2, (await CommandResult.RunHereAsync("test", "--fliter", "x")).ExitCode);
    }

    [Fact]
    public async Task Json_and_JUnit_say_the_same()
    {
        _folder.Write("route.tests.yaml", Cases);
        _folder.Write("deep/wrong.tests.yml", Wrong);
        _folder.Write("deep/broken.tests.json", "{");
        var report = Path.Combine(_folder.FullName, "report.xml");
        var result = await CommandResult.RunHereAsync("test", _folder.FullName, "--json", "--junit", report);
        Assert.Equal(2, result.ExitCode);

        var files = JsonSerializer.Deserialize<JsonElement>(result.Out).EnumerateArray().ToList();
        Assert.Equal([0, 1, 2], files.Select(file => file.GetProperty("cases").GetArrayLength()));
        Assert.Equal("malformed_json", files[0].GetProperty("errors")[0].GetProperty("code").GetString());
        Assert.Equal(
            "/result/size: expected \"small\", but it is \"big\"", files[1].GetProperty("cases")[0].GetProperty("failures")[0].GetString());
        Assert.True(files[2].GetProperty("cases")[1].GetProperty("passed").GetBoolean());

        var suites = XDocument.Load(report).Root!.Elements("testsuite").ToList();
        Assert.Equal(
            ["0/1", "1/0", "0/0"], suites.Select(suite => $"{suite.Attribute("failures")!.Value}/{suite.Attribute("errors")!.Value}"));
        Assert.StartsWith("/result/size", suites[1].Element("testcase")!.Element("failure")!.Attribute("message")!.Value);
    }

    [Fact]
    public async Task The_samples_pass()
    {
        var result = await CommandResult.RunHereAsync("test", SampleTests.Folder());
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains("support-triage.tests.yaml", result.Out);
        Assert.Contains(", 0 failed", result.Out);
    }
}
