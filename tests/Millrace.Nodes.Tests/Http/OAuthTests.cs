using Microsoft.AspNetCore.Http;

namespace Millrace.Nodes.Tests.Http;

public sealed class OAuthTests : IDisposable
{
    private const string Credentials = """ "clientId":"a b","clientSecret":"s:t" """;

    private readonly HttpHarness _harness = new();

    public void Dispose() => _harness.Dispose();

    [Theory]
    [InlineData("basic", "Basic YStiOnMlM0F0", "grant_type=client_credentials&scope=read")]
    [InlineData("body", null, "grant_type=client_credentials&scope=read&client_id=a+b&client_secret=s%3At")]
    public async Task A_token_is_fetched_for_the_clients_credentials(string proof, string? authorization, string form)
    {
        await using var tokens = await TokensAsync();
        await using var api = await TestServer.StartAsync(_ => Task.CompletedTask);

        Assert.Null((await _harness.CallAsync(api, Auth(tokens, $",\"scope\":\"read\",\"clientProof\":\"{proof}\""))).Error);

        var request = Assert.Single(tokens.Requests);
        Assert.Equal(("POST", "application/x-www-form-urlencoded", form), (request.Method, request.Headers["Content-Type"], request.Body));
        Assert.Equal(authorization, request.Headers.GetValueOrDefault("Authorization"));
        Assert.Equal("Bearer token-1", Assert.Single(api.Requests).Headers["Authorization"]);
    }

    [Fact]
    public async Task A_token_is_kept_until_shortly_before_it_expires()
    {
        await using var tokens = await TokensAsync(expires: 600);
        await using var api = await TestServer.StartAsync(_ => Task.CompletedTask);

        await _harness.CallAsync(api, Auth(tokens));
        _harness.Time.Now += TimeSpan.FromSeconds(539);
        await _harness.CallAsync(api, Auth(tokens));
        Assert.Single(tokens.Requests);
        _harness.Time.Now += TimeSpan.FromSeconds(2);
        await _harness.CallAsync(api, Auth(tokens));

        Assert.Equal(
            ["Bearer token-1", "Bearer token-1", "Bearer token-2"], api.Requests.Select(request => request.Headers["Authorization"]));
    }

    [Fact]
    public async Task Tenants_and_credentials_do_not_share_tokens()
    {
        await using var tokens = await TokensAsync();
        await using var api = await TestServer.StartAsync(_ => Task.CompletedTask);

        await _harness.CallAsync(api, Auth(tokens));
        await _harness.CallAsync(api, Auth(tokens, ",\"scope\":\"write\""));
        _harness.Tenant = "other";
        await _harness.CallAsync(api, Auth(tokens));

        Assert.Equal(3, tokens.Requests.Count);
    }

    [Fact]
    public async Task A_token_that_is_refused_is_fetched_anew_once()
    {
        await using var tokens = await TokensAsync();
        await using var api = await TestServer.StartAsync(context =>
        {
            context.Response.StatusCode = context.Request.Headers.Authorization == "Bearer token-2" ? 200 : 401;
            return Task.CompletedTask;
        });

        Assert.Null((await _harness.CallAsync(api, Auth(tokens))).Error);
        Assert.Equal((2, 2), (tokens.Requests.Count, api.Requests.Count));
    }

    [Fact]
    public async Task A_token_that_is_refused_again_is_the_answer()
    {
        await using var tokens = await TokensAsync();
        await using var api = await TestServer.StartAsync(context =>
        {
            context.Response.StatusCode = 401;
            return Task.CompletedTask;
        });

        Assert.Equal(401, (await _harness.CallAsync(api, Auth(tokens))).Error!.Details["status"].AsInt());
        Assert.Equal((2, 2), (tokens.Requests.Count, api.Requests.Count));
    }

    [Theory]
    [InlineData(400, """{"error":"invalid_client","error_description":"no"}""", "invalid_client: no", false)]
    [InlineData(503, "", "answered 503", true)]
    [InlineData(200, """{"token_type":"mac","access_token":"x"}""", "without a bearer token", false)]
    public async Task A_token_server_that_gives_none_is_named(int status, string body, string said, bool isRetryable)
    {
        await using var tokens = await TestServer.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync(body);
        });
        await using var api = await TestServer.StartAsync(_ => Task.CompletedTask);

        var error = (await _harness.CallAsync(api, Auth(tokens))).Error!;

        Assert.Equal(("oauth", isRetryable), (error.Type, error.Retryable));
        Assert.Contains(said, error.Message);
        Assert.Empty(api.Requests);
    }

    [Fact]
    public async Task A_token_server_is_guarded_as_any_other()
    {
        await using var api = await TestServer.StartAsync(_ => Task.CompletedTask);
        Assert.Equal("blocked", (await _harness.CallAsync(api, """ "auth":{"type":"oauth2","tokenUrl":"http://10.0.0.1/token","clientId":"a","clientSecret":"b"} """)).Error!.Type);
    }

    [Fact]
    public async Task A_redirect_of_the_token_server_is_not_followed()
    {
        await using var elsewhere = await TokensAsync();
        await using var tokens = await TestServer.StartAsync(context =>
        {
            context.Response.Redirect(elsewhere.Url.ToString());
            return Task.CompletedTask;
        });
        await using var api = await TestServer.StartAsync(_ => Task.CompletedTask);
        Assert.Equal("oauth", (await _harness.CallAsync(api, Auth(tokens))).Error!.Type);
        Assert.Empty(elsewhere.Requests);
    }

    private static string Auth(TestServer tokens, string more = "") => $$""" "auth":{"type":"oauth2","tokenUrl":"{{tokens.Url}}token",{{Credentials}}{{more}}} """;

    private static async Task<TestServer> TokensAsync(int expires = 3600)
    {
        var count = 0;
        return await TestServer.StartAsync(context =>
            context.Response.WriteAsJsonAsync(
                new { access_token = $"token-{Interlocked.Increment(ref count)}", token_type = "Bearer", expires_in = expires }));
    }
}
