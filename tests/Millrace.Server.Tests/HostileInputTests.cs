using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Millrace.Server.Tests;

public sealed class HostileInputTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private static readonly string[] Ids =
    [
        "nobody", "%00", "..%2f..%2fetc%2fpasswd", "%F0%9F%92%A9", "%ED%A0%80", "'%20or%201=1%20--", "a%0d%0ab", "-1", "1e9", "99999999999999999999", new('x', 4000), "%25s%25n", "{id}",
    ];

    private static readonly string[] Bodies =
    [
        "", "null", "0", "\"text\"", "[]", "{}", "[[[[", "{\"a\":}", "\0", "{\"input\":1e400}", "{\"input\":\"\\ud800\"}", "{\"input\":{\"\\ud800\":1}}", "{\"__proto__\":{}}",
        "{\"nodes\":null}", "{\"nodes\":{}}", "{\"nodes\":[null]}", "{\"nodes\":[{}],\"edges\":[{}]}", "{\"nodes\":[{\"id\":{}}]}", "{\"steps\":[[]]}", "{\"name\":1,\"nodes\":[],\"edges\":5}",
        "{\"id\":\"\\u0000\",\"nodes\":[]}", "{\"expression\":\"((((((((((\"}", "{\"expression\":\"\\ud800\"}", "{\"expression\":\"1\",\"context\":{\"\":1}}", "{\"workflowId\":\"\\u0000\"}",
        "{\"name\":\"\\ud83d\\ude00\\u0000\",\"nodes\":[{\"id\":\"a\",\"type\":\"start\"}],\"edges\":[]}", "{\"$type\":\"System.Object\"}",
        "{\"input\":" + new string('[', 126) + new string(']', 126) + "}",
    ];

    private static readonly string[] Queries =
    [
        "", "?limit=2147483648", "?cursor=%00&limit=1", "?cursor=%ED%A0%80", "?page=1000000&page_size=200", "?status=,&tags=,,", "?q=%25&owner=%00", "?from=0001-01-01&to=9999-12-31T23:59:59Z", "?from=9999-12-31T23:59:59-14:00",
        "?at=9223372036854775807", "?after=9223372036854775807", "?level=&node=", "?wait=0.0000001", "?wait=1e1", "?draft=true", "?format=yaml", "?a=1&a=2&a", "?=&&&", "?limit=1&limit=2",
    ];

    private int _requests;

    [Fact]
    public async Task No_input_is_an_internal_error()
    {
        var failures = new List<string>();
        var workflow = await server.CreateAsync(Documents.Patient);
        var execution = await server.ExecuteAsync(workflow);
        foreach (var endpoint in server.Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            var route = endpoint.RoutePattern.RawText!;
            if (route.EndsWith("/stream", StringComparison.Ordinal))
                continue;
            foreach (var method in endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods.Select(name => new HttpMethod(name)))
            {
                foreach (var id in route.Contains('{', StringComparison.Ordinal) ? Ids : [""])
                    await CheckAsync(method, Fill(route, id), method == HttpMethod.Get ? null : "{}", failures);
                // What is there is asked for, and what is not where it would be gone after the first time. The streams of what is there do not end.
                var known = method == HttpMethod.Delete || route.EndsWith("/events", StringComparison.Ordinal) ? "nobody"
                    : route.Contains("/workflows/", StringComparison.Ordinal) ? workflow
                    : execution;
                var path = route.Replace("{version}", "1").Replace("{other}", "2");
                foreach (var query in Queries)
                    await CheckAsync(method, Fill(path, known) + query, method == HttpMethod.Get ? null : "{}", failures);
                foreach (var body in method == HttpMethod.Get ? [] : Bodies)
                    await CheckAsync(method, Fill(path, known), body, failures);
            }
        }
        Assert.Empty(failures);
        Assert.True(_requests > 1_000, $"Only {_requests} requests were made.");
    }

    private static string Fill(string route, string id) => route.Replace("{id}", id).Replace("{version}", id).Replace("{other}", id).Replace("{type}", id);

    private async Task CheckAsync(HttpMethod method, string path, string? body, List<string> failures)
    {
        foreach (var contentType in body is null ? [""] : new[] { "application/json", "application/yaml" })
        {
            var answer = await server.SendAsync(method, path, body, body is null ? [] : [("Content-Type", contentType)]);
            _requests++;
            if (answer.Status >= 500)
                failures.Add($"{method} {path} {contentType} {body}: {answer.Status} {answer.Text}");
        }
    }
}
