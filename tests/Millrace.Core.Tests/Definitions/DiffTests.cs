using FsCheck;
using FsCheck.Fluent;
using Millrace.Core.Definitions;
using Millrace.Core.Values;

namespace Millrace.Core.Tests.Definitions;

public sealed class DiffTests
{
    private const string Before = """
        {"name": "x", "tags": ["a"], "settings": {"timeout": "PT1H", "concurrency": 2}, "nodes": [
            {"id": "s", "type": "start"}, {"id": "a", "type": "log", "config": {"message": "hi"}}, {"id": "b", "type": "noop"}],
         "edges": [{"source": "s", "target": "a"}, {"source": "a", "target": "b"}]}
        """;

    [Fact]
    public void A_definition_does_not_differ_from_itself() => Prop
        .ForAll(DefinitionGenerator.Definition.ToArbitrary(), definition =>
            Assert.True(DefinitionDiff.IsEmpty(DefinitionDiff.Compare(definition, definition))))
        .QuickCheckThrowOnFailure();

    [Fact]
    public void Order_is_no_difference()
    {
        var definition = Reading.Clean(Before);
        var moved = definition with { Nodes = [.. definition.Nodes.Reverse()], Edges = [.. definition.Edges.Reverse()] };
        Assert.True(DefinitionDiff.IsEmpty(DefinitionDiff.Compare(definition, moved)));
    }

    [Fact]
    public void What_was_added_removed_and_changed_is_told_with_pointers()
    {
        var after = Reading.Clean("""
            {"name": "y", "settings": {"timeout": "PT1H", "priority": 1}, "nodes": [
                {"id": "s", "type": "start"}, {"id": "c", "type": "noop"}, {"id": "a", "type": "log", "config": {"message": "ho", "level": "warn"}}],
             "edges": [{"source": "s", "target": "a"}, {"source": "a", "target": "c"}]}
            """);

        var diff = DefinitionDiff.Compare(Reading.Clean(Before), after);

        Assert.Equal(
            """[{"pointer":"/tags","before":["a"]},{"pointer":"/name","before":"x","after":"y"},{"pointer":"/settings/concurrency","before":2},{"pointer":"/settings/priority","after":1}]""",
            diff["workflow"].ToJson());
        Assert.Equal("""[{"id":"c","pointer":"/nodes/1","after":{"id":"c","type":"noop","config":{}}}]""", diff["nodes"]["added"].ToJson());
        Assert.Equal("""[{"id":"b","pointer":"/nodes/2","before":{"id":"b","type":"noop","config":{}}}]""", diff["nodes"]["removed"].ToJson());
        Assert.Equal(
            """[{"id":"a","pointer":"/nodes/2","changes":[{"pointer":"/nodes/2/config/message","before":"hi","after":"ho"},{"pointer":"/nodes/2/config/level","after":"warn"}]}]""",
            diff["nodes"]["changed"].ToJson());
        Assert.Equal("a->c", diff["edges"]["added"].AsList()[0]["id"]);
        Assert.Equal("a->b", diff["edges"]["removed"].AsList()[0]["id"]);
        Assert.Empty(diff["edges"]["changed"].AsList());
    }
}
