using System.ComponentModel;
using System.Text.Json.Serialization;
using Millrace.Core.Nodes;
using Millrace.Core.Schemas;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Nodes.Http;
using Millrace.Tests;

namespace Millrace.Engine.Tests.Nodes;

public sealed class ConfigSchemaTests
{
    private static readonly Value Schema = ConfigSchema.Derive(typeof(Everything));

    [Theory]
    [InlineData("text", """{"type":"string","description":"Some text."}""")]
    [InlineData("maybeText", """{"type":["string","null"]}""")]
    [InlineData("number", """{"type":"integer","default":7}""")]
    [InlineData("maybeNumber", """{"type":["integer","null"]}""")]
    [InlineData("ratio", """{"type":"number","default":0.5}""")]
    [InlineData("flag", """{"type":"boolean","default":true}""")]
    [InlineData("choice", """{"enum":["one-of","twoWords"],"default":"twoWords"}""")]
    [InlineData("maybeChoice", """{"enum":["one-of","twoWords",null]}""")]
    [InlineData("duration", """{"type":["string","number"],"format":"duration","default":"PT30S"}""")]
    [InlineData("maybeDuration", """{"type":["string","number","null"],"format":"duration"}""")]
    [InlineData("any", "{}")]
    [InlineData("maybeAny", "{}")]
    [InlineData("templated", """{"type":"integer","default":3}""")]
    [InlineData("condition", """{"type":["string","null"],"format":"cel"}""")]
    [InlineData("map", """{"type":["object","null"]}""")]
    [InlineData("secret", """{"type":["string","null"],"x-secret":true}""")]
    public void A_property_has_the_schema_of_its_type(string name, string expected) =>
        Assert.Equal(ValueJson.Parse(expected).ToJson(), Schema["properties"][name].ToJson());

    [Fact]
    public void Only_required_properties_are_required() => Assert.Equal("""["text"]""", Schema["required"].ToJson());

    [Fact]
    public void A_list_of_records_has_their_schema()
    {
        var item = Schema["properties"]["parts"]["items"];
        Assert.Equal("""["name"]""", item["required"].ToJson());
        Assert.Equal("""{"type":["string","null"],"format":"cel"}""", item["properties"]["when"].ToJson());
    }

    [Fact]
    public void The_roles_of_fields_are_found()
    {
        var type = new EverythingNode().Description;
        Assert.Equal(["/condition", "/parts/*/when", "/named/*/when"], type.ExpressionFields);
        Assert.Equal(["/secret"], type.SecretFields);
        Assert.Equal(["/asIs"], type.VerbatimFields);
    }

    public static TheoryData<string> BuiltInTypes() => [.. BuiltIn().All.Select(type => type.Type)];

    [Theory]
    [MemberData(nameof(BuiltInTypes))]
    public void Every_built_in_type_has_a_schema_that_is_checked_and_described(string name)
    {
        var type = BuiltIn().Find(name)!;
        Assert.NotNull(Core.Schemas.Schema.Compile(type.ConfigSchema, out var problems));
        Assert.Empty(problems);
        AssertDescribed(type.ConfigSchema, name);
    }

    [Theory]
    [InlineData("""{"text":"x","number":5.0}""", 5)]
    [InlineData("""{"text":"x","number":5}""", 5)]
    public void Whole_numbers_are_integers(string config, int number) => Assert.Equal(number, Bind(config, out _)!.Number);

    [Theory]
    [InlineData("""{"text":"x","duration":"1h30m"}""", 5400)]
    [InlineData("""{"text":"x","duration":"PT1M"}""", 60)]
    [InlineData("""{"text":"x","duration":1500}""", 1.5)]
    public void Durations_are_read_as_authors_write_them(string config, double seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), Bind(config, out _)!.Duration);

    [Fact]
    public void Values_and_choices_are_bound()
    {
        var bound = Bind("""{"text":"x","choice":"one-of","any":{"a":[1,2.0]},"map":{"k":null},"parts":[{"name":"p"}]}""", out _)!;
        Assert.Equal((Choice.OneOf, """{"a":[1,2.0]}""", "p"), (bound.Choice, bound.Any.ToJson(), bound.Parts[0].Name));
        Assert.True(bound.Map!["k"].IsNull);
    }

    [Theory]
    [InlineData("{}", "/text")]
    [InlineData("""{"text":null}""", "/text")]
    [InlineData("""{"text":"x","number":"5"}""", "/number")]
    [InlineData("""{"text":"x","number":99999999999}""", "/number")]
    [InlineData("""{"text":"x","duration":"soon"}""", "/duration")]
    [InlineData("""{"text":"x","choice":"three"}""", "/choice")]
    [InlineData("""{"text":"x","parts":[{"name":"p"},{}]}""", "/parts/1/name")]
    public void What_does_not_fit_is_located(string config, string pointer)
    {
        Assert.Null(Bind(config, out var problem));
        Assert.Equal(pointer, problem!.Pointer);
        Assert.DoesNotContain("System.", problem.Message, StringComparison.Ordinal);
    }

    private static Everything? Bind(string config, out ConfigProblem? problem) => ConfigBinder.TryBind<Everything>(ValueJson.Parse(config).AsMap(), out problem);

    private static NodeRegistry BuiltIn() => new(NodesForTests.All(new OutgoingHttp(AddressGuard.PublicOnly)));

    private static void AssertDescribed(Value schema, string where)
    {
        if (!schema["properties"].TryGetMap(out var properties))
            return;
        foreach (var property in properties.Entries)
        {
            var place = $"{where}/{property.Key.AsString()}";
            Assert.True(property.Value["description"].Kind == ValueKind.String, place);
            AssertDescribed(property.Value, place);
            AssertDescribed(property.Value["items"], place);
            AssertDescribed(property.Value["additionalProperties"], place);
        }
    }

    internal enum Choice
    {
        [JsonStringEnumMemberName("one-of")]
        OneOf,
        TwoWords,
    }

    internal sealed record Part
    {
        public required string Name { get; init; }

        [ExpressionField]
        public string? When { get; init; }
    }

    internal sealed record Everything
    {
        [Description("Some text.")]
        public required string Text { get; init; }

        public string? MaybeText { get; init; }

        public int Number { get; init; } = 7;

        public int? MaybeNumber { get; init; }

        public double Ratio { get; init; } = 0.5;

        public bool Flag { get; init; } = true;

        public Choice Choice { get; init; } = Choice.TwoWords;

        public Choice? MaybeChoice { get; init; }

        public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(30);

        public TimeSpan? MaybeDuration { get; init; }

        public Value Any { get; init; }

        public Value? MaybeAny { get; init; }

        [TemplatedField(typeof(int))]
        public Value Templated { get; init; } = 3;

        [ExpressionField]
        public string? Condition { get; init; }

        [SecretField]
        public string? Secret { get; init; }

        [VerbatimField]
        public string? AsIs { get; init; }

        public IReadOnlyDictionary<string, Value>? Map { get; init; }

        public IReadOnlyList<Part> Parts { get; init; } = [];

        public IReadOnlyDictionary<string, Part>? Named { get; init; }
    }

    private sealed class EverythingNode : PureNodeType<Everything>
    {
        protected override NodeTypeDescription Describe() => new() { Type = "everything", Title = "Everything", Summary = "All kinds of fields.", Category = "Test", Kind = NodeKind.Pure };

        protected override PureLogic? Compile(Everything config, NodeCompilation compilation) => null;
    }
}
