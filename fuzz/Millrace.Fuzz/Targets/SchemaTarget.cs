using System.Text.Json;
using Millrace.Core.Schemas;
using Millrace.Core.Values;
using Millrace.Fuzz.Generation;

namespace Millrace.Fuzz.Targets;

/// <summary>A JSON schema and a value to hold against it: {"schema": ..., "instance": ...}.</summary>
internal sealed class SchemaTarget : Target
{
    private static readonly string[] Keywords =
    [
        "schema", "instance", "type", "enum", "const", "properties", "required", "additionalProperties", "minProperties", "maxProperties", "items", "prefixItems", "minItems", "maxItems", "uniqueItems",
        "minLength", "maxLength", "pattern", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "anyOf", "oneOf", "allOf", "not", "if", "then", "else", "$ref", "$defs",
        "definitions", "$schema", "$id", "title", "x-a", "a", "b", "", "~", "/",
    ];

    private static readonly Value[] Scalars =
    [
        "object", "array", "string", "number", "integer", "boolean", "null", "#", "#/", "#/$defs/a", "#/properties/a", "#/schema", "#/%", "#/a~2b", "date-time", "uri", "email", "(a+)+$", "^.{0,1000}$", "[a-z]{3}", "(?=a)",
        "\\1", "((a{100}){100}){100}", "\\p{L}", "2026-01-31T08:00:00Z", "http://a/b", "a@b", "{{ x }}", "", "\ud83d\ude00", Value.Null, true, false, 0, 1, -1, 3, 0.1, 0.3, 1e300, 1e-300, -0.0, long.MaxValue, long.MinValue,
        MapValue.Empty, ListValue.Empty,
    ];

    private readonly TreeMutation _trees = new(Keywords, Scalars);
    private readonly ByteMutation _bytes = new([.. Vocabulary.JsonTokens, .. Keywords.Select(keyword => $"\"{keyword}\":")]);

    public override string Name => "schema";

    public override IReadOnlyList<byte[]> Seeds { get; } = SeedCorpus.ReadWithFinds("schema");

    public override byte[] Generate(Random random, Func<byte[]> known)
    {
        var input = known();
        return random.Next(4) != 0 && Parse(input) is { } tree
            ? _trees.Mutate(tree, random, () => Parse(known()) ?? Value.Null).ToUtf8()
            : _bytes.Mutate(input, random, known);
    }

    public override string Run(byte[] input)
    {
        if (Parse(input) is not { } both)
            return "no JSON";
        var schema = Schema.Compile(both["schema"], out var problems);
        Require(schema is null == problems.Length > 0, "there is neither a schema nor a problem, or both");
        if (schema is null)
            return string.Join(
                ' ', problems.Select(problem => problem.Keyword).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(5));
        var found = schema.Validate(both["instance"]);
        Require(found.SequenceEqual(schema.Validate(both["instance"])), "checked a second time it comes to something else");
        foreach (var problem in found)
            Require(
                problem.Message.Length > 0 && (problem.Pointer.Length == 0 || problem.Pointer[0] == '/'),
                $"a problem is at '{problem.Pointer}'");
        schema.ValidateTemplate(both["instance"]);
        return $"{found.Length == 0} {string.Join(' ', found.Select(problem => problem.Keyword).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(5))}";
    }

    private static Value? Parse(byte[] input)
    {
        try
        {
            return ValueJson.Parse(input);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
