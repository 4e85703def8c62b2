using Millrace.Core.Expressions;
using Millrace.Core.Values;

namespace Millrace.Core.Tests.Expressions;

public sealed class TemplateTests
{
    private static readonly Bindings Data = new(ValueJson.Parse("""
        {"input": {"n": 12, "d": 2.0, "s": "a\"b", "none": null, "list": [1, "x"], "map": {"k": true}}}
        """).AsMap());

    [Theory]
    [InlineData("{{ input.n }}", "12")]
    [InlineData("  {{input.list}}\n", "[1,\"x\"]")]
    [InlineData("{{ input.none }}", "null")]
    [InlineData("{{ input.?gone }}", "null")]
    [InlineData("{{ input.?n }}", "12")]
    [InlineData("{{ 5u }}", "5")]
    [InlineData("{{ b'hi' }}", "\"aGk=\"")]
    [InlineData("{{ timestamp(0) }}", "\"1970-01-01T00:00:00Z\"")]
    [InlineData("{{ [duration('90s'), int] }}", "[\"90s\",\"int\"]")]
    [InlineData("{{ {1: true} }}", "{\"1\":true}")]
    [InlineData("{{input.n}} {{input.d}}", "\"12 2\"")]
    [InlineData("<{{input.s}}>", "\"<a\\\"b>\"")]
    [InlineData("<{{input.none}}{{input.?gone}}>", "\"<>\"")]
    [InlineData("list: {{input.list}}, map: {{input.map}}", "\"list: [1,\\\"x\\\"], map: {\\\"k\\\":true}\"")]
    [InlineData("{{ '{{' }}raw}}", "\"{{raw}}\"")]
    [InlineData("{{ '}}' + \"}}\" }}", "\"}}}}\"")]
    [InlineData("{{ {'a': {'b': 1}}}}", "{\"a\":{\"b\":1}}")]
    [InlineData("{{ {'a': {'b': 1}} }}!", "\"{\\\"a\\\":{\\\"b\\\":1}}!\"")]
    [InlineData("no braces }} here { }", "\"no braces }} here { }\"")]
    public void A_string_becomes_its_value(string text, string json)
    {
        var template = Template.Parse(text, out var problems);
        Assert.True(template is not null, problems.IsDefaultOrEmpty ? "" : problems[0].ToString());
        var outcome = template.Evaluate(Data);
        Assert.True(outcome.Succeeded, outcome.Error);
        Assert.Equal(json, outcome.Value.ToJson());
    }

    [Fact]
    public void A_tree_keeps_its_shape_and_its_keys()
    {
        var tree = ValueJson.Parse("""{"a": ["{{ input.n }}", {"{{key}}": "x{{input.n}}"}], "b": {"c": 1.0}}""");
        var template = Template.Parse(tree, out _)!;
        Assert.False(template.IsConstant);
        Assert.Equal("""{"a":[12,{"{{key}}":"x12"}],"b":{"c":1.0}}""", template.Evaluate(Data).Value.ToJson());
    }

    [Fact]
    public void A_tree_without_expressions_is_given_back_itself()
    {
        var tree = ValueJson.Parse("""{"a": ["b", {"c": null}]}""");
        var template = Template.Parse(tree, out _)!;
        Assert.True(template.IsConstant);
        Assert.Same(tree.AsHeap(), template.Evaluate(Data).Value.AsHeap());
    }

    [Fact]
    public void A_value_that_is_json_passes_through_uncopied()
    {
        Assert.True(Data.TryGet("input", out var input));
        Assert.Same(input.AsHeap(), Template.Parse("{{ input }}", out _)!.Evaluate(Data).Value.AsHeap());
    }

    [Fact]
    public void All_problems_are_reported_with_their_pointers()
    {
        var tree = ValueJson.Parse("""{"a/b": ["{{ 1 + }}", "ok"], "c~": "x{{ sise(1) }}", "d": "{{ open"}""");
        Assert.Null(Template.Parse(tree, out var problems));
        Assert.Equal(
            [
                new TemplateProblem("/a~1b/0", "expected a value, found '}}'", 7),
                new TemplateProblem("/c~0", "unknown function 'sise'; did you mean 'size'?", 4),
                new TemplateProblem("/d", "expected '}}', found the end", 7),
            ], problems);
    }

    [Fact]
    public void An_error_names_the_string_and_the_place_in_it()
    {
        var tree = ValueJson.Parse("""{"url": "x", "body": ["{{ input.n }}", "id={{ input.nn.z }}"]}""");
        var outcome = Template.Parse(tree, out _)!.Evaluate(Data);
        Assert.Equal(("no such key: 'nn'; did you mean 'n'?", "/body/1", 12), (outcome.Error, outcome.Pointer, outcome.Position));
    }

    [Theory]
    [InlineData("{{ 0.0 / 0.0 }}", "NaN has no form in JSON")]
    [InlineData("{{ {1: 'a', '1': 'b'} }}", "the key '1' occurs twice once it is text")]
    public void What_json_cannot_say_is_an_error(string text, string message) =>
        Assert.Equal(message, Template.Parse(text, out _)!.Evaluate(Data).Error);

    [Fact]
    public void A_value_wrapped_in_itself_again_and_again_is_refused_while_it_can_still_be_stored()
    {
        var wrap = Template.Parse(ValueJson.Parse("""{"again": ["{{ [last] }}"]}"""), out _)!;
        Value last = 1;
        for (var i = 0; i < 1_000; i++)
        {
            var outcome = wrap.Evaluate(new Bindings(MapValue.Of("last", last)));
            if (!outcome.Succeeded)
            {
                Assert.Contains("nested more than 100 deep", outcome.Error, StringComparison.Ordinal);
                Assert.Equal(last, ValueJson.Parse(last.ToUtf8()));
                return;
            }
            last = outcome.Value;
        }
        Assert.Fail("nothing stopped the nesting");
    }

    [Fact]
    public void References_carry_the_pointer_of_their_string()
    {
        var template = Template.Parse(ValueJson.Parse("""{"a": "{{ x.y }}", "b": ["{{ z }} {{ x['w'] }}"]}"""), out _)!;
        var lines =
            template.References.Select(r => $"{r.Pointer} {r.Reference.Root} {string.Join('.', r.Reference.Path)} {r.Reference.Position}");
        Assert.Equal("/a x y 3, /b/0 z  3, /b/0 x w 11", string.Join(", ", lines));
    }
}
