using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Http;
using Millrace.Core.Values;
using Millrace.Nodes.Http;
using Millrace.Nodes.Tests.Http;

namespace Millrace.Nodes.Tests.Integration.Services;

public sealed class IntegrationNodeTests : IAsyncDisposable
{
    private readonly IntegrationHarness _calls = new();

    public ValueTask DisposeAsync() => _calls.DisposeAsync();

    [Theory]
    [InlineData("GET /a/{id}", """{"id":"x y","q":["1","2"],"none":null}""", "GET /api/a/x%20y?q=1&q=2", "")]
    [InlineData("DELETE /a/{id}", """{"id":1,"force":true}""", "DELETE /api/a/1?force=true", "")]
    [InlineData("post /a/{id}/notes", """{"id":1,"text":"hi","n":[1]}""", "POST /api/a/1/notes", """{"text":"hi","n":[1]}""")]
    [InlineData("PUT /a", "{}", "PUT /api/a", "")]
    [InlineData("GET /", "{}", "GET /api/", "")]
    [InlineData("GET /a/{id}", """{"id":"../../admin?x"}""", "GET /api/a/..%2F..%2Fadmin%3Fx", "")]
    public async Task A_method_and_a_path_are_an_operation(string operation, string values, string asked, string body)
    {
        await using var server = await TestServer.StartAsync(context => context.Response.WriteAsJsonAsync(new { ok = true }));
        _calls.Save($$"""{"baseUrl":"{{server.Url}}api/"}""");
        var outcome = await _calls.CallAsync(operation, values, cancellation: TestContext.Current.CancellationToken);
        Assert.True(outcome.Error is null, outcome.Error?.Message);
        var request = Assert.Single(server.Requests);
        Assert.Equal((asked, body, "x1:n::0"), ($"{request.Method} {request.Target}", request.Body, request.Headers["Idempotency-Key"]));
        Assert.Equal(("200", """{"ok":true}"""), (outcome.Output["status"].ToJson(), outcome.Output["body"].ToJson()));
    }

    [Fact]
    public async Task An_operation_says_what_is_sent_and_what_is_a_success()
    {
        await using var server = await TestServer.StartAsync(context =>
        {
            context.Response.StatusCode = 404;
            return context.Response.WriteAsync("[1]");
        });
        _calls.Secrets["key"] = "s3cr3t-value";
        _calls.Save($$$"""
            {"baseUrl":"{{{server.Url}}}","headers":{"X-All":"a","X-Both":"a"},"operations":{"find":{
              "method":"POST","path":"/find/{kind}","query":{"v":2,"lang":"{{ params.?lang }}"},"headers":{"X-Both":"Key {{secrets.key}}","X-Kind":"is {{ params.kind }}"},
              "body":{"where":"{{ params.filter }}","kind":"{{ params.kind }}"},"successCodes":[200,404],"response":"text"} } }
            """);
        var outcome = await _calls.CallAsync("find", """{"kind":"dog","filter":{"age":3}}""", cancellation: TestContext.Current.CancellationToken);
        Assert.True(outcome.Error is null, outcome.Error?.Message);
        var request = Assert.Single(server.Requests);
        Assert.Equal(("POST", "/find/dog?v=2", """{"where":{"age":3},"kind":"dog"}"""), (request.Method, request.Target, request.Body));
        Assert.Equal(("a", "Key s3cr3t-value", "is dog"), (request.Headers["X-All"], request.Headers["X-Both"], request.Headers["X-Kind"]));
        Assert.Equal(("404", "[1]"), (outcome.Output["status"].ToJson(), outcome.Output["body"].AsString()));
    }

    [Theory]
    [InlineData("find", "{}", "config", "'id' is missing")]
    [InlineData("find", """{"id":".."}""", "config", "leads to another path")]
    [InlineData("find", """{"id":{"a":1}}""", "config", "an object")]
    [InlineData("note", """{"id":1}""", "config", "'text' is missing")]
    [InlineData("note", """{"id":1,"text":"x","extra":1}""", "config", "'extra'")]
    [InlineData("fnid", "{}", "unknown_operation", "did you mean 'find'")]
    [InlineData("GET /secret", "{}", "unknown_operation", "find, note")]
    public async Task What_an_integration_does_not_offer_is_not_asked(string operation, string values, string type, string reason)
    {
        await using var server = await TestServer.StartAsync(_ => Task.CompletedTask);
        _calls.Save($$$"""{"baseUrl":"{{{server.Url}}}","operations":{"find":{"path":"/c/{id}"},"note":{"method":"POST","path":"/c/{id}","body":{"t":"{{ params.text }}"} } } }""");
        var error = (await _calls.CallAsync(operation, values, cancellation: TestContext.Current.CancellationToken)).Error!;
        Assert.Equal((type, false), (error.Type, error.Retryable));
        Assert.Contains(reason, error.Message);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task There_is_none_of_another_tenant()
    {
        await using var server = await TestServer.StartAsync(_ => Task.CompletedTask);
        _calls.Save($$"""{"baseUrl":"{{server.Url}}"}""");
        var error = (await _calls.CallAsync("GET /", tenant: "other", cancellation: TestContext.Current.CancellationToken)).Error!;
        Assert.Equal(("unknown_integration", false), (error.Type, error.Retryable));
        Assert.Contains("POST /api/v1/integrations", error.Message);
    }

    [Fact]
    public async Task A_missing_secret_and_one_that_is_bound_elsewhere_stop_the_call()
    {
        await using var server = await TestServer.StartAsync(_ => Task.CompletedTask);
        _calls.Save($$$"""{"baseUrl":"{{{server.Url}}}","auth":{"type":"bearer","token":"{{secrets.key}}"}}""");
        var missing = (await _calls.CallAsync("GET /", cancellation: TestContext.Current.CancellationToken)).Error!;
        Assert.Equal("secret", missing.Type);
        Assert.Contains("PUT /api/v1/secrets/key", missing.Message);
        _calls.Secrets["key"] = "s3cr3t-value";
        _calls.Hosts["key"] = "api.example.com";
        Assert.Equal("blocked", (await _calls.CallAsync("GET /", cancellation: TestContext.Current.CancellationToken)).Error!.Type);
        Assert.Empty(server.Requests);
        _calls.Hosts["key"] = "127.0.0.1";
        Assert.Null((await _calls.CallAsync("GET /", cancellation: TestContext.Current.CancellationToken)).Error);
        Assert.Equal("Bearer s3cr3t-value", Assert.Single(server.Requests).Headers["Authorization"]);
    }

    [Fact]
    public async Task A_redirect_to_another_server_takes_no_credentials_along()
    {
        await using var other = await TestServer.StartAsync(_ => Task.CompletedTask);
        await using var server = await TestServer.StartAsync(context =>
        {
            context.Response.Redirect(other.Url + "there");
            return Task.CompletedTask;
        });
        _calls.Secrets["key"] = "s3cr3t-value";
        _calls.Save($$$"""{"baseUrl":"{{{server.Url}}}","auth":{"type":"bearer","token":"{{secrets.key}}"},"headers":{"X-Own":"{{secrets.key}}","X-Open":"open"}}""");
        Assert.Null((await _calls.CallAsync("GET /", cancellation: TestContext.Current.CancellationToken)).Error);
        var request = Assert.Single(other.Requests);
        Assert.DoesNotContain("Authorization", request.Headers.Keys);
        Assert.DoesNotContain("X-Own", request.Headers.Keys);
        Assert.Equal("open", request.Headers["X-Open"]);
    }

    [Fact]
    public async Task Too_many_requests_are_tried_again_when_the_service_says()
    {
        await using var server = await TestServer.StartAsync(context =>
        {
            context.Response.StatusCode = (int)HttpStatusCode.TooManyRequests;
            context.Response.Headers.RetryAfter = "7";
            return Task.CompletedTask;
        });
        _calls.Save($$"""{"baseUrl":"{{server.Url}}"}""");
        var error = (await _calls.CallAsync("GET /", cancellation: TestContext.Current.CancellationToken)).Error!;
        Assert.Equal((true, TimeSpan.FromSeconds(7)), (error.Retryable, error.RetryAfter));
    }

    [Fact]
    public async Task An_address_that_workflows_may_not_call_is_not_called_by_an_integration()
    {
        await using var guarded = new IntegrationHarness(new OutgoingHttp(AddressGuard.PublicOnly));
        guarded.Save("""{"baseUrl":"http://169.254.169.254/latest"}""");
        var error = (await guarded.CallAsync("GET /meta-data", cancellation: TestContext.Current.CancellationToken)).Error!;
        Assert.Equal("blocked", error.Type);
    }

    [Fact]
    public async Task Its_own_timeout_ends_a_call()
    {
        await using var server = await TestServer.StartAsync(async context => await Task.Delay(Timeout.Infinite, context.RequestAborted));
        _calls.Save($$"""{"baseUrl":"{{server.Url}}","timeout":50}""");
        var error = (await _calls.CallAsync("GET /", cancellation: TestContext.Current.CancellationToken)).Error!;
        Assert.Equal(("timeout", true), (error.Type, error.Retryable));
    }

    [Fact]
    public async Task No_more_calls_are_under_way_than_its_limit()
    {
        var (running, most) = (0, 0);
        using var mayEnd = new SemaphoreSlim(0);
        using var begun = new SemaphoreSlim(0);
        await using var server = await TestServer.StartAsync(async context =>
        {
            lock (begun)
                most = Math.Max(most, ++running);
            begun.Release();
            await mayEnd.WaitAsync(context.RequestAborted);
            lock (begun)
                running--;
        });
        _calls.Save($$"""{"baseUrl":"{{server.Url}}","limits":{"concurrency":2} }""");
        var calls =
            Enumerable.Range(0, 6).Select(_ => _calls.CallAsync("GET /", cancellation: TestContext.Current.CancellationToken)).ToArray();
        for (var i = 0; i < calls.Length; i++)
        {
            // Two begin by themselves, each other one when one has ended.
            if (i >= 2)
                mayEnd.Release();
            Assert.True(await begun.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        }
        mayEnd.Release(2);
        Assert.All(await Task.WhenAll(calls), outcome => Assert.Null(outcome.Error));
        Assert.Equal(2, most);
    }

    [Fact]
    public async Task Calls_begin_no_faster_than_its_rate()
    {
        var begun = new ConcurrentQueue<long>();
        await using var server = await TestServer.StartAsync(_ =>
        {
            begun.Enqueue(TimeProvider.System.GetTimestamp());
            return Task.CompletedTask;
        });
        _calls.Save($$"""{"baseUrl":"{{server.Url}}","limits":{"ratePerSecond":20} }""");
        var start = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(
            Enumerable.Range(0, 5).Select(_ => _calls.CallAsync("GET /", cancellation: TestContext.Current.CancellationToken)));
        // The fifth may not begin before four intervals of 50 ms have gone by; timers are coarse by a few milliseconds.
        Assert.InRange(TimeProvider.System.GetElapsedTime(start, begun.Max()).TotalMilliseconds, 190, double.MaxValue);
    }

    [Theory]
    [InlineData("""{"service":"{{ data.x }}","operation":"GET /"}""", "/nodes/0/config/service")]
    [InlineData("""{"service":"svc","operation":"GET /{{ data.x }}"}""", "/nodes/0/config/operation")]
    [InlineData("""{"service":"s v c","operation":"GET /"}""", "/nodes/0/config/service")]
    [InlineData("""{"service":"svc","operation":"GET x"}""", "/nodes/0/config/operation")]
    [InlineData("""{"service":"svc","operation":"GET https://evil.example.com/"}""", "/nodes/0/config/operation")]
    [InlineData("""{"service":"svc","operation":"GET //evil.example.com/"}""", "/nodes/0/config/operation")]
    [InlineData("""{"service":"svc","operation":"GET /a/../b"}""", "/nodes/0/config/operation")]
    [InlineData("""{"service":"svc","operation":"TRACE /"}""", "/nodes/0/config/operation")]
    [InlineData("""{"service":"svc","operation":"GET /{id}"}""", "/nodes/0/config/params")]
    [InlineData("""{"service":"svc","operation":"GET /{id}","params":{"di":1}}""", "/nodes/0/config/params")]
    public void What_can_be_known_when_a_workflow_is_saved_is_told_then(string config, string pointer) =>
        Assert.Equal(pointer, OneEffect.Error(_calls.Type, config).Pointer);

    [Fact]
    public void Params_that_come_from_data_are_not_missed_when_a_workflow_is_saved() =>
        Assert.Empty(OneEffect.Problems(_calls.Type, """{"service":"svc","operation":"GET /{id}","params":{"id":"{{ data.id }}"}}""", out _));
}
