using Microsoft.AspNetCore.Http;
using Millrace.Core.Values;

namespace Millrace.Nodes.Tests.Http;

public sealed class PaginationTests : IDisposable
{
    private readonly HttpHarness _harness = new();

    public void Dispose() => _harness.Dispose();

    [Theory]
    [InlineData("<{0}?p={1}>; rel=\"next\"")]
    [InlineData("</?p={1}>; rel=next; title=\"a, b\"")]
    [InlineData("<{0}?p=0>; rel=\"prev first\", <{0}?p={1}>; rel=\"next last\"")]
    public async Task A_link_header_is_followed(string link)
    {
        await using var server = await PagesAsync((context, page) =>
        {
            if (page < 3)
                context.Response.Headers.Link = string.Format(link, $"http://{context.Request.Host}/", page + 1);
            return new[] { page * 10, (page * 10) + 1 };
        });

        var outcome = await _harness.CallAsync(server, """ "pagination":{"type":"link"} """, "?p=1");

        Assert.Equal("[10,11,20,21,30,31]", outcome.Output["body"].ToJson());
        Assert.Equal(
            (200, 3, true), (outcome.Output["status"].AsInt(), outcome.Meta["pages"].AsInt(), outcome.Meta["isComplete"].AsBool()));
        Assert.Equal(["/?p=1", "/?p=2", "/?p=3"], server.Requests.Select(request => request.Target));
    }

    [Fact]
    public async Task An_address_in_the_body_is_followed()
    {
        await using var server =
            await PagesAsync((_, page) => new { data = new[] { page }, links = page < 3 ? new { next = $"?p={page + 1}" } : null });
        var outcome = await _harness.CallAsync(server, """ "pagination":{"type":"next","next":"body.links.?next","items":"body.data"} """, "?p=1");
        Assert.Equal("[1,2,3]", outcome.Output["body"].ToJson());
    }

    [Fact]
    public async Task Pages_are_counted_until_one_is_empty()
    {
        await using var server = await PagesAsync((_, page) => page < 7 ? [page] : Array.Empty<int>());
        var outcome = await _harness.CallAsync(server, """ "query":{"x":1},"pagination":{"type":"page","parameter":"p","start":2,"step":2} """);
        Assert.Equal("[2,4,6]", outcome.Output["body"].ToJson());
        Assert.Equal(["/?x=1&p=2", "/?x=1&p=4", "/?x=1&p=6", "/?x=1&p=8"], server.Requests.Select(request => request.Target));
    }

    [Fact]
    public async Task A_cursor_goes_into_the_query()
    {
        await using var server = await PagesAsync((context, _) =>
            new
            {
                items = new[] { context.Request.Query["c"].ToString() },
                cursor = context.Request.Query["c"].ToString() switch { "" => "a b", "a b" => "&", _ => null },
            });
        var outcome = await _harness.CallAsync(server, """ "pagination":{"type":"cursor","cursor":"body.cursor","parameter":"c","items":"body.items"} """);
        Assert.Equal("""["","a b","&"]""", outcome.Output["body"].ToJson());
    }

    [Fact]
    public async Task Pages_without_items_are_given_whole_and_more_says_whether_to_go_on()
    {
        await using var server = await PagesAsync((_, page) => new { page, more = page < 2 });
        var outcome = await _harness.CallAsync(server, """ "pagination":{"type":"page","parameter":"p","more":"body.more"} """);
        Assert.Equal("""[{"page":1,"more":true},{"page":2,"more":false}]""", outcome.Output["body"].ToJson());
    }

    [Theory]
    [InlineData("fail", "more than 2 pages")]
    [InlineData("stop", null)]
    public async Task The_number_of_pages_is_bounded(string whenMore, string? problem)
    {
        await using var server = await PagesAsync((_, page) => new[] { page });
        var outcome = await _harness.CallAsync(server, $$""" "pagination":{"type":"page","parameter":"p","maxPages":2,"whenMore":"{{whenMore}}"} """);
        Assert.Equal(2, server.Requests.Count);
        if (problem is null)
            Assert.Equal(("[1,2]", false), (outcome.Output["body"].ToJson(), outcome.Meta["isComplete"].AsBool()));
        else
            Assert.Contains(problem, outcome.Error!.Message);
    }

    [Fact]
    public async Task All_pages_together_have_one_limit_of_bytes()
    {
        await using var server = await PagesAsync((_, page) => new[] { new string('x', 400) });
        Assert.Contains("more than 1000 bytes", (await _harness.CallAsync(server, """ "maxResponseBytes":1000,"pagination":{"type":"page","parameter":"p"} """)).Error!.Message);
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task Pages_that_go_round_in_circles_end()
    {
        await using var server = await PagesAsync((context, page) =>
        {
            context.Response.Headers.Link = $"</?p={3 - page}>; rel=next";
            return new[] { page };
        });
        Assert.Contains("form a circle", (await _harness.CallAsync(server, """ "pagination":{"type":"link"} """, "?p=1")).Error!.Message);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task A_page_elsewhere_gets_no_credentials_and_a_private_one_is_refused()
    {
        await using var other = await TestServer.StartAsync(context =>
        {
            context.Response.Headers.Link = "<http://10.0.0.1/>; rel=next";
            return context.Response.WriteAsJsonAsync(new[] { 2 });
        });
        await using var server = await PagesAsync((context, _) =>
        {
            context.Response.Headers.Link = $"<{other.Url}>; rel=next";
            return new[] { 1 };
        });
        var outcome = await _harness.CallAsync(server, """ "auth":{"type":"bearer","token":"t"},"pagination":{"type":"link"} """);
        Assert.Equal("blocked", outcome.Error!.Type);
        Assert.Equal("Bearer t", server.Requests[0].Headers["Authorization"]);
        Assert.False(Assert.Single(other.Requests).Headers.ContainsKey("Authorization"));
    }

    [Fact]
    public async Task Each_page_has_an_idempotency_key_of_its_own()
    {
        await using var server = await PagesAsync((_, page) => page < 3 ? [page] : Array.Empty<int>());
        await _harness.CallAsync(server, """ "method":"POST","pagination":{"type":"page","parameter":"p"} """);
        Assert.Equal(["x1:n::0", "x1:n::0:2", "x1:n::0:3"], server.Requests.Select(request => request.Headers["Idempotency-Key"]));
    }

    [Fact]
    public async Task A_page_that_fails_is_the_failure()
    {
        await using var server = await PagesAsync((context, page) =>
        {
            context.Response.StatusCode = page == 2 ? 503 : 200;
            return new[] { page };
        });
        var error = (await _harness.CallAsync(server, """ "pagination":{"type":"page","parameter":"p"} """)).Error!;
        Assert.Equal((503, true), (error.Details["status"].AsInt(), error.Retryable));
    }

    [Theory]
    [InlineData("""{"type":"page"}""", "set 'items' or 'more'")]
    [InlineData("""{"type":"next","next":"body.none"}""", "body.none")]
    [InlineData("""{"type":"link","items":"body.a"}""", "must be a list")]
    public async Task What_a_page_does_not_have_is_named(string pagination, string said)
    {
        await using var server = await PagesAsync((_, _) => new { a = 1 });
        Assert.Contains(said, (await _harness.CallAsync(server, $"\"pagination\":{pagination}")).Error!.Message);
    }

    [Theory]
    [InlineData("""{}""", "")]
    [InlineData("""{"type":"all"}""", "/type")]
    [InlineData("""{"type":"next"}""", "")]
    [InlineData("""{"type":"cursor"}""", "")]
    [InlineData("""{"type":"next","next":"body."}""", "/next")]
    [InlineData("""{"type":"link","items":"("}""", "/items")]
    [InlineData("""{"type":"page","step":0}""", "/step")]
    [InlineData("""{"type":"page","maxPages":0}""", "/maxPages")]
    public void A_bad_pagination_is_located(string pagination, string pointer) =>
        Assert.Equal("/nodes/0/config/pagination" + pointer, OneNode.Problem("http", $$"""{"url":"https://example.com","pagination":{{pagination}}}""").Pointer);

    [Fact]
    public void Pages_are_no_file() =>
        Assert.Equal("/nodes/0/config/pagination", OneNode.Problem("http", """{"url":"https://example.com","response":"file","pagination":{"type":"link"}}""").Pointer);

    private static Task<TestServer> PagesAsync(Func<HttpContext, int, object> page) => TestServer.StartAsync(context =>
        context.Response.WriteAsJsonAsync(page(context, int.TryParse(context.Request.Query["p"], out var number) ? number : 1), TestContext.Current.CancellationToken));
}
