using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Millrace.Core.Definitions;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Values;

namespace Millrace.Core.Tests.Definitions;

/// <summary>Documents that nobody would write: reading and validating them finds problems and never throws.</summary>
public sealed class HostileTests
{
    private static readonly string[] Keys =
    [
        "id", "name", "type", "config", "data", "nodes", "edges", "steps", "connections", "source", "target", "from", "to", "port", "sourceHandle", "label", "when", "condition",
        "conditions", "nextSteps", "next_steps", "onError", "on_error", "retry", "maxRetries", "timeout", "cache", "key", "ttl", "compensation", "inDoubt", "disabled", "position",
        "outputSchema", "inputSchema", "variables", "trigger", "triggers", "tags", "settings", "version", "isActive", "action", "strategy", "goto", "backoff", "delay", "errors",
        "field", "operator", "value", "expression", "step", "true_edge", "false_edge", "cases", "equals", "url", "headers", "body", "items", "message", "properties", "required", "$ref", "", "~", "/",
    ];

    private static readonly Gen<Value> Word = Gen.Elements<Value>(
        "a", "b", "start", "", " ", "noop", "http", "if", "switch", "forEach", "comment", "join", "manualInput", "goto:a", "continue", "retry", "PT5S", "5s", "{{ a.output }}", "{{", "}}", "{{ data }}",
        "data.x", "a.output", "nodes['b']", "secrets.x", "1 +", "\n", "#/$defs/x", "#", "object", "equals", "true", "error", "webhook", "fixed", "😀", Value.Null, true, false, 0, 1, -1, 3, 1.5, 1e300, long.MaxValue);

    private static Gen<Value> Anything(int depth) => depth == 0
        ? Word
        : Gen.Frequency(
            (4, Word),
            (
                2,
                Anything(depth - 1)
                    .ArrayOf(3)
                    .SelectMany(items => Gen.Choose(0, 3).Select(count => (Value)ListValue.Create(items.Take(count))))),
            (4, Something(depth - 1).Select(map => (Value)map)));

    private static Gen<MapValue> Something(int depth) =>
        from keys in Gen.Elements(Keys).ArrayOf(6)
        from values in Anything(depth).ArrayOf(6)
        from count in Gen.Choose(0, 6)
        select MapValue.Create(keys.Take(count).Select((key, i) => KeyValuePair.Create(key, values[i])));

    private static Gen<Value> Parts(int depth) =>
        Something(depth).ArrayOf(4).Select(parts => (Value)ListValue.Create(parts.Select(part => (Value)part)));

    private static readonly Gen<Value> Document =
        from head in Something(4)
        from container in Gen.Elements("nodes", "steps", "")
        from wiring in Gen.Elements("edges", "connections", "")
        from parts in Parts(4)
        from ways in Parts(2)
        select (Value)head.With(container, parts).With(wiring, ways);

    [Fact]
    public void Any_tree_is_read_and_validated_without_throwing_and_problems_lead_into_the_document() => Prop
        .ForAll(Document.ToArbitrary(), document =>
        {
            var result = DefinitionReader.ReadAndValidate(document.ToUtf8(), DocumentFormat.Json, TestCatalog.Instance);
            Assert.False(result.Malformed);
            foreach (var problem in result.Problems)
                Assert.True(Exists(document, problem.Pointer), $"{problem.Pointer} ({problem.Code}) is not in {document.ToJson()}");
            if (result.Definition is { } definition)
            {
                DefinitionCycles.Find(definition);
                DefinitionValidator.Validate(definition, null, TestCatalog.Instance);
                Assert.False(
                    DefinitionReader.Read(DefinitionWriter.ToYaml(definition), DocumentFormat.Yaml, TestCatalog.Instance).Malformed);
            }
        })
        .Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void Any_text_is_read_as_yaml_without_throwing() => Prop
        .ForAll(DefinitionGenerator.Text.ArrayOf(8).Select(lines => string.Join("\n", lines)).ToArbitrary(), text =>
        {
            DefinitionReader.ReadAndValidate(Encoding.UTF8.GetBytes(text), DocumentFormat.Yaml, TestCatalog.Instance);
            DefinitionReader.ReadAndValidate(Encoding.UTF8.GetBytes(text), DocumentFormat.Json, TestCatalog.Instance);
        })
        .Check(Config.QuickThrowOnFailure.WithMaxTest(1_000));

    [Theory]
    [InlineData(DocumentFormat.Json)]
    [InlineData(DocumentFormat.Yaml)]
    public void A_document_cut_or_changed_anywhere_is_read_without_throwing(DocumentFormat format)
    {
        var definition = Reading.Clean("""{"name": "x", "nodes": [{"id": "a", "type": "log", "config": {"message": "{{ input['é'] }}"}}, {"id": "b", "type": "noop", "retry": {"maxAttempts": 2}}], "edges": [{"source": "a", "target": "b"}]}""");
        var text = format == DocumentFormat.Json ? DefinitionWriter.ToJson(definition) : DefinitionWriter.ToYaml(definition);
        for (var i = 0; i < text.Length; i++)
        {
            DefinitionReader.ReadAndValidate(text.AsSpan(0, i), format, TestCatalog.Instance);
            foreach (var other in "\0\"{[:-&*!%\n\t\u0080"u8)
            {
                var changed = text.ToArray();
                changed[i] = other;
                DefinitionReader.ReadAndValidate(changed, format, TestCatalog.Instance);
            }
        }
    }

    [Theory]
    [InlineData("[", "")]
    [InlineData("{a: ", "")]
    [InlineData("- ", "")]
    [InlineData("? ", "")]
    [InlineData("a: ", "")]
    [InlineData("\"", "")]
    [InlineData("!", "")]
    [InlineData("&a ", "")]
    [InlineData("x", "")]
    [InlineData("x\n", "a: |\n ")]
    [InlineData("# c\n", "")]
    [InlineData("\n", "a: \"")]
    [InlineData("[],", "a: [")]
    [InlineData("- &a x\n", "")]
    [InlineData("{}, ", "name: x\nnodes: [")]
    public void The_largest_document_of_one_thing_over_and_over_is_done_with_soon(string part, string before)
    {
        var text = before + string.Concat(Enumerable.Repeat(part, (DefinitionLimits.DocumentBytes - 100) / part.Length));
        var time = ProcessorTime.Of(() =>
        {
            Assert.NotEmpty(Reading.CheckedYaml(text).Problems);
            Assert.NotEmpty(Reading.Checked(text).Problems);
        });
        Assert.True(time < TimeSpan.FromSeconds(20), $"{time}");
    }

    private static bool Exists(Value document, string pointer)
    {
        foreach (var segment in pointer.Length == 0 ? [] : pointer[1..].Split('/'))
        {
            if (document.TryGetList(out var list))
            {
                if (!int.TryParse(segment, out var index) || index >= list.Count)
                    return false;
                document = list[index];
            }
            else if (!document.TryGetMap(out var map)
                || !map.TryGet(
                    segment.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal), out document))
                return false;
        }
        return true;
    }
}
