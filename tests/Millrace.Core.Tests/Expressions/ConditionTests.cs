using Millrace.Core.Expressions;
using Millrace.Core.Values;

namespace Millrace.Core.Tests.Expressions;

public sealed class ConditionTests
{
    private static readonly Bindings Data = new(ValueJson.Parse("""{"input": {"value": 12, "name": "a", "evil": "1 == 1 || true", "none": null}, "x": "a"}""").AsMap());

    [Theory]
    [InlineData("{{input.value}} > 10", true)]
    [InlineData("{{ input.value }} * 2 == 24 && {{input.name}} == 'a'", true)]
    [InlineData("{{ input.value - 2 }} * 2 == 20", true)]
    [InlineData("'{{x}}' == 'a'", true)]
    [InlineData("\"{{ input.name }}\" == \"a\"", true)]
    [InlineData("'{{ input[\\'name\\'] }}' == 'a'", true)]
    [InlineData("'v{{ input.value }}!' == 'v12!'", true)]
    [InlineData("'{{ input.none }}' == ''", true)]
    [InlineData("{{ {'a': {'b': 1}} }}.a.b == 1", true)]
    [InlineData("{'a': {'b': 1}}.a.b == 1", true)]
    [InlineData("{{input.evil}} == 'no'", false)]
    [InlineData("'{{input.evil}}' == 'no'", false)]
    [InlineData("input.value > 10", true)]
    [InlineData("{{ '}}' }} == '}}'", true)]
    public void A_template_in_a_condition_is_a_subexpression(string source, bool expected)
    {
        var condition = Expression.ParseCondition(source, out var problem);
        Assert.True(condition is not null, problem?.ToString());
        var outcome = condition.Evaluate(Data);
        Assert.True(outcome.Succeeded, outcome.Error);
        Assert.Equal(expected, outcome.Value.AsBool());
    }

    [Theory]
    [InlineData("{{input.value > 10", "expected '}}', found the end", 18)]
    [InlineData("{{input.value} > 10", "expected '}}'", 13)]
    [InlineData("input.value}} > 10", "there is no '{' that this '}' closes", 11)]
    [InlineData("true && '{{ 1 + }}' == ''", "expected a value, found '}}'", 16)]
    public void A_malformed_template_in_a_condition_is_a_problem(string source, string message, int position)
    {
        Assert.Null(Expression.ParseCondition(source, out var problem));
        Assert.Equal(new ExpressionProblem(message, position), problem);
    }

    [Fact]
    public void Errors_and_references_inside_quotes_point_into_the_source()
    {
        var condition = Expression.ParseCondition("x == 'b{{ input.nam }}'", out _)!;
        var outcome = condition.Evaluate(Data);
        Assert.Equal("no such key: 'nam'; did you mean 'name'?", outcome.Error);
        Assert.Equal(16, outcome.Position);
        Assert.Equal([0, 10], condition.References.Select(reference => reference.Position));
    }
}
