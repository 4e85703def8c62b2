using Millrace.Core.Definitions;
using Millrace.Core.Expressions;
using Millrace.Core.Values;

namespace Millrace.Core.Tests.Expressions;

public sealed class ConditionTests
{
    private static readonly Bindings Data = new(ValueJson.Parse("""{"input": {"value": 12, "name": "a", "evil": "1 == 1 || true", "none": null}, "x": "a"}""").AsMap());

    [Theory]
    [InlineData("input.name", "exists", true)]
    [InlineData("input.none", "exists", false)]
    [InlineData("input.missing", "exists", false)]
    [InlineData("{{ input.missing }}", "exists", false)]
    [InlineData("size(input.name)", "exists", true)]
    [InlineData("input.missing", "notExists", true)]
    [InlineData("input.name", "not_exists", false)]
    [InlineData("input.missing", "isEmpty", true)]
    [InlineData("input.name", "isEmpty", false)]
    [InlineData("input.missing", "is_not_empty", false)]
    [InlineData("input.name", "isNotEmpty", true)]
    public void A_rule_about_presence_holds_for_fields_that_are_not_there(string field, string comparison, bool expected)
    {
        var condition = Expression.ParseCondition(ComparisonOperators.ToCondition(field, comparison, Value.Null), out var problem);
        Assert.True(condition is not null, problem?.ToString());
        var outcome = condition.Evaluate(Data);
        Assert.True(outcome.Succeeded, outcome.Error);
        Assert.Equal(expected, outcome.Value.AsBool());
    }

    [Theory]
    [InlineData("'11'", "greaterThan", "10", true)]
    [InlineData("'9'", "gt", "10", false)]
    [InlineData("'9'", "<=", "\"10\"", false)]
    [InlineData("9", "<=", "\"10\"", true)]
    [InlineData("'1e3'", "equals", "1000", true)]
    [InlineData("'9007199254740993'", "equals", "9007199254740992", false)]
    [InlineData("'05'", "equals", "\"5\"", false)]
    [InlineData("'x'", "equals", "5", false)]
    [InlineData("'x'", "notEquals", "5", true)]
    [InlineData("'5'", "in", "[4, 5]", true)]
    [InlineData("'5'", "notIn", "[4, 6]", true)]
    [InlineData("input.value", "gte", "\"{{ '12' }}\"", true)]
    [InlineData("['5']", "contains", "5", true)]
    [InlineData("[5]", "contains", "\"5\"", true)]
    [InlineData("['x', null]", "contains", "5", false)]
    [InlineData("['x', null]", "notContains", "5", true)]
    [InlineData("{'5': 1}", "contains", "5", true)]
    [InlineData("'abc5'", "contains", "5", true)]
    [InlineData("'abc'", "not_contains", "5", true)]
    [InlineData("['18446744073709551615']", "contains", "18446744073709551615", true)]
    [InlineData("18446744073709551615u", "equals", "18446744073709551615", true)]
    [InlineData("18446744073709551615u", "in", "[1, 18446744073709551615]", true)]
    [InlineData("5", "greaterThan", "9223372036854775808", false)]
    [InlineData("5", "greaterThan", "-9223372036854775808", true)]
    [InlineData("input.name.matches('^[a-z]{1}$')", "equals", "true", true)]
    [InlineData("'a{2}b{0}'", "equals", "\"a{2}b{0}\"", true)]
    [InlineData("'a{2}b'", "isNotEmpty", "null", true)]
    public void The_text_of_a_number_compares_as_that_number_in_a_rule(string field, string comparison, string operand, bool expected)
    {
        var rule = ComparisonOperators.ToCondition(field, comparison, ValueJson.Parse(operand));
        var condition = Expression.ParseCondition(rule, out var problem);
        Assert.True(condition is not null, problem?.ToString());
        var outcome = condition.Evaluate(Data);
        Assert.True(outcome.Succeeded, outcome.Error);
        Assert.Equal(expected, outcome.Value.AsBool());
    }

    [Theory]
    [InlineData("{{input.name}} > 10", "cannot compare string with int; write double(input.name) > 10")]
    [InlineData("1.5 <= input.name", "cannot compare double with string; write 1.5 <= double(input.name)")]
    [InlineData("input.name + '1' > 10", "cannot compare string with int; write double(x) around the text")]
    [InlineData("input.none > 10", "cannot compare null with int")]
    public void Text_against_a_number_is_an_error_that_shows_what_to_write(string source, string expected) =>
        Assert.Equal(expected, Expression.ParseCondition(source, out _)!.Evaluate(Data).Error);

    [Fact]
    public void Text_that_is_not_json_is_told_in_one_sentence()
    {
        var outcome = Expression.Parse("json.parse('{')", out _)!.Evaluate(Bindings.Empty);
        Assert.StartsWith("json.parse: the text is not JSON: ", outcome.Error);
        Assert.DoesNotContain("LineNumber", outcome.Error);
        Assert.False(outcome.Error!.EndsWith('.'));
    }

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
