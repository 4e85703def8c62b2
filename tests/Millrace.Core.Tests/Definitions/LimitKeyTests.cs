using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Core.Values;

namespace Millrace.Core.Tests.Definitions;

public sealed class LimitKeyTests
{
    private static readonly ExecutionStart Start = new()
    {
        Input = ValueJson.Parse("""{"customer": "ann", "number": 7, "nested": {"a": [1]}, "nothing": null}"""),
        Variables = MapValue.Of("region", "eu"),
        Trigger = MapValue.Of("type", "webhook"),
    };

    [Theory]
    [InlineData("{{input.customer}}", "ann")]
    [InlineData("{{input.number}}", "7")]
    [InlineData("{{input.nested}}", """{"a":[1]}""")]
    [InlineData("{{variables.region}}-{{trigger.type}}-{{input.customer}}", "eu-webhook-ann")]
    [InlineData("{{input.?absent.orValue('none')}}", "none")]
    [InlineData("fixed", "fixed")]
    public void A_key_is_rendered_over_what_a_start_brings(string template, string expected) =>
        Assert.Equal((expected, null), LimitKey.Parse(template, out _)!.Render(Start));

    [Theory]
    [InlineData("{{input.absent}}", "absent")]
    [InlineData("{{input.nothing}}", "null")]
    [InlineData("{{input.?absent}}", "null")]
    [InlineData("{{[input.customer, input.customer].map(c, 'LONG')}}", "characters")]
    public void A_key_without_a_usable_value_says_why(string template, string part)
    {
        var (rendered, problem) = LimitKey.Parse(template.Replace("LONG", new string('x', 260)), out _)!.Render(Start);
        Assert.Null(rendered);
        Assert.Contains(part, problem);
    }

    [Theory]
    [InlineData("{{ 1 + }}", "not valid")]
    [InlineData("{{data.x}}", "no 'data'")]
    [InlineData("{{nodes['a'].output}}", "no 'nodes'")]
    [InlineData("{{a.output}}", "no 'a'")]
    [InlineData("{{now}}", "no 'now'")]
    public void A_key_that_looks_at_what_is_not_there_yet_is_none(string template, string part)
    {
        Assert.Null(LimitKey.Parse(template, out var problem));
        Assert.Contains(part, problem);
    }
}
