using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Millrace.Core.Values;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Tests.Http;

/// <summary>Every list pages to its end, whatever the size of its pages: the routes are taken from the endpoint table, so that a new list is tried as well.</summary>
public sealed class PagingTests(PagingTests.FullServer full) : IClassFixture<PagingTests.FullServer>
{
    private const int Items = 205;

    public static TheoryData<string> Lists()
    {
        var lists = new TheoryData<string>();
        foreach (var path in FullServer.Paths.Keys)
            lists.Add(path);
        return lists;
    }

    [Fact]
    public void Every_list_is_tried() => Assert.Equal(
        full.Server.Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<RouteDescription>() is { } route && route.QueryNames.Contains("page_size"))
            .Select(endpoint => endpoint.RoutePattern.RawText!.TrimEnd('/')).Order(StringComparer.Ordinal),
        FullServer.Paths.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task Every_item_of_a_list_is_seen_once(string list)
    {
        var all = await ReadAllAsync(list, 200);
        Assert.True(all.Count >= Items, $"{list} has only {all.Count} items.");
        Assert.Equal(all.Count, all.Distinct().Count());
        foreach (var limit in (int[])[1, 2, 199])
            Assert.Equal(all, await ReadAllAsync(list, limit));
    }

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task Pages_may_be_counted_or_skipped_to(string list)
    {
        var path = FullServer.Paths[list](full);
        var all = await ReadAllAsync(list, 200);
        foreach (var query in (string[])["page=3&page_size=20", "offset=40&limit=20", "skip=40&limit=20", "page=3&limit=20"])
        {
            var answer = await full.Server.GetAsync($"{path}?{query}");
            Assert.Equal(all.Skip(40).Take(20), answer.Body.AsList().Select(item => item.ToJson()));
            var next = await full.Server.GetAsync(NextOf(answer)!);
            Assert.Equal(all.Skip(60).Take(20), next.Body.AsList().Select(item => item.ToJson()));
        }
        Assert.Equal(400, (await full.Server.GetAsync($"{path}?limit=201")).Status);
        Assert.Equal(400, (await full.Server.GetAsync($"{path}?page=2&skip=3")).Status);
    }

    private async Task<List<string>> ReadAllAsync(string list, int limit)
    {
        var items = new List<string>();
        var path = $"{FullServer.Paths[list](full)}?limit={limit}";
        for (var pages = 0; path is not null; pages++)
        {
            Assert.True(pages <= 2 * Items, $"{list} never ends.");
            var answer = await full.Server.GetAsync(path);
            Assert.True(answer.Status == 200, answer.Text);
            var page = answer.Body.AsList();
            path = NextOf(answer);
            Assert.True(path is null ? page.Count <= limit : page.Count == limit, $"A page of {limit} has {page.Count} items.");
            Assert.Equal(path is null, answer.Header("X-Next-Cursor") is null);
            items.AddRange(page.Select(item => item.ToJson()));
        }
        return items;
    }

    private static string? NextOf(Answer answer) => answer.Header("Link") is { } link ? link[1..link.IndexOf('>', StringComparison.Ordinal)] : null;

    /// <summary>A server with more than a full page of everything that can be listed.</summary>
    public sealed class FullServer : IAsyncLifetime
    {
        /// <summary>Each list, and where it is full.</summary>
        internal static readonly Dictionary<string, Func<FullServer, string>> Paths = new(StringComparer.Ordinal)
        {
            ["/api/v1/workflows"] = _ => "/api/v1/workflows",
            ["/api/v1/workflows/{id}/versions"] = server => $"/api/v1/workflows/{server._workflow}/versions",
            ["/api/v1/workflows/{id}/executions"] = server => $"/api/v1/workflows/{server._workflow}/executions",
            ["/api/workflows/{id}/executions"] = server => $"/api/workflows/{server._workflow}/executions",
            ["/api/v1/executions"] = _ => "/api/v1/executions",
            ["/api/v1/executions/{id}/nodes"] = server => $"/api/v1/executions/{server._long}/nodes",
            ["/api/v1/jobs"] = _ => "/api/v1/jobs",
            ["/api/v1/approvals"] = _ => "/api/v1/approvals",
            ["/api/v1/events"] = _ => "/api/v1/events",
            ["/api/v1/limits"] = _ => "/api/v1/limits",
            ["/api/v1/secrets"] = _ => "/api/v1/secrets",
            ["/api/v1/integrations"] = _ => "/api/v1/integrations",
            ["/api/v1/nodes"] = _ => "/api/v1/nodes",
        };

        private string _workflow = "";
        private string _long = "";

        public ServerFixture Server { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Server = await ServerFixture.StartAsync();
            _workflow = await Server.CreateAsync(Asking);
            _long = await Server.ExecuteAsync(await Server.CreateAsync(Repeating), "{}", "?wait=30");
            await ManyAsync(i => Server.PostAsync("/api/v1/workflows", Documents.Sum));
            await ManyAsync(i => Server.SendAsync(HttpMethod.Put, $"/api/v1/workflows/{_workflow}", Asking));
            await ManyAsync(i => Server.PostAsync($"/api/v1/workflows/{_workflow}/execute", $$$"""{"input": {"key": "Ü {{{i}}}/,"}}"""));
            await ManyAsync(i => Server.SendAsync(HttpMethod.Put, $"/api/v1/secrets/secret_{i}", """{"value": "12345678"}"""));
            await ManyAsync(i => Server.SendAsync(HttpMethod.Put, $"/api/v1/integrations/service{i}", """{"baseUrl": "https://example.com"}"""));
            await ManyAsync(i => Server.PostAsync("/api/v1/events", $$"""{"specversion": "1.0", "id": "{{i}}", "source": "/test", "type": "test.made"}"""));
            for (var batch = 0; batch < 3; batch++)
            {
                var types = string.Join(", ", Enumerable.Range(batch * 70, 70).Select(i => $$"""{"type": "own{{i}}"}"""));
                var registered = await Server.PostAsync("/api/v1/worker/register", $$"""{"worker": "w", "types": [{{types}}]}""");
                Assert.True(registered.Status == 200, registered.Text);
            }
            var workflow = $"/api/v1/executions?workflow_id={_workflow}&status=waiting&limit=200&offset=199";
            // An execution waits for its answer a moment after it was started.
            while ((await Server.GetAsync(workflow)).Body.AsList().Count < Items - 199)
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        }

        public ValueTask DisposeAsync() => Server.DisposeAsync();

        private static async Task ManyAsync(Func<int, Task<Answer>> make)
        {
            foreach (var some in Enumerable.Range(0, Items).Chunk(41))
            {
                foreach (var answer in await Task.WhenAll(some.Select(make)))
                    Assert.True(answer.Status is >= 200 and < 300, answer.Text);
            }
        }

        private static readonly string Repeating = $$$$"""
            {"name": "Repeating", "nodes": [{"id": "each", "type": "forEach", "config": {
              "items": [{{{{string.Join(',', Enumerable.Range(0, Items))}}}}],
              "body": {"nodes": [{"id": "a", "type": "transform", "config": {"expression": "item"}}], "edges": []}}}], "edges": []}
            """;

        // Each of its executions asks somebody, and holds a slot of its own.
        private const string Asking = """
            {
              "name": "Asking",
              "nodes": [{"id": "start", "type": "start"}, {"id": "ask", "type": "approval", "config": {"title": "Well?"}}],
              "edges": [{"source": "start", "target": "ask"}],
              "settings": {"concurrency": {"limit": 3, "key": "{{input.key}}"}}
            }
            """;
    }
}
