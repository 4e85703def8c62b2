using System.Text.Json;

namespace Millrace.Docs.Tests;

/// <summary>
/// docs/nodes is written from the node types themselves. To write it anew, run this class with MILLRACE_UPDATE_DOCS=1.
/// </summary>
public sealed class NodeReferenceTests(DocsServer shared)
{
    private static readonly bool IsUpdate = Environment.GetEnvironmentVariable("MILLRACE_UPDATE_DOCS") == "1";

    public static TheoryData<string> Examples =>
        [
            .. Directory.EnumerateFiles(Repository.PathOf("tests/Millrace.Docs.Tests/NodeExamples"), "*.yaml")
            .Select(file => Path.GetFileNameWithoutExtension(file)!)
            .Order(StringComparer.Ordinal),
        ];

    [Fact]
    public async Task The_reference_says_what_the_types_say()
    {
        var types = (await shared.Server.GetAsync("api/v1/nodes")).EnumerateArray().ToList();
        var pages = types.ToDictionary(type => $"docs/nodes/{type.GetProperty("type").GetString()}.md", type =>
            NodeReference.PageOf(type, NodeExample.Read(type.GetProperty("type").GetString()!)));
        pages.Add("docs/nodes/index.md", NodeReference.IndexOf(types));

        foreach (var (path, page) in pages)
        {
            if (IsUpdate)
                await File.WriteAllTextAsync(Repository.PathOf(path), page, TestContext.Current.CancellationToken);
            Assert.True(
                File.Exists(Repository.PathOf(path)) && Repository.Read(path) == page,
                $"{path} is out of date. Run the tests of {nameof(NodeReferenceTests)} with MILLRACE_UPDATE_DOCS=1.");
        }
        Assert.Equal(
            pages.Keys.Order(StringComparer.Ordinal),
            Repository.Pages.Where(path => path.StartsWith("docs/nodes/", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task The_example_of_a_type_gives_what_its_page_shows(string type)
    {
        var example = NodeExample.Read(type);
        var execution = await shared.RunAsync(
            example.Workflow.Replace("127.0.0.1:8001", shared.Server.BaseAddress.Authority, StringComparison.Ordinal),
            "application/yaml",
            Documents.ToJson(example.Start));

        Assert.Contains($"type: {type}", example.Workflow, StringComparison.Ordinal);
        if (example.Error is { } error)
            Assert.Equal(error, execution.GetProperty("error").GetString());
        else
            Assert.True(
                JsonElement.DeepEquals(JsonDocument.Parse(Documents.ToJson(example.Result)).RootElement, execution.GetProperty("result")),
                execution.ToString());
    }
}
