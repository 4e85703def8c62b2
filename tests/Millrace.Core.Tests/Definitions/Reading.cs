using System.Text;
using Millrace.Core.Definitions;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Values;

namespace Millrace.Core.Tests.Definitions;

/// <summary>Shorthand for reading documents in tests.</summary>
internal static class Reading
{
    public static ReadResult Json(string text) =>
        DefinitionReader.Read(Encoding.UTF8.GetBytes(text), DocumentFormat.Json, TestCatalog.Instance);

    public static ReadResult Yaml(string text) =>
        DefinitionReader.Read(Encoding.UTF8.GetBytes(text), DocumentFormat.Yaml, TestCatalog.Instance);

    public static ReadResult Checked(string json) =>
        DefinitionReader.ReadAndValidate(Encoding.UTF8.GetBytes(json), DocumentFormat.Json, TestCatalog.Instance);

    public static ReadResult CheckedYaml(string yaml) =>
        DefinitionReader.ReadAndValidate(Encoding.UTF8.GetBytes(yaml), DocumentFormat.Yaml, TestCatalog.Instance);

    /// <summary>Reads and insists that nothing at all is wrong, what this version keeps without effect apart.</summary>
    public static WorkflowDefinition Clean(string json)
    {
        var result = Checked(json);
        Assert.Empty(result.Problems.Where(problem => problem.Code is not ("trigger_does_not_fire" or "no_effect")));
        return result.Definition!;
    }

    /// <summary>The one problem of a code that a document has.</summary>
    public static Problem Problem(string json, string code)
    {
        var problems = Checked(json).Problems;
        var found = problems.Where(problem => string.Equals(problem.Code, code, StringComparison.Ordinal)).ToArray();
        Assert.True(
            found.Length == 1,
            $"expected one {code}, found: {string.Join("; ", problems.Select(p => $"{p.Pointer} {p.Code}: {p.Message}"))}");
        return found[0];
    }

    public static NodeDefinition Node(this ReadResult result, string id) => result.Definition!.Node(id);

    public static NodeDefinition Node(this WorkflowDefinition definition, string id) =>
        definition.Nodes.Single(node => string.Equals(node.Id, id, StringComparison.Ordinal));

    /// <summary>The edges as "source -port-> target".</summary>
    public static string[] Ways(this WorkflowDefinition definition) =>
        [.. definition.Edges.Select(edge => $"{edge.Source} -{edge.Port}-> {edge.Target}")];

    public static string[] NodeIds(this WorkflowDefinition definition) => [.. definition.Nodes.Select(node => node.Id)];

    public static string[] EdgeIds(this WorkflowDefinition definition) => [.. definition.Edges.Select(edge => edge.Id)];

    public static Value Config(this NodeDefinition node) => node.Config;
}
