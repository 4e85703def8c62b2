using Millrace.Core.Schemas;
using Millrace.Core.Values;

namespace Millrace.Core.Tests.Schemas;

public sealed class SchemaTests
{
    private static Schema Compile(string schema)
    {
        var compiled = Schema.Compile(ValueJson.Parse(schema), out var problems);
        Assert.True(compiled is not null, string.Join("\n", problems.Select(problem => problem.ToString())));
        return compiled;
    }

    private static string[] Failures(string schema, string instance) =>
        [.. Compile(schema).Validate(ValueJson.Parse(instance)).Select(problem => $"{problem.Pointer} {problem.Keyword}")];

    [Theory]
    [InlineData("true", "1")]
    [InlineData("{}", "null")]
    [InlineData("""{"type": "null"}""", "null")]
    [InlineData("""{"type": "integer"}""", "1")]
    [InlineData("""{"type": "integer"}""", "1.0")]
    [InlineData("""{"type": "number"}""", "1")]
    [InlineData("""{"type": ["string", "null"]}""", "null")]
    [InlineData("""{"enum": [1, "a", null]}""", "1.0")]
    [InlineData("""{"const": {"a": [1]}}""", """{"a": [1.0]}""")]
    [InlineData("""{"properties": {"a": {"type": "string"}}}""", """{"b": 1}""")]
    [InlineData("""{"properties": {"a": {"type": "string"}}}""", "5")]
    [InlineData("""{"required": ["a"]}""", """{"a": null}""")]
    [InlineData("""{"properties": {"a": {}}, "additionalProperties": {"type": "integer"}}""", """{"a": "x", "b": 1}""")]
    [InlineData("""{"prefixItems": [{"type": "string"}], "items": {"type": "integer"}}""", """["a", 1, 2]""")]
    [InlineData("""{"prefixItems": [{"type": "string"}], "items": false}""", """["a"]""")]
    [InlineData("""{"minItems": 1, "maxItems": 2}""", "[1]")]
    [InlineData("""{"uniqueItems": true}""", """[[1], [2], {"a": 1}, {"a": 2}]""")]
    [InlineData("""{"minLength": 1, "maxLength": 1}""", "\"😀\"")]
    [InlineData("""{"pattern": "b+"}""", "\"abbc\"")]
    [InlineData("""{"minimum": 1, "maximum": 2.5}""", "2.5")]
    [InlineData("""{"exclusiveMinimum": 1, "exclusiveMaximum": 2}""", "1.5")]
    [InlineData("""{"multipleOf": 0.1}""", "0.3")]
    [InlineData("""{"multipleOf": 3}""", "-9")]
    [InlineData("""{"anyOf": [{"type": "string"}, {"minimum": 3}]}""", "5")]
    [InlineData("""{"oneOf": [{"type": "string"}, {"type": "integer"}]}""", "5")]
    [InlineData("""{"allOf": [{"minimum": 3}, {"maximum": 5}]}""", "4")]
    [InlineData("""{"not": {"type": "string"}}""", "4")]
    [InlineData("""{"if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": {"required": ["c"]}}""", """{"c": 1}""")]
    [InlineData("""{"$ref": "#/$defs/x", "$defs": {"x": {"type": "string"}}}""", "\"a\"")]
    [InlineData("""{"properties": {"next": {"$ref": "#"}, "n": {"type": "integer"}}}""", """{"next": {"next": {"n": 1}}}""")]
    [InlineData("""{"format": "date-time"}""", "\"2026-01-31T12:00:00.5+02:00\"")]
    [InlineData("""{"format": "uri"}""", "\"https://example.com/a?b\"")]
    [InlineData("""{"format": "email"}""", "\"a@example.com\"")]
    [InlineData("""{"format": "made-up"}""", "\"anything\"")]
    [InlineData("""{"title": "t", "description": "d", "default": 1, "examples": [], "x-hint": 1, "$comment": ""}""", "\"anything\"")]
    public void What_matches_has_no_problems(string schema, string instance) => Assert.Empty(Failures(schema, instance));

    [Theory]
    [InlineData("false", "1", " false")]
    [InlineData("""{"type": "integer"}""", "1.5", " type")]
    [InlineData("""{"type": "string"}""", "null", " type")]
    [InlineData("""{"enum": [1, "a"]}""", "2", " enum")]
    [InlineData("""{"const": 1}""", "2", " const")]
    [InlineData("""{"required": ["a", "b"]}""", """{"a": 1}""", "/b required")]
    [InlineData("""{"properties": {"a/b": {"properties": {"~": {"type": "string"}}}}}""", """{"a/b": {"~": 1}}""", "/a~1b/~0 type")]
    [InlineData("""{"additionalProperties": false}""", """{"a": 1}""", "/a additionalProperties")]
    [InlineData("""{"properties": {"a": {}}, "additionalProperties": {"type": "integer"}}""", """{"b": "1"}""", "/b type")]
    [InlineData("""{"items": {"type": "integer"}}""", """[1, "a"]""", "/1 type")]
    [InlineData("""{"prefixItems": [{}, {"type": "string"}], "items": false}""", """[1, 2, 3]""", "/1 type|/2 false")]
    [InlineData("""{"minItems": 1}""", "[]", " minItems")]
    [InlineData("""{"maxItems": 1}""", "[1, 2]", " maxItems")]
    [InlineData("""{"uniqueItems": true}""", """[{"a": 1, "b": 2}, 3, {"b": 2, "a": 1.0}]""", "/2 uniqueItems")]
    [InlineData("""{"minLength": 2}""", "\"😀\"", " minLength")]
    [InlineData("""{"maxLength": 1}""", "\"ab\"", " maxLength")]
    [InlineData("""{"minProperties": 1}""", "{}", " minProperties")]
    [InlineData("""{"maxProperties": 0}""", """{"a": 1}""", " maxProperties")]
    [InlineData("""{"pattern": "^b+$"}""", "\"abbc\"", " pattern")]
    [InlineData("""{"minimum": 1}""", "0.5", " minimum")]
    [InlineData("""{"maximum": 9007199254740992}""", "9007199254740993", " maximum")]
    [InlineData("""{"exclusiveMinimum": 1}""", "1", " exclusiveMinimum")]
    [InlineData("""{"exclusiveMaximum": 1}""", "1.0", " exclusiveMaximum")]
    [InlineData("""{"multipleOf": 0.1}""", "0.35", " multipleOf")]
    [InlineData("""{"anyOf": [{"type": "string"}, {"minimum": 3}]}""", "2", " anyOf")]
    [InlineData("""{"oneOf": [{"minimum": 1}, {"minimum": 2}]}""", "5", " oneOf")]
    [InlineData("""{"allOf": [{"minimum": 3}, {"maximum": 5}]}""", "6", " maximum")]
    [InlineData("""{"not": {"type": "string"}}""", "\"a\"", " not")]
    [InlineData("""{"if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": {"required": ["c"]}}""", """{"a": 1}""", "/b required")]
    [InlineData("""{"properties": {"next": {"$ref": "#"}, "n": {"type": "integer"}}}""", """{"next": {"next": {"n": "1"}}}""", "/next/next/n type")]
    [InlineData("""{"format": "date-time"}""", "\"2026-01-31\"", " format")]
    [InlineData("""{"format": "uri"}""", "\"no uri\"", " format")]
    [InlineData("""{"format": "email"}""", "\"nobody\"", " format")]
    public void What_does_not_match_is_located(string schema, string instance, string failures) =>
        Assert.Equal(failures, string.Join("|", Failures(schema, instance)));

    [Theory]
    [InlineData("5", "")]
    [InlineData("""{"type": "text"}""", "/type")]
    [InlineData("""{"type": []}""", "/type")]
    [InlineData("""{"enum": []}""", "/enum")]
    [InlineData("""{"required": "a"}""", "/required")]
    [InlineData("""{"properties": []}""", "/properties")]
    [InlineData("""{"properties": {"a/b": {"minLength": -1}}}""", "/properties/a~1b/minLength")]
    [InlineData("""{"pattern": "("}""", "/pattern")]
    [InlineData("""{"pattern": "(?=a)"}""", "/pattern")]
    [InlineData("""{"pattern": "(a)\\1"}""", "/pattern")]
    [InlineData("""{"anyOf": []}""", "/anyOf")]
    [InlineData("""{"allOf": [{"type": "x"}]}""", "/allOf/0/type")]
    [InlineData("""{"minimum": "1"}""", "/minimum")]
    [InlineData("""{"multipleOf": 0}""", "/multipleOf")]
    [InlineData("""{"uniqueItems": 1}""", "/uniqueItems")]
    [InlineData("""{"then": {}}""", "/then")]
    [InlineData("""{"$ref": "https://example.com/schema"}""", "/$ref")]
    [InlineData("""{"$ref": "#/$defs/nowhere"}""", "/$ref")]
    [InlineData("""{"$ref": "#anchor"}""", "/$ref")]
    [InlineData("""{"$defs": {"unused": {"type": "x"}}}""", "/$defs/unused/type")]
    [InlineData("""{"$defs": 5}""", "/$defs")]
    [InlineData("""{"patternProperties": {}}""", "/patternProperties")]
    [InlineData("""{"unevaluatedProperties": false}""", "/unevaluatedProperties")]
    [InlineData("""{"minLenght": 1}""", "/minLenght")]
    public void What_is_not_in_the_subset_does_not_compile(string schema, string pointer)
    {
        Assert.Null(Schema.Compile(ValueJson.Parse(schema), out var problems));
        Assert.Equal(pointer, Assert.Single(problems).Pointer);
    }

    [Fact]
    public void Schemas_as_the_exporter_of_the_platform_makes_them_compile() => Assert.Equal("/child/size type", Assert.Single(Failures(
        """
        {"type": ["object", "null"], "properties": {
            "size": {"type": ["string", "integer"], "pattern": "^-?(?:0|[1-9]\\d*)$"},
            "child": {"$ref": "#"}, "other": {"type": ["array", "null"], "items": {"$ref": "#/properties/size"}}}, "required": []}
        """,
        """{"size": "12", "child": {"size": true}, "other": [1]}""")));

    [Fact]
    public void Templates_may_become_anything()
    {
        var schema = Compile("""
            {"type": "object", "required": ["n"], "additionalProperties": false, "properties": {
                "n": {"type": "integer", "maximum": 5}, "list": {"items": {"type": "boolean"}, "uniqueItems": true}, "one": {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}}}
            """);
        Assert.Empty(schema.ValidateTemplate(ValueJson.Parse("""{"n": "{{ 1 }}", "list": [true, "{{x}}", "{{x}}"], "one": {"a": 1, "b": 2}, "extra": 1}""")));
        Assert.Equal("/n /list/0", string.Join(" ", schema.ValidateTemplate(ValueJson.Parse("""{"n": "{ 1 }", "list": ["x"]}""")).Select(problem => problem.Pointer)));
        Assert.NotEmpty(schema.Validate(ValueJson.Parse("""{"n": "{{ 1 }}"}""")));
    }

    [Fact]
    public void Endless_references_and_exponential_schemas_end()
    {
        Assert.Single(Failures("""{"$ref": "#"}""", "1"));
        Assert.NotEmpty(Failures("""{"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}""", "1"));
        var doubling = "{\"$defs\": {\"d0\": {\"type\": \"string\"}" + string.Concat(Enumerable.Range(1, 60).Select(i =>
            $$""", "d{{i}}": {"anyOf": [{"$ref": "#/$defs/d{{i - 1}}"}, {"$ref": "#/$defs/d{{i - 1}}"}]}""")) + "}, \"$ref\": \"#/$defs/d60\"}";
        var time = ProcessorTime.Of(() => Assert.NotEmpty(Failures(doubling, "1")));
        Assert.True(time < TimeSpan.FromSeconds(15), time.ToString());
    }

    [Fact]
    public void A_schema_that_is_too_deep_does_not_compile()
    {
        var deep = string.Concat(Enumerable.Repeat("{\"items\": ", 100)) + "{}" + new string('}', 100);
        Assert.Null(Schema.Compile(ValueJson.Parse(deep), out _));
    }

    [Fact]
    public void Many_items_are_compared_quickly()
    {
        var items = "[" + string.Join(",", Enumerable.Range(0, 50_000).Select(i => $"[{i}]")) + "]";
        var time = ProcessorTime.Of(() => Assert.Empty(Failures("""{"uniqueItems": true}""", items)));
        Assert.True(time < TimeSpan.FromSeconds(15), time.ToString());
    }
}
