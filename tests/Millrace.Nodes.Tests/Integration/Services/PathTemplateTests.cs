using Millrace.Core.Values;
using Millrace.Nodes.Integration.Services;

namespace Millrace.Nodes.Tests.Integration.Services;

public sealed class PathTemplateTests
{
    [Theory]
    [InlineData("/", "{}", "/")]
    [InlineData("/a/b/", "{}", "/a/b/")]
    [InlineData("/a/{x}/b", """{"x":"1"}""", "/a/1/b")]
    [InlineData("/a/{x}-{y}.json", """{"x":1,"y":true}""", "/a/1-true.json")]
    [InlineData("/a/{x}", """{"x":"../../etc"}""", "/a/..%2F..%2Fetc")]
    [InlineData("/a/{x}", """{"x":"b?c=d#e"}""", "/a/b%3Fc%3Dd%23e")]
    [InlineData("/a/{x}", """{"x":"%2e%2e"}""", "/a/%252e%252e")]
    [InlineData("/a/{x}", """{"x":"b\\c"}""", "/a/b%5Cc")]
    [InlineData("/a/{x}", """{"x":"//evil.example.com"}""", "/a/%2F%2Fevil.example.com")]
    [InlineData("/a/{x}", """{"x":"é;{y}"}""", "/a/%C3%A9%3B%7By%7D")]
    public void A_param_stays_in_its_segment(string template, string values, string path) =>
        Assert.Equal(path, PathTemplate.TryParse(template, out _)!.TryFill(ValueJson.Parse(values).AsMap(), out _));

    [Theory]
    [InlineData("/a/{x}", "{}", "'x' is missing")]
    [InlineData("/a/{x}", """{"x":null}""", "'x' is missing")]
    [InlineData("/a/{x}", """{"x":""}""", "empty")]
    [InlineData("/a/{x}", """{"x":[1]}""", "a list")]
    [InlineData("/a/{x}", """{"x":".."}""", "leads to another path")]
    [InlineData("/a/{x}/b", """{"x":"."}""", "leads to another path")]
    [InlineData("/a/{x}{y}", """{"x":".","y":"."}""", "leads to another path")]
    public void A_param_that_would_lead_elsewhere_is_refused(string template, string values, string reason)
    {
        Assert.Null(PathTemplate.TryParse(template, out _)!.TryFill(ValueJson.Parse(values).AsMap(), out var problem));
        Assert.Contains(reason, problem);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("//evil.example.com/a")]
    [InlineData("/a//b")]
    [InlineData("/a/../b")]
    [InlineData("/a/%2e%2E/b")]
    [InlineData("/a/./b")]
    [InlineData("https://evil.example.com")]
    [InlineData("/a?b=c")]
    [InlineData("/a#b")]
    [InlineData("/a\\b")]
    [InlineData("/a b")]
    [InlineData("/a/{}")]
    [InlineData("/a/{x")]
    [InlineData("/a/{x y}")]
    [InlineData("/a/{{x}}")]
    [InlineData("/a/x}")]
    [InlineData("/\u00e9")]
    [InlineData("/a\r\nb")]
    public void What_is_no_path_is_refused(string template)
    {
        Assert.Null(PathTemplate.TryParse(template, out var problem));
        Assert.NotNull(problem);
    }
}
