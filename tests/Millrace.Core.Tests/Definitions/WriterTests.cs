using System.Collections;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Millrace.Core.Definitions;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Values;

namespace Millrace.Core.Tests.Definitions;

public sealed class WriterTests
{
    private static readonly Config Thorough = Config.QuickThrowOnFailure.WithMaxTest(100);

    [Fact]
    public void What_was_written_as_json_reads_back_the_same() => Prop
        .ForAll(DefinitionGenerator.Definition.ToArbitrary(), definition =>
            ReadsBack(definition, DefinitionWriter.ToJson(definition), DocumentFormat.Json))
        .Check(Thorough);

    [Fact]
    public void What_was_written_as_yaml_reads_back_the_same() => Prop
        .ForAll(DefinitionGenerator.Definition.ToArbitrary(), definition =>
            ReadsBack(definition, DefinitionWriter.ToYaml(definition), DocumentFormat.Yaml))
        .Check(Thorough);

    [Theory]
    [InlineData("o\n e\n")]
    [InlineData("a\n  b")]
    public void A_text_of_several_lines_by_itself_reads_back_from_yaml(string text) =>
        Assert.Equal(
            text,
            DefinitionReader.Read(DefinitionWriter.ToYaml((Value)text), DocumentFormat.Yaml, TestCatalog.Instance).Document.AsString());

    [Fact]
    public void Any_text_survives_yaml() => Prop
        .ForAll(DefinitionGenerator.Text.ToArbitrary(), text =>
        {
            var value = MapValue.Of(("steps", Value.List(text, MapValue.Of(text, text), Value.List(text))), ("k", text));
            var yaml = DefinitionWriter.ToYaml(value);
            var read = DefinitionReader.Read(yaml, DocumentFormat.Yaml, TestCatalog.Instance);
            Assert.True(read.Document.Equals(value), Encoding.UTF8.GetString(yaml));
        })
        .Check(Config.QuickThrowOnFailure.WithMaxTest(1_000));

    [Fact]
    public void Yaml_is_written_for_people()
    {
        var definition = Reading.Clean("""
            {"name": "Nightly report", "nodes": [
                {"id": "a", "type": "code", "config": {"code": "def process(x):\n    return x\n"}, "timeout": 90000, "conditions": ["input.n > 1"]},
                {"id": "b", "type": "log", "config": {"message": "1.0"}}],
             "edges": [{"source": "a", "target": "b"}]}
            """);
        Assert.Equal(
            """
            name: Nightly report
            nodes:
              - id: start
                type: start
                config: {}
              - id: a
                type: code
                config:
                  code: |
                    def process(x):
                        return x
                conditions:
                  - "input.n > 1"
                timeout: PT1M30S
              - id: b
                type: log
                config:
                  message: "1.0"
            edges:
              - id: "start->a"
                source: start
                target: a
              - id: "a->b"
                source: a
                target: b

            """,
            Encoding.UTF8.GetString(DefinitionWriter.ToYaml(definition)));
    }

    [Fact]
    public void Every_dialect_reads_back_from_its_canonical_form()
    {
        foreach (var text in new[]
        {
            """{"name": "x", "steps": [{"id": "a", "type": "if", "config": {"condition": "true"}, "nextSteps": ["b", "a"]}, {"id": "b", "type": "noop", "nextSteps": []}]}""",
            """{"name": "x", "steps": [{"id": "a", "type": "noop", "conditions": ["true"]}, {"id": "b", "type": "noop"}]}""",
            """{"name": "x", "nodes": [{"id": "a", "type": "noop"}, {"id": "b", "type": "noop"}], "connections": [{"from": "a", "to": "b", "condition": "true"}]}""",
            """{"name": "x", "nodes": [{"id": "a", "type": "if", "data": {"condition": "true", "true_edge": "b"}}, {"id": "b", "type": "noop", "data": {}}], "edges": []}""",
        })
        {
            var definition = Reading.Clean(text);
            ReadsBack(definition with { Dialect = Dialect.Graph }, DefinitionWriter.ToJson(definition), DocumentFormat.Json);
        }
    }

    private static void ReadsBack(WorkflowDefinition definition, byte[] text, DocumentFormat format)
    {
        var read = DefinitionReader.Read(text, format, TestCatalog.Instance);
        Assert.True(
            read.Problems.All(problem => problem.Severity == Severity.Warning),
            string.Join("\n", read.Problems.Select(problem => problem.ToString())) + Encoding.UTF8.GetString(text));
        AssertSame(definition, read.Definition, "", Encoding.UTF8.GetString(text));
    }

    // Compares every public property, so that a field the writer forgets cannot go unnoticed.
    private static void AssertSame(object? expected, object? actual, string path, string text)
    {
        switch (expected)
        {
            case null or string or bool or int or TimeSpan or Enum or SourcePointer:
                Assert.True(Equals(expected, actual), $"{path}: {expected} became {actual} in\n{text}");
                break;
            case Value or MapValue:
                Assert.True(
                    string.Equals(ToValue(expected).ToJson(), ToValue(actual!).ToJson(), StringComparison.Ordinal),
                    $"{path}: {ToValue(expected).ToJson()} became {ToValue(actual!).ToJson()} in\n{text}");
                break;
            case IEnumerable list:
                var (left, right) = (list.Cast<object>().ToArray(), ((IEnumerable)actual!).Cast<object>().ToArray());
                Assert.True(left.Length == right.Length, $"{path}: {left.Length} became {right.Length} in\n{text}");
                for (var i = 0; i < left.Length; i++)
                    AssertSame(left[i], right[i], $"{path}/{i}", text);
                break;
            default:
                Assert.True(actual is not null, $"{path} got lost in\n{text}");
                foreach (var property in expected.GetType().GetProperties().Where(property => property.GetIndexParameters().Length == 0))
                    AssertSame(property.GetValue(expected), property.GetValue(actual), $"{path}/{property.Name}", text);
                break;
        }
    }

    private static Value ToValue(object value) => value is MapValue map ? map : (Value)value;
}
