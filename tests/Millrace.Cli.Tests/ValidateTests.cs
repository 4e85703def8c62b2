using System.Text.Json;

namespace Millrace.Cli.Tests;

/// <summary>`millrace validate`: problems with the place they stand at.</summary>
public sealed class ValidateTests : IDisposable
{
    private readonly WorkFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_valid_file_is_said_to_be_valid()
    {
        var file = _folder.Write("flow.json", Documents.Route);
        var result = await CommandResult.RunHereAsync("validate", file);

        Assert.Equal(new CommandResult(0, $"{file}: valid, 4 nodes{Environment.NewLine}", ""), result);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public async Task Problems_in_json_have_line_and_column(string lineEnd)
    {
        var file = _folder.Write("flow.json", """
            {
              "name": "Grüße 🌍", "nodes": [
                { "id": "a", "notes": "Grüße 🌍", "type": "strat" }
              ],
              "edges": [ { "source": "a", "target": "b" } ]
            }
            """.ReplaceLineEndings(lineEnd));
        var result = await CommandResult.RunHereAsync("validate", file);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"{file}:3:39: error unknown_node_type: unknown node type 'strat'; did you mean 'start'?", result.Out);
        Assert.Contains($"{file}:5:31: error unknown_node: ", result.Out);
        Assert.Equal($"2 errors in 1 file{Environment.NewLine}", result.Error);
    }

    [Fact]
    public async Task A_byte_order_mark_moves_nothing()
    {
        var file = _folder.Write("flow.json", "\uFEFF" + """{"name":"A","nodes":[{"id":"a","type":"strat"}],"edges":[]}""");
        var result = await CommandResult.RunHereAsync("validate", file);

        Assert.StartsWith($"{file}:1:32: error unknown_node_type", result.Out);
    }

    [Fact]
    public async Task Problems_in_yaml_have_line_and_column()
    {
        var file = _folder.Write("flow.yaml", """
            name: Numbers
            steps:
              - id: a
                type: transfrom
              - id: b
                type: transform
                config:
                  expression: "data +"
            """);
        var result = await CommandResult.RunHereAsync("validate", file);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"{file}:4:5: error unknown_node_type", result.Out);
        Assert.Contains($"{file}:8:7: error invalid_expression", result.Out);
    }

    [Fact]
    public async Task Text_that_is_no_json_is_told_where()
    {
        var file = _folder.Write("flow.json", "{\n  \"name\": oops }");
        var result = await CommandResult.RunHereAsync("validate", file);

        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith($"{file}:2:11: error malformed_json: This is not JSON", result.Out);
    }

    [Fact]
    public async Task One_bad_file_among_good_ones_is_enough()
    {
        var missing = Path.Combine(_folder.FullName, "none.json");
        var result = await CommandResult.RunHereAsync(
            "validate", _folder.Write("a.json", Documents.Route), missing, _folder.Write("c.json", Documents.Fails));

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("a.json: valid", result.Out);
        Assert.Contains($"error unreadable_file: There is no file '{missing}'", result.Out);
        Assert.Contains("c.json: valid", result.Out);
    }

    [Fact]
    public async Task As_json_it_is_one_object_for_each_file()
    {
        var result =
            await CommandResult.RunHereAsync("validate", "--json", _folder.Write("a.json", Documents.Route), _folder.Write("b.json", "{}"));

        Assert.Equal(2, result.ExitCode);
        var checks = JsonSerializer.Deserialize<JsonElement>(result.Out);
        Assert.Equal([true, false], checks.EnumerateArray().Select(check => check.GetProperty("valid").GetBoolean()));
        Assert.Equal(1, checks[1].GetProperty("errors")[0].GetProperty("line").GetInt32());
    }

    [Fact]
    public async Task A_file_of_tests_is_checked_as_such()
    {
        var workflow = _folder.Write("route.json", Documents.Route);
        var good = _folder.Write("route.tests.yaml", "cases:\n  - { name: large, input: { value: 11 }, expect: { status: completed } }\n");
        var valid = await CommandResult.RunHereAsync("validate", workflow, good);
        Assert.Equal(0, valid.ExitCode);
        Assert.Contains("route.tests.yaml: valid, 1 test", valid.Out);

        var bad = _folder.Write("route.tests.yml", "cases:\n  - { name: a, nodes: { yse: { output: 1 } } }\n");
        var invalid = await CommandResult.RunHereAsync("validate", bad);
        Assert.Equal(2, invalid.ExitCode);
        Assert.Contains("route.tests.yml:2:", invalid.Out);
        Assert.DoesNotContain("unknown_dialect", invalid.Out);
    }
}
