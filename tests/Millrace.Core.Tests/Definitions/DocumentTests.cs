using System.Text;
using Millrace.Core.Definitions;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Values;

namespace Millrace.Core.Tests.Definitions;

public sealed class DocumentTests
{
    private const string Nodes = """ "nodes": [{"id": "a", "type": "noop"}] """;

    private static Problem Refusal(ReadResult result)
    {
        Assert.True(result.Malformed);
        Assert.Null(result.Definition);
        return Assert.Single(result.Problems);
    }

    [Theory]
    [InlineData("", "malformed_json", 1, 1)]
    [InlineData(" \n ", "malformed_json", 1, 1)]
    [InlineData("{\n  \"name\": nope }", "malformed_json", 2, 12)]
    [InlineData("{\"name\": \"é\", x}", "malformed_json", 1, 15)]
    [InlineData("{} {}", "malformed_json", 1, 4)]
    [InlineData("{\"a\": 1,}", "malformed_json", 1, 9)]
    [InlineData("{\"a\": 1, // no comments\n}", "malformed_json", 1, 10)]
    [InlineData("{\n \"a\": 1,\n \"a\": 2}", "duplicate_key", 3, 2)]
    [InlineData("{\"a\": \"x\\u0000y\"}", "invalid_text", 1, 7)]
    [InlineData("{\"a\": \"\\ud800\"}", "invalid_text", 1, 7)]
    [InlineData("{\"\\udc00\": 1}", "invalid_text", 1, 2)]
    [InlineData("{\"a\": 1e999}", "invalid_number", 1, 7)]
    public void Malformed_json_is_refused_with_its_place(string text, string code, int line, int column)
    {
        var problem = Refusal(Reading.Json(text));
        Assert.Equal((code, line, column), (problem.Code, problem.Line, problem.Column));
    }

    [Theory]
    [InlineData("", "malformed_yaml")]
    [InlineData("# only a comment", "malformed_yaml")]
    [InlineData("a: [1, 2", "malformed_yaml")]
    [InlineData("a: b: c", "malformed_yaml")]
    [InlineData("a: 'x", "malformed_yaml")]
    [InlineData("a: 1\na: 2", "duplicate_key")]
    [InlineData("a: 1\n---\na: 2", "multiple_documents")]
    [InlineData("a: &x [*x]", "cyclic_alias")]
    [InlineData("a: &x {b: *x}", "cyclic_alias")]
    [InlineData("a: *nowhere", "unknown_alias")]
    [InlineData("a: !!python/object:os.system x", "invalid_tag")]
    [InlineData("a: !custom x", "invalid_tag")]
    [InlineData("a: !!set {x}", "invalid_tag")]
    [InlineData("a: !!int ten", "invalid_tag")]
    [InlineData("a: .inf", "invalid_number")]
    [InlineData("a: -.INF", "invalid_number")]
    [InlineData("a: .nan", "invalid_number")]
    [InlineData("a: 1e999", "invalid_number")]
    [InlineData("a: \"x\\0y\"", "invalid_text")]
    [InlineData("? [1, 2]\n: x", "invalid_key")]
    [InlineData("x: &b {y: 1}\na:\n  <<: *b", "merge_key")]
    public void Malformed_yaml_is_refused_with_its_place(string text, string code)
    {
        var problem = Refusal(Reading.Yaml(text));
        Assert.Equal(code, problem.Code);
        if (text.Length > 0)
            Assert.NotNull(problem.Line);
    }

    [Theory]
    [InlineData(DocumentFormat.Json)]
    [InlineData(DocumentFormat.Yaml)]
    public void Text_that_is_not_utf8_is_refused(DocumentFormat format)
    {
        var result = DefinitionReader.Read([(byte)'"', 0xC3, 0x28, (byte)'"'], format, TestCatalog.Instance);
        Assert.StartsWith("malformed", Refusal(result).Code, StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_order_mark_is_skipped()
    {
        byte[] document = [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes($$"""{"name": "x", {{Nodes}}}""")];
        Assert.Equal("x", DefinitionReader.Read(document, DocumentFormat.Json, TestCatalog.Instance).Definition!.Name);
    }

    [Fact]
    public void Bounds_hold_in_both_formats()
    {
        var deep = string.Concat(Enumerable.Repeat("[", 101)) + string.Concat(Enumerable.Repeat("]", 101));
        var large = $"\"{new string('x', 4 * 1024 * 1024)}\"";
        Assert.Equal("document_too_deep", Refusal(Reading.Json(deep)).Code);
        Assert.Equal("document_too_deep", Refusal(Reading.Yaml(deep)).Code);
        Assert.Equal("document_too_large", Refusal(Reading.Json(large)).Code);
        Assert.Equal("document_too_large", Refusal(Reading.Yaml(large)).Code);

        var many = "[" + string.Concat(Enumerable.Repeat("1,", 1_000_000)) + "1]";
        Assert.Equal("document_too_large", Refusal(Reading.Json(many)).Code);
        Assert.Equal("document_too_large", Refusal(Reading.Yaml(many)).Code);

        var key = new string('k', 1_001);
        Assert.Equal("key_too_long", Refusal(Reading.Json($$"""{"{{key}}": 1}""")).Code);
        Assert.Equal("key_too_long", Refusal(Reading.Yaml($"? {key}\n: 1")).Code);

        var path = string.Concat(Enumerable.Range(0, 5).Select(_ => $$"""{"{{key[..900]}}": """)) + "1" + new string('}', 5);
        Assert.Equal("key_too_long", Refusal(Reading.Json(path)).Code);
        Assert.Equal("key_too_long", Refusal(Reading.Yaml(path)).Code);
    }

    [Fact]
    public void Keys_that_aliases_prolong_are_bounded_too()
    {
        var text = new StringBuilder($"a0: &a0 {{{new string('k', 900)}: 1}}\n");
        for (var i = 1; i < 6; i++)
            text.Append($"a{i}: &a{i} {{{new string('k', 900)}: *a{i - 1}}}\n");
        Assert.Equal("key_too_long", Refusal(Reading.Yaml(text.ToString())).Code);
    }

    [Fact]
    public void A_depth_of_a_hundred_is_read()
    {
        var text = string.Concat(Enumerable.Repeat("[", 100)) + string.Concat(Enumerable.Repeat("]", 100));
        Assert.False(Reading.Json(text).Malformed);
        Assert.False(Reading.Yaml(text).Malformed);
    }

    [Fact]
    public void Aliases_cannot_explode()
    {
        var bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 9; i++)
            bomb.Append($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        Assert.Equal("too_many_aliases", Refusal(Reading.Yaml(bomb.ToString())).Code);

        var tower = new StringBuilder("a0: &a0 [x]\n");
        for (var i = 1; i < 110; i++)
            tower.Append($"a{i}: &a{i} [*a{i - 1}]\n");
        Assert.Equal("document_too_deep", Refusal(Reading.Yaml(tower.ToString())).Code);
    }

    [Fact]
    public void Aliases_repeat_what_they_name()
    {
        var document = Reading.Yaml("""
            name: x
            x-usual: &usual {url: "https://example.com"}
            steps:
              - {id: a, type: http, config: *usual}
              - {id: b, type: http, config: *usual}
            """).Document;
        Assert.Equal("https://example.com", document["steps"].AsList()[1]["config"]["url"]);
    }

    [Fact]
    public void Scalars_follow_the_core_schema_of_yaml_1_2()
    {
        var document = Reading.Yaml("""
            text: [yes, no, on, off, "1.0", '7', 2026-01-31, 0777x, "null", ~x, 1_000, 12:30:45, !!str 5, ! 5]
            numbers: [1, -2, +3, 0o17, 0xF, 0777, 1.0, -.5, 1e3, 12345678901234567890, !!float 2]
            others: [null, ~, Null, true, False, TRUE]
            empty:
            block: |
              two
                lines
            true: a key is text
            """).Document;

        Assert.Equal(
            """["yes","no","on","off","1.0","7","2026-01-31","0777x","null","~x","1_000","12:30:45","5","5"]""",
            document["text"].ToJson());
        Assert.Equal("""[1,-2,3,15,15,777,1.0,-0.5,1000.0,12345678901234567890,2.0]""", document["numbers"].ToJson());
        Assert.Equal("[null,null,null,true,false,true]", document["others"].ToJson());
        Assert.True(document["empty"].IsNull);
        Assert.Equal("two\n  lines\n", document["block"]);
        Assert.Equal("a key is text", document["true"]);
    }

    [Fact]
    public void The_problems_of_a_yaml_document_come_with_line_and_column_in_their_order()
    {
        var result = Reading.CheckedYaml("""
            name: Lines
            nodes:
              - id: a
                type: htp
                config: {}
              - id: b
                type: http
                config:
                  url: 5
            edges:
              - source: a
                target: c
            """);

        Assert.Equal(
            [("unknown_node_type", 4, 5), ("wrong_type", 9, 7), ("unknown_node", 12, 5)],
            result.Problems.Select(problem => (problem.Code, problem.Line!.Value, problem.Column!.Value)));
    }

    [Theory]
    [InlineData("a:\n  b: 1\n c: 2", "the indentation of this line matches none")]
    [InlineData("a:\n\tb: 1", "there is a tab")]
    [InlineData("a: b: c", "there is a ': ' where no key is allowed")]
    [InlineData("a: \"b", "close them")]
    [InlineData("a: 1\n\tb: 1", "there is a tab")]
    [InlineData("a: [1, 2", "is missing before this place")]
    [InlineData("a: ]", "a value is missing here")]
    [InlineData("a: @b", "needs quotes")]
    public void Text_that_is_not_yaml_is_told_what_to_look_at(string yaml, string expected) =>
        Assert.Contains(expected, Assert.Single(Reading.CheckedYaml(yaml).Problems).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("5", "the document is a number")]
    [InlineData("[]", "the document is a list")]
    [InlineData("{}", "this one is empty")]
    [InlineData("""{"name": "x", "stages": []}""", "'name', 'stages'")]
    [InlineData("""{"nodes": {"a": {}}}""", "'nodes'")]
    [InlineData("""{"nodes": [], "steps": []}""", "both 'nodes' and 'steps'")]
    public void A_document_of_no_known_shape_is_told_what_was_looked_for(string text, string part)
    {
        var result = Reading.Json(text);
        Assert.False(result.Malformed);
        Assert.Null(result.Definition);
        var problem = Assert.Single(result.Problems);
        Assert.Equal("unknown_dialect", problem.Code);
        Assert.Contains(part, problem.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void The_document_stays_as_it_was_authored()
    {
        const string text = """{"name":"x","is_active":true,"steps":[{"id":"a","type":"http_request","config":{"url":"https://example.com","Follow_Redirects":false},"on_error":"continue"}]}""";
        var result = Reading.Json(text);
        Assert.Equal(text, result.Document.ToJson());
        Assert.Equal(2, result.Definition!.Nodes.Length);
    }

    [Fact]
    public void Every_repeated_key_is_told()
    {
        var yaml = Reading.Yaml("name: x\nname: y\nnodes:\n  - id: a\n    type: noop\n    id: b\ntags: []\ntags: []\n");
        Assert.Equal([2, 6, 8], yaml.Problems.Select(problem => problem.Line));
        Assert.All(yaml.Problems, problem => Assert.Equal("duplicate_key", problem.Code));
        var json = Reading.Json("{\"a\": 1,\n \"a\": {\"b\": 1,\n \"b\": 2},\n \"c\": 99999999999999999999999}");
        Assert.Equal(
            [("duplicate_key", 2), ("duplicate_key", 3), ("invalid_number", 4)],
            json.Problems.Select(problem => (problem.Code, problem.Line ?? 0)));
    }

    [Theory]
    [InlineData("name: x\nnodes:\n\t- id: a\n", 3, 1)]
    [InlineData("name: x\nsettings:\n  timeout: 1h\n\tpriority: 1\n", 4, 1)]
    [InlineData("name: x\nnodes:\n  - id: a\n  \ttype: noop\n", 4, 3)]
    public void A_tab_in_the_indentation_is_told_where_it_is(string yaml, int line, int column)
    {
        var problem = Assert.Single(Reading.Yaml(yaml).Problems);
        Assert.Equal(
            ("This is not YAML: there is a tab where YAML requires spaces; indent with spaces.", line, column),
            (problem.Message, problem.Line, problem.Column));
    }
}
