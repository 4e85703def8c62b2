using System.Net;
using Millrace.Nodes.Http;

namespace Millrace.Nodes.Tests.Http;

public sealed class AddressGuardTests
{
    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("0.1.2.3")]
    [InlineData("10.0.0.1")]
    [InlineData("100.64.0.1")]
    [InlineData("100.100.100.200")]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.254")]
    [InlineData("168.63.129.16")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.0.0.1")]
    [InlineData("192.168.1.1")]
    [InlineData("198.19.0.1")]
    [InlineData("203.0.113.9")]
    [InlineData("224.0.0.1")]
    [InlineData("240.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::7f00:1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:a9fe:a9fe")]
    [InlineData("64:ff9b::127.0.0.1")]
    [InlineData("64:ff9b::a00:1")]
    [InlineData("64:ff9b:1::1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("2002:a00:1::1")]
    [InlineData("2001::1")]
    [InlineData("2001:db8::1")]
    [InlineData("fc00::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fe80::1")]
    [InlineData("fe80::1%2")]
    [InlineData("febf::1")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    [InlineData("100::1")]
    [InlineData("4000::1")]
    public void What_is_not_public_is_refused(string address) =>
        Assert.NotNull(AddressGuard.PublicOnly.RefusalOf(IPAddress.Parse(address)));

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("9.255.255.255")]
    [InlineData("11.0.0.0")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("126.255.255.255")]
    [InlineData("128.0.0.1")]
    [InlineData("169.253.1.1")]
    [InlineData("172.15.0.1")]
    [InlineData("172.32.0.1")]
    [InlineData("223.255.255.255")]
    [InlineData("2606:4700:4700::1111")]
    [InlineData("::ffff:1.1.1.1")]
    [InlineData("64:ff9b::1.1.1.1")]
    [InlineData("2002:101:101::1")]
    public void What_is_public_is_not(string address) => Assert.Null(AddressGuard.PublicOnly.RefusalOf(IPAddress.Parse(address)));

    // What a URL parser makes of an address is what is connected to, and so what is checked.
    [Theory]
    [InlineData("http://2130706433/")]
    [InlineData("http://0x7f000001/")]
    [InlineData("http://0x7f.1/")]
    [InlineData("http://017700000001/")]
    [InlineData("http://0177.0.0.1/")]
    [InlineData("http://127.1/")]
    [InlineData("http://[::ffff:127.0.0.1]/")]
    [InlineData("http://[::ffff:7f00:1]/")]
    public void Other_ways_to_write_an_address_do_not_help(string url) =>
        Assert.NotNull(AddressGuard.PublicOnly.RefusalOf(IPAddress.Parse(new Uri(url).IdnHost.Trim('[', ']'))));

    [Fact]
    public void A_refusal_names_the_network() =>
        Assert.Equal("a private address (10.0.0.0/8)", AddressGuard.PublicOnly.RefusalOf(IPAddress.Parse("10.1.2.3")));

    [Theory]
    [InlineData("10.0.0.0/8", "10.1.2.3", true)]
    [InlineData("10.0.0.0/8, fd00::/8", "fd00::1", true)]
    [InlineData("10.0.0.7", "10.0.0.7", true)]
    [InlineData("10.0.0.7", "10.0.0.8", false)]
    [InlineData("127.0.0.0/8", "::ffff:127.0.0.1", true)]
    [InlineData("127.0.0.0/8", "64:ff9b::7f00:1", true)]
    [InlineData("127.0.0.0/8", "169.254.169.254", false)]
    [InlineData("", "127.0.0.1", false)]
    public void Networks_can_be_allowed(string setting, string address, bool isAllowed) =>
        Assert.Equal(isAllowed, AddressGuard.Allowing(setting).RefusalOf(IPAddress.Parse(address)) is null);

    [Theory]
    [InlineData("10.0.0.0/33")]
    [InlineData("localhost")]
    public void What_is_no_network_is_named(string setting) =>
        Assert.Contains(
            $"'{setting}' in HTTP_ALLOWED_NETWORKS",
            Assert.Throws<FormatException>(() => AddressGuard.Allowing(setting)).Message,
            StringComparison.Ordinal);
}
