using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Millrace.Docs.Tests;

/// <summary>
/// The samples that the server loads at its first start: each gives what it says, and says what is wrong with a wrong input.
/// </summary>
public sealed class SampleTests(DocsServer shared)
{
    public static TheoryData<string> Samples => [.. Directory.EnumerateFiles(Repository.PathOf("samples"))
        .Where(file => Path.GetExtension(file) is ".json" or ".yaml" && !file.EndsWith(".tests.yaml", StringComparison.Ordinal))
        .Select(file => Path.GetFileNameWithoutExtension(file)!)
        .Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task A_sample_is_loaded_described_and_without_warnings(string name)
    {
        var workflow = await shared.Server.GetAsync($"api/v1/workflows/{name}");
        var (_, checkedAgain) = await shared.Server.PostAsync("api/v1/workflows/validate", workflow.GetProperty("definition").GetRawText());

        Assert.True(workflow.GetProperty("description").GetString()!.Length > 40);
        Assert.Contains("sample", workflow.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()));
        Assert.Equal("[]", checkedAgain.GetProperty("errors").GetRawText());
        // The schedule of one is kept for when schedules fire.
        Assert.DoesNotContain(
            checkedAgain.GetProperty("warnings").EnumerateArray(),
            warning => warning.GetProperty("code").GetString() is not "trigger_does_not_fire");
        Assert.Contains($"({name}.", Repository.Read("samples/README.md"));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task A_sample_gives_the_result_that_it_says_each_time(string name)
    {
        var start = File.Exists(CasePath(name, "inputs"))
            ? new JsonObject { ["inputs"] = ReadCase(name, "inputs") }
            : new JsonObject { ["input"] = ReadCase(name, "input") };
        for (var i = 0; i < 2; i++)
        {
            var (status, execution) = await StartAsync(name, start);
            Assert.True(status == HttpStatusCode.OK, execution.ToString());
            Assert.Equal("completed", execution.GetProperty("status").GetString());
            Assert.True(
                JsonNode.DeepEquals(ReadCase(name, "expected"), JsonNode.Parse(execution.GetProperty("result").GetRawText())),
                execution.GetProperty("result").GetRawText());
        }
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task A_wrong_input_is_refused_and_the_answer_names_the_field(string name)
    {
        var wrong = ReadCase(name, "wrong").AsObject();
        var named = wrong["error"]!.GetValue<string>();
        wrong.Remove("error");

        var (status, problem) = await StartAsync(name, wrong);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains(named, problem.GetProperty("detail").GetString());
        Assert.NotEqual(0, problem.GetProperty("errors").GetArrayLength());
    }

    private Task<(HttpStatusCode Status, JsonElement Body)> StartAsync(string name, JsonObject body) =>
        shared.Server.PostAsync($"api/v1/workflows/{name}/execute?wait=30", body.ToJsonString());

    private static string CasePath(string name, string part) => Repository.PathOf($"samples/cases/{name}.{part}.json");

    private static JsonNode ReadCase(string name, string part) => JsonNode.Parse(File.ReadAllText(CasePath(name, part)))!;
}
