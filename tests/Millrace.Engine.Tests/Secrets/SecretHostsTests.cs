using Millrace.Engine.Secrets;

namespace Millrace.Engine.Tests.Secrets;

public sealed class SecretHostsTests
{
    [Theory]
    [InlineData("api.example.com", "api.example.com", true)]
    [InlineData("API.example.com", "api.EXAMPLE.com", true)]
    [InlineData("api.example.com", "api.example.com.", true)]
    [InlineData("api.example.com", "example.com", false)]
    [InlineData("api.example.com", "xapi.example.com", false)]
    [InlineData("api.example.com", "api.example.com.evil.com", false)]
    [InlineData("*.example.com", "a.example.com", true)]
    [InlineData("*.example.com", "a.b.example.com", true)]
    [InlineData("*.example.com", "example.com", false)]
    [InlineData("*.example.com", "evilexample.com", false)]
    [InlineData("*.example.com", ".example.com", false)]
    [InlineData("bücher.example", "xn--bcher-kva.example", true)]
    [InlineData("127.0.0.1", "127.0.0.1", true)]
    [InlineData("127.0.0.1", "::ffff:127.0.0.1", true)]
    [InlineData("::1", "[::1]", true)]
    [InlineData("[::1]", "0:0:0:0:0:0:0:1", true)]
    [InlineData("localhost", "localhost", true)]
    public void A_host_is_one_of_them_or_not(string allowed, string host, bool isAllowed) =>
        Assert.Equal(isAllowed, SecretHosts.TryParse([allowed], out _)!.Allow(host));

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("*.")]
    [InlineData("a.*.com")]
    [InlineData("*.1.2.3.4")]
    [InlineData("https://example.com")]
    [InlineData("example.com:443")]
    [InlineData("example.com/path")]
    [InlineData("user@example.com")]
    [InlineData("two words")]
    public void What_is_no_host_is_named(string text)
    {
        Assert.Null(SecretHosts.TryParse([text], out var problem));
        Assert.Contains($"'{text}' is not a host", problem);
    }

    [Fact]
    public void There_are_at_most_fifty()
    {
        Assert.NotNull(SecretHosts.TryParse(Enumerable.Range(0, 50).Select(i => $"h{i}.example.com"), out _));
        Assert.Null(SecretHosts.TryParse(Enumerable.Range(0, 51).Select(i => $"h{i}.example.com"), out _));
    }

    [Fact]
    public void None_is_any() => Assert.True(SecretHosts.TryParse([], out _)!.Allow("anywhere.example.com"));

    [Fact]
    public void They_are_read_as_they_were_stored()
    {
        var hosts = SecretHosts.TryParse(["*.Example.com", "10.0.0.1"], out _)!;
        Assert.Equal(hosts.Names, SecretHosts.OfStored(hosts.ToString()).Names);
        Assert.True(SecretHosts.OfStored(SecretHosts.Any.ToString()).IsAny);
    }
}
