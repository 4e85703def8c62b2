using System.Collections.Immutable;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Tests.Definitions;

/// <summary>A catalogue for tests: the types the five dialects use, with schemas of the shape the real ones have.</summary>
public sealed class TestCatalog : INodeCatalog
{
    public static readonly TestCatalog Instance = new();

    private readonly Dictionary<string, NodeTypeDescription> _byName = new(StringComparer.Ordinal);

    private TestCatalog()
    {
        All = [.. Types().OrderBy(type => type.Type, StringComparer.Ordinal)];
        foreach (var type in All)
        {
            foreach (var name in type.Aliases.Prepend(type.Type))
                _byName.Add(Normalize(name), type);
        }
    }

    public IReadOnlyList<NodeTypeDescription> All { get; }

    public NodeTypeDescription? Find(string type) => _byName.GetValueOrDefault(Normalize(type));

    private static string Normalize(string name) => name.Replace("_", "").Replace("-", "").Replace(".", "").ToUpperInvariant();

    private static IEnumerable<NodeTypeDescription> Types() =>
    [
        Type("start", """{"schema":{"type":"object"}}""") with { Aliases = ["trigger"], Role = NodeRole.Start },
        Type("webhook", """{"path":{"type":"string"},"methods":{"type":"array","items":{"type":"string"}}}""") with { Role = NodeRole.Start },
        Type("input", """{"required_fields":{"type":"array","items":{"type":"string"}},"schema":{"type":"object"},"defaults":{"type":"object"}}""") with { Role = NodeRole.Input },
        Type("manualInput", """{"field":{"type":"string"},"value":{},"default":{},"required":{"type":"boolean"}}""") with { Role = NodeRole.ManualInput },
        Type("output", """{"value":{},"fields":{"type":"object"}}""") with { Aliases = ["end"], Role = NodeRole.Output },
        Type("conditional", """{"condition":{"type":"string"},"true_edge":{"type":"string"},"false_edge":{"type":"string"}}""", "condition") with
        {
            Aliases = ["condition", "if"], Ports = ["true", "false"], ExpressionFields = ["/condition"],
        },
        Type("switch", """{"expression":{"type":"string"},"cases":{"type":"array","items":{"type":"object","properties":{"when":{"type":"string"},"equals":{},"port":{"type":"string"}},"required":["port"]}},"default":{"type":"string"}}""", "cases") with
        {
            ExpressionFields = ["/expression", "/cases/*/when"],
            PortsOf = config => ((Value)config)["cases"].TryGetList(out var cases)
                ? cases.Select(c => c["port"]).Where(p => p.Kind == ValueKind.String).Select(p => p.AsString()).Append("default")
                : ["default"],
        },
        Type("join", """{"mode":{"type":"string","enum":["wait-all","any","n"]},"count":{"type":"integer","minimum":1},"combine":{"type":"string"}}""") with { Aliases = ["merge"], Role = NodeRole.Join },
        Type("addField", """{"fields":{"type":"object"},"field":{"type":"string"},"value":{},"keep":{"type":"string","enum":["all","only"]}}""") with { Aliases = ["set"] },
        Type("transform", """{"expression":{"type":"string"},"template":{}}""") with { Aliases = ["process"], ExpressionFields = ["/expression"] },
        Type("log", """{"message":{"type":"string"},"level":{"type":"string"},"data":{}}""", "message"),
        Type("noop", """{"output":{}}""") with { Kind = NodeKind.Effect },
        Type("comment", """{"text":{"type":"string"}}""") with { Aliases = ["note"], Kind = NodeKind.Comment },
        Type("approval", """{"title":{"type":"string"},"message":{"type":"string"},"timeout":{"type":"string"}}""") with { Kind = NodeKind.Wait, Ports = ["approved", "rejected", "timeout"] },
        Type("waitForEvent", """{"name":{"type":"string"},"filter":{"type":"string"},"timeout":{"type":"string"}}""", "name") with
        {
            Kind = NodeKind.Wait, Ports = ["timeout"], ExpressionFields = ["/filter"],
        },
        Type("http", """{"method":{"type":"string"},"url":{"type":"string"},"headers":{"type":"object"},"query":{"type":"object"},"body":{},"auth":{"type":"object"},"followRedirects":{"type":"boolean"}}""", "url") with
        {
            Aliases = ["httpRequest"], Kind = NodeKind.Effect, SecretFields = ["/headers", "/auth"],
        },
        Type("llm", """{"model":{"type":"string"},"prompt":{"type":"string"},"temperature":{"type":"number","minimum":0,"maximum":2},"max_tokens":{"type":"integer","minimum":1}}""", "model") with
        {
            Aliases = ["ai_processing"], Kind = NodeKind.Effect,
        },
        Type("code", """{"language":{"type":"string","enum":["python","javascript"]},"code":{"type":"string"},"input_mapping":{"type":"object"}}""", "code") with
        {
            Kind = NodeKind.Effect, VerbatimFields = ["/code"],
        },
        Type("forEach", """{"items":{},"body":{"type":"object"},"concurrency":{"type":"integer"}}""", "items") with { Aliases = ["map"], ExpressionFields = ["/items"], GraphFields = ["/body"] },
        Type("storage", """{"storage_type":{"type":"string","enum":["file","s3"]},"bucket":{"type":"string"},"key":{"type":"string"},"content":{}}""") with { Kind = NodeKind.Effect },
    ];

    private static NodeTypeDescription Type(string name, string properties, params string[] required) => new()
    {
        Type = name,
        Title = name,
        Summary = $"A {name} node.",
        Category = "Test",
        Kind = NodeKind.Pure,
        ConfigSchema = MapValue.Of(
            ("type", "object"),
            ("properties", ValueJson.Parse(properties)),
            ("required", ListValue.Create(required.Select(field => (Value)field)))),
        ExpressionFields = ImmutableArray<string>.Empty,
    };
}
