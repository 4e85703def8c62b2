using Millrace.Core.Nodes;
using Millrace.Engine.Waits;

namespace Millrace.Engine.Tests.Waits;

public sealed class SignedLinkTests : IDisposable
{
    private static readonly WaitAddress Address = new("acme", "e1", "ask größe\"\n", "0.3");

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("millrace-links-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData(LinkKind.Answer)]
    [InlineData(LinkKind.Callback)]
    public void A_link_leads_back_to_its_wait_also_for_the_next_process(LinkKind kind)
    {
        var token = TokenOf(Open(), kind);
        Assert.Equal(Address, Open().Verify(token, kind));
    }

    [Fact]
    public void An_attempt_of_an_effect_has_a_link_of_its_own()
    {
        var links = Open();
        var second = Address with { Attempt = 2 };
        var token = links.LinkTo(second, new WaitLink(LinkKind.Callback))!.Split('/')[^1];
        Assert.Equal(second, links.Verify(token, LinkKind.Callback));
        Assert.NotEqual(token, TokenOf(links, LinkKind.Callback));
    }

    [Fact]
    public void A_link_of_one_kind_is_none_of_the_other() => Assert.Null(Open().Verify(TokenOf(Open(), LinkKind.Answer), LinkKind.Callback));

    [Fact]
    public void A_link_of_another_server_is_none()
    {
        var token = TokenOf(Open("other.key"), LinkKind.Answer);
        Assert.Null(Open().Verify(token, LinkKind.Answer));
    }

    [Fact]
    public void Any_changed_letter_makes_a_link_worthless()
    {
        var links = Open();
        var token = TokenOf(links, LinkKind.Answer);
        for (var i = 0; i < token.Length; i++)
        {
            var changed = token[..i] + (token[i] == 'A' ? 'B' : 'A') + token[(i + 1)..];
            // The last letter of a signature has bits that mean nothing, but it is compared as text.
            Assert.Null(links.Verify(changed, LinkKind.Answer));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a")]
    [InlineData("a.b")]
    [InlineData("....")]
    [InlineData("\ud800.x")]
    public void Nonsense_is_no_link(string token) => Assert.Null(Open().Verify(token, LinkKind.Answer));

    [Fact]
    public void Without_an_address_of_its_own_a_server_has_no_links() => Assert.Null(SignedLinks.Open(PathOf("links.key")).LinkTo(Address, new WaitLink(LinkKind.Answer)));

    [Fact]
    public void Every_run_of_a_node_has_an_id_of_its_own()
    {
        Assert.StartsWith("e1-", Address.Id, StringComparison.Ordinal);
        WaitAddress[] others = [Address with { Iteration = "0.4" }, Address with { NodeId = "ask" }, Address with { ExecutionId = "e2" }, new("acme", "e1", "3:ask", "0"), new("acme", "e1", "ask", ""), Address with { Attempt = 1 }, Address with { Attempt = 2 }];
        Assert.Equal(others.Length + 1, others.Append(Address).Select(address => address.Id).Distinct().Count());
    }

    [Fact]
    public void A_file_that_holds_no_key_is_told_of()
    {
        File.WriteAllText(PathOf("links.key"), "no key");
        Assert.Contains("links.key", Assert.Throws<InvalidDataException>(() => SignedLinks.Open(PathOf("links.key"))).Message, StringComparison.Ordinal);
    }

    private static string TokenOf(SignedLinks links, LinkKind kind) => links.LinkTo(Address, new WaitLink(kind))!.Split('=', '/')[^1];

    private SignedLinks Open(string name = "links.key")
    {
        var links = SignedLinks.Open(PathOf(name));
        links.BaseUrl = "http://localhost:1";
        return links;
    }

    private string PathOf(string name) => Path.Combine(_directory.FullName, name);
}
