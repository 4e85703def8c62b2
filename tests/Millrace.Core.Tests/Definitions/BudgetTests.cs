using Millrace.Core.Definitions;
using Millrace.Core.Values;

namespace Millrace.Core.Tests.Definitions;

public sealed class BudgetTests
{
    [Fact]
    public void A_budget_limits_money_tokens_and_calls()
    {
        Assert.Equal(new SpendingLimit(0.5m, 2_000, 10), Reading.Clean(Document("""{"money":0.5,"tokens":2000,"calls":10,"onExceed":"fail"}""")).Settings.Budget);
        Assert.Equal(new SpendingLimit(3m), Reading.Clean(Document("""{"money":3}""")).Settings.Budget);
        Assert.Null(Reading.Clean(Document("null")).Settings.Budget);
        Assert.Equal("""{"money":0.5,"calls":10}""", DefinitionWriter.ToValue(Reading.Clean(Document("""{"money":0.5,"calls":10}""")))["settings"]["budget"].ToJson());
    }

    [Theory]
    [InlineData("{}", "/settings/budget", "missing_field")]
    [InlineData("5", "/settings/budget", "wrong_type")]
    [InlineData("""{"money":-0.01}""", "/settings/budget/money", "out_of_range")]
    [InlineData("""{"money":1000001}""", "/settings/budget/money", "out_of_range")]
    [InlineData("""{"money":1e300}""", "/settings/budget/money", "wrong_type")]
    [InlineData("""{"money":"5 USD"}""", "/settings/budget/money", "wrong_type")]
    [InlineData("""{"tokens":-1}""", "/settings/budget/tokens", "out_of_range")]
    [InlineData("""{"tokens":1.5}""", "/settings/budget/tokens", "wrong_type")]
    [InlineData("""{"calls":1000000000001}""", "/settings/budget/calls", "out_of_range")]
    [InlineData("""{"calls":1,"onExceed":"ask"}""", "/settings/budget/onExceed", "unsupported")]
    [InlineData("""{"calls":1,"cals":1}""", "/settings/budget/cals", "unknown_field")]
    public void What_is_wrong_is_named_where_it_stands(string budget, string pointer, string code) =>
        Assert.Contains(Reading.Checked(Document(budget)).Problems, problem => (problem.Pointer, problem.Code) == (pointer, code));

    private static string Document(string budget) => $$"""{"name":"t","settings":{"budget":{{budget}}},"nodes":[{"id":"a","type":"noop"}],"edges":[]}""";
}
