using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Millrace.Server.Tests.OpenApi;

public sealed class ReferencePageTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture | RegexOptions.Singleline;

    [Fact]
    public async Task The_page_has_every_operation_and_schema()
    {
        var document = (await PublishedApi.ReadAsync(server)).Document;
        var page = (await server.GetAsync("/docs/api")).Text;
        foreach (var (_, item) in document["paths"]!.AsObject())
            Assert.All(item!.AsObject(), operation => Assert.Contains($"id=\"{operation.Value!["operationId"]}\"", page));
        Assert.All(document["components"]!["schemas"]!.AsObject(), schema => Assert.Contains($"id=\"schema-{schema.Key}\"", page));
    }

    [Fact]
    public async Task The_page_needs_nothing_else_and_is_allowed_nothing_else()
    {
        var answer = await server.GetAsync("/docs/api");
        Assert.Equal("text/html", answer.Response.Content.Headers.ContentType!.MediaType);
        Assert.DoesNotMatch(new Regex("<(script|link|img|iframe)|\\son\\w+=|\\sstyle=|url\\(|@import", Options), answer.Text);
        var style = Regex.Match(answer.Text, "<style>(?<text>.*?)</style>", Options).Groups["text"].Value;
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)));
        Assert.Contains($"style-src 'sha256-{hash}'", answer.Header("Content-Security-Policy"));
        Assert.Contains("default-src 'none'", answer.Header("Content-Security-Policy"));
    }

    [Fact]
    public async Task What_the_document_marks_as_code_is_shown_as_code()
    {
        var page = System.Net.WebUtility.HtmlDecode((await server.GetAsync("/docs/api")).Text);
        Assert.Contains("<code>X-Next-Cursor</code>", page);
        Assert.DoesNotContain("`", page);
    }

    [Fact]
    public async Task Every_link_within_the_page_leads_somewhere()
    {
        var page = (await server.GetAsync("/docs/api")).Text;
        var links = Regex.Matches(page, "href=\"#(?<anchor>[^\"]+)\"", Options).Select(match => match.Groups["anchor"].Value).Distinct().ToList();
        Assert.NotEmpty(links);
        Assert.All(links, link => Assert.Contains($"id=\"{link}\"", page));
    }
}
