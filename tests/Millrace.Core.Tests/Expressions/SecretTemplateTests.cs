using Millrace.Core.Expressions;
using Millrace.Core.Values;

namespace Millrace.Core.Tests.Expressions;

public sealed class SecretTemplateTests
{
    private static readonly Dictionary<string, string> Secrets = new(StringComparer.Ordinal) { ["key"] = "K-1", ["other-key"] = "K-2" };

    private static SecretTemplate Parse(string tree)
    {
        var template = SecretTemplate.Parse(ValueJson.Parse(tree), out var problems);
        Assert.True(template is not null, string.Join('\n', problems));
        return template;
    }

    private static (string Journaled, string Filled) Run(string tree, string input = "null")
    {
        var template = Parse(tree);
        var evaluated = template.Template.Evaluate(new Bindings(MapValue.Of("input", ValueJson.Parse(input))));
        Assert.True(evaluated.Succeeded, evaluated.Error);
        Assert.True(template.TryFill(evaluated.Value, Secrets.GetValueOrDefault, out var filled, out var missing), missing);
        return (evaluated.Value.ToJson(), filled.ToJson());
    }

    [Theory]
    [InlineData("""{"a":"{{secrets.key}}"}""", """{"a":{"secret":"key"}}""", """{"a":"K-1"}""")]
    [InlineData("""{"a":" {{ secrets.key }} "}""", """{"a":{"secret":"key"}}""", """{"a":"K-1"}""")]
    [InlineData("""{"a":"{{secrets['other-key']}}"}""", """{"a":{"secret":"other-key"}}""", """{"a":"K-2"}""")]
    [InlineData("""{"a":"Bearer {{secrets.key}}"}""", """{"a":["Bearer ",{"secret":"key"}]}""", """{"a":"Bearer K-1"}""")]
    [InlineData("""{"a":["x","{{secrets.key}}:{{input.n}}/{{input.none}}{{secrets['other-key']}}"]}""", """{"a":["x",[{"secret":"key"},":5/",{"secret":"other-key"}]]}""", """{"a":["x","K-1:5/K-2"]}""")]
    [InlineData("""{"a/b~c":{"d":"{{secrets.key}}"},"e":"{{input.n}}"}""", """{"a/b~c":{"d":{"secret":"key"}},"e":5}""", """{"a/b~c":{"d":"K-1"},"e":5}""")]
    public void The_journaled_value_names_secrets_and_the_filled_one_has_them(string tree, string journaled, string filled) =>
        Assert.Equal((journaled, filled), Run(tree, """{"n":5,"none":null}"""));

    [Theory]
    [InlineData("""{"secret":"key"}""")]
    [InlineData("""[{"secret":"key"}]""")]
    [InlineData("\"{{secrets.key}}\"")]
    [InlineData("""["",{"secret":"key"}]""")]
    public void Data_cannot_ask_for_a_secret(string data)
    {
        var (_, filled) = Run("""{"a":"{{input}}","b":"{{secrets['other-key']}}{{input}}","c":"x{{input}}"}""", data);

        Assert.DoesNotContain("K-1", filled);
    }

    [Theory]
    [InlineData("{{ secrets.key + 'x' }}")]
    [InlineData("{{ secrets }}")]
    [InlineData("{{ secrets.?key }}")]
    [InlineData("{{ secrets[input] }}")]
    [InlineData("{{ size(secrets.key) }}")]
    [InlineData("a {{ [secrets.key].map(x, x + 'y') }}")]
    public void A_secret_is_no_part_of_an_expression(string text)
    {
        Assert.Null(SecretTemplate.Parse(MapValue.Of("a", text), out var problems));

        Assert.Contains("{{secrets.name}}", Assert.Single(problems).Message);
        Assert.Equal("/a", problems[0].Pointer);
    }

    [Fact]
    public void A_secret_that_is_not_there_is_named()
    {
        var template = Parse("""{"a":"{{secrets.none}}"}""");

        Assert.False(template.TryFill(template.Template.Evaluate(Bindings.Empty).Value, Secrets.GetValueOrDefault, out _, out var missing));
        Assert.Equal("none", missing);
    }
}
