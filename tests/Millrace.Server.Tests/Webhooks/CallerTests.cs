using System.Security.Cryptography;
using System.Text;
using Millrace.Core.Values;
using Millrace.Server.Tests.Access;
using Millrace.Server.Tests.Approvals;

namespace Millrace.Server.Tests.Webhooks;

/// <summary>Security case 7: who may call.</summary>
public sealed class CallerTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Key = "a-key-that-nobody-knows";
    private const string Body = """{"a": [1,  2]}""";

    private async Task<string> HookAsync(string auth)
    {
        await server.SendAsync(HttpMethod.Put, "/api/v1/secrets/hook_key", $$"""{"value": "{{Key}}"}""");
        var path = Guid.NewGuid().ToString("n");
        await server.CreateAsync($$$"""{"name": "Guarded", "nodes": [{"id": "hook", "type": "webhook", "config": {"path": "{{{path}}}", "responseMode": "wait", "auth": {{{auth}}}}}], "edges": []}""");
        return "/webhooks/" + path;
    }

    private static string Hmac(string text, string key = Key) => Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(text)));

    private static string Base64(string text, byte[] key) => Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));

    private static long Now(int seconds = 0) => DateTimeOffset.UtcNow.ToUnixTimeSeconds() + seconds;

    private static string Basic(string user, string password) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));

    [Fact]
    public async Task Basic_takes_the_right_user_and_password()
    {
        var path = await HookAsync("""{"type": "basic", "username": "ada", "password": "{{secrets.hook_key}}"}""");

        var none = await server.PostAsync(path, Body);
        Assert.Equal((401, "unauthorized"), (none.Status, none["code"].AsString()));
        Assert.Contains("Basic", none.Response.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        Assert.Equal(401, (await server.PostAsync(path, Body, ("Authorization", Basic("ada", "wrong")))).Status);
        Assert.Equal(401, (await server.PostAsync(path, Body, ("Authorization", Basic("eve", Key)))).Status);
        var right = await server.PostAsync(path, Body, ("Authorization", Basic("ada", Key)));
        Assert.Equal(200, right.Status);
        Assert.DoesNotContain(Key, right.Text);
    }

    [Fact]
    public async Task A_header_admits_and_is_seen_by_nobody_else()
    {
        var path = await HookAsync("""{"type": "header", "name": "X-Api-Key", "value": "{{secrets.hook_key}}"}""");

        Assert.Equal(401, (await server.PostAsync(path, Body)).Status);
        Assert.Equal(401, (await server.PostAsync(path, Body, ("X-Api-Key", Key + "x"))).Status);
        var right = await server.PostAsync(path, Body, ("X-Api-Key", Key));
        Assert.Equal(200, right.Status);
        Assert.True(right["headers"]["x-api-key"].IsNull);
    }

    [Fact]
    public async Task A_token_has_to_be_genuine_in_force_and_for_here()
    {
        var path = await HookAsync("""{"type": "jwt", "secret": "{{secrets.hook_key}}", "issuer": "shop", "audience": "orders"}""");
        Task<Answer> CallAsync(string claims, string key = Key) => server.PostAsync(path, Body, ("Authorization", "Bearer " + Tokens.Sign("""{"alg":"HS256"}""", claims, key)));

        Assert.Equal(200, (await CallAsync($$"""{"iss": "shop", "aud": ["x", "orders"], "exp": {{Now(60)}}}""")).Status);
        Assert.Equal(200, (await CallAsync($$"""{"iss": "shop", "aud": "orders", "exp": {{Now(60)}}}""")).Status);
        Assert.Equal(401, (await CallAsync("""{"iss": "shop", "aud": "orders"}""")).Status);
        Assert.Equal(401, (await CallAsync($$"""{"iss": "shop", "aud": "orders", "exp": {{Now(-1)}}}""")).Status);
        Assert.Equal(401, (await CallAsync($$"""{"iss": "shop", "aud": "orders", "exp": {{Now(900)}}, "nbf": {{Now(600)}}}""")).Status);
        Assert.Equal(401, (await CallAsync($$"""{"iss": "other", "aud": "orders", "exp": {{Now(60)}}}""")).Status);
        Assert.Equal(401, (await CallAsync($$"""{"iss": "shop", "aud": "bills", "exp": {{Now(60)}}}""")).Status);
        Assert.Equal(401, (await CallAsync($$"""{"iss": "shop", "aud": "orders", "exp": {{Now(60)}}}""", "another-key")).Status);
        Assert.Equal(401, (await server.PostAsync(path, Body)).Status);
    }

    [Theory]
    [InlineData("plain text as a key", false)]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", true)]
    public async Task Standard_webhooks_are_signed_over_id_time_and_body(string secret, bool isBase64)
    {
        var path = await HookAsync($$"""{"type": "hmac", "secret": "{{secret}}"}""");
        var key = isBase64 ? Convert.FromBase64String(secret[6..]) : Encoding.UTF8.GetBytes(secret);
        Task<Answer> CallAsync(string id, long time, string signature, string body = Body) =>
            server.PostAsync(path, body, ("webhook-id", id), ("webhook-timestamp", time.ToString()), ("webhook-signature", signature));

        var now = Now();
        var right = "v1," + Base64($"m1.{now}.{Body}", key);
        Assert.Equal(200, (await CallAsync("m1", now, "v1,AAAA " + right)).Status);
        Assert.Equal(401, (await CallAsync("m2", now, right)).Status);
        Assert.Equal(401, (await CallAsync("m1", now + 1, right)).Status);
        Assert.Equal(401, (await CallAsync("m1", now, right, """{"a": [1, 2]}""")).Status);
        Assert.Equal(401, (await CallAsync("m1", now, "v1," + Base64($"m1.{now}.{Body}", [1, 2, 3]))).Status);
        Assert.Equal(401, (await server.PostAsync(path, Body)).Status);
        foreach (var time in (long[])[Now(-310), Now(310)])
        {
            var stale = await CallAsync("m3", time, "v1," + Base64($"m3.{time}.{Body}", key));
            Assert.Equal(401, stale.Status);
            Assert.Contains("too far in the past or future", stale["detail"].AsString());
        }
    }

    [Fact]
    public async Task Githubs_signature_is_over_the_body_alone()
    {
        var path = await HookAsync("""{"type": "hmac", "scheme": "github", "secret": "{{secrets.hook_key}}"}""");

        Assert.Equal(200, (await server.PostAsync(path, Body, ("X-Hub-Signature-256", "sha256=" + Hmac(Body)))).Status);
        Assert.Equal(401, (await server.PostAsync(path, Body + " ", ("X-Hub-Signature-256", "sha256=" + Hmac(Body)))).Status);
        Assert.Equal(401, (await server.PostAsync(path, Body, ("X-Hub-Signature-256", Hmac(Body)))).Status);
        Assert.Equal(401, (await server.PostAsync(path, Body, ("X-Hub-Signature-256", "sha256=" + Hmac(Body, "other")))).Status);
    }

    [Fact]
    public async Task Stripes_signature_is_over_time_and_body()
    {
        var path = await HookAsync("""{"type": "hmac", "scheme": "stripe", "secret": "{{secrets.hook_key}}", "tolerance": "PT1M"}""");
        Task<Answer> CallAsync(long time, string signature) => server.PostAsync(path, Body, ("Stripe-Signature", $"t={time},v0=ab,v1={signature}"));

        var now = Now();
        Assert.Equal(200, (await CallAsync(now, Hmac($"{now}.{Body}"))).Status);
        Assert.Equal(401, (await CallAsync(now + 1, Hmac($"{now}.{Body}"))).Status);
        Assert.Equal(401, (await CallAsync(now, Hmac(Body))).Status);
        Assert.Equal(401, (await CallAsync(now - 70, Hmac($"{now - 70}.{Body}"))).Status);
    }

    [Fact]
    public async Task A_delivery_that_comes_again_starts_nothing_whatever_key_is_written_beside_it()
    {
        var path = await HookAsync("""{"type": "hmac", "scheme": "github", "secret": "{{secrets.hook_key}}"}""");
        async Task<string> CallAsync(string delivery, string key, string body) =>
            (await server.PostAsync(path, body, ("X-Hub-Signature-256", "sha256=" + Hmac(body)), ("X-GitHub-Delivery", delivery), ("Idempotency-Key", key)))["headers"]["idempotency-key"].AsString();

        Assert.Equal("k1", await CallAsync("d1", "k1", Body));
        Assert.Equal("k1", await CallAsync("d1", "k2", Body));
        // Never by the body: another delivery may say the same.
        Assert.Equal("k3", await CallAsync("d2", "k3", Body));
    }

    [Theory]
    [InlineData("basic", "\"username\": \"u\", \"password\"")]
    [InlineData("header", "\"name\": \"X-Key\", \"value\"")]
    [InlineData("jwt", "\"secret\"")]
    [InlineData("hmac", "\"scheme\": \"github\", \"secret\"")]
    public async Task A_secret_that_is_not_set_admits_nobody(string type, string field)
    {
        var path = await HookAsync($$$"""{"type": "{{{type}}}", {{{field}}}: "{{secrets.missing}}"}""");

        var answer = await server.PostAsync(path, Body, ("Authorization", Basic("u", "")), ("X-Key", ""), ("X-Hub-Signature-256", "sha256=" + Hmac(Body, "")));

        Assert.Equal(401, answer.Status);
        Assert.DoesNotContain("missing_", answer.Text);
    }

    [Theory]
    [InlineData("""{"type": "basic", "username": "u"}""", "invalid_value")]
    [InlineData("""{"type": "header", "name": "X"}""", "invalid_value")]
    [InlineData("""{"type": "jwt"}""", "invalid_value")]
    [InlineData("""{"type": "hmac", "secret": ""}""", "invalid_value")]
    [InlineData("""{"type": "hmac", "secret": "x", "tolerance": "PT2H"}""", "invalid_value")]
    [InlineData("""{"type": "hmac", "secret": "{{input.x}}"}""", "invalid_value")]
    [InlineData("""{"type": "hmac", "secret": "x", "scheme": "md5"}""", "invalid_value")]
    [InlineData("""{"type": "magic"}""", "invalid_value")]
    [InlineData("\"basic\"", "invalid_value")]
    [InlineData("{}", "invalid_value")]
    public async Task What_could_admit_nobody_or_everybody_is_not_saved(string auth, string code)
    {
        foreach (var type in (string[])["webhook", "callback"])
        {
            var answer = await server.PostAsync("/api/v1/workflows", $$$"""{"name": "X", "nodes": [{"id": "n", "type": "{{{type}}}", "config": {"path": "x", "auth": {{{auth}}}}}], "edges": []}""");

            Assert.True(answer.Status == 422, answer.Text);
            var error = answer["errors"].AsList()[0];
            Assert.True(error["pointer"].AsString().StartsWith("/nodes/0/config/auth", StringComparison.Ordinal) && error["code"].Equals(code), answer.Text);
        }
    }

    [Fact]
    public async Task A_callback_checks_its_caller_and_still_waits_after_a_refusal()
    {
        await server.SendAsync(HttpMethod.Put, "/api/v1/secrets/hook_key", $$"""{"value": "{{Key}}"}""");
        var id = await server.CreateAsync("""
            {"name": "Waits", "nodes": [{"id": "hook", "type": "callback", "config": {"auth": {"type": "header", "name": "X-Key", "value": "{{secrets.hook_key}}"}}}], "edges": []}
            """);
        var execution = await server.ExecuteAsync(id);
        var run = (await server.GetAsync($"/api/v1/executions/{execution}/nodes")).Body.AsList().ToArray().Single(run => run["nodeId"].Equals("hook"));
        var path = Questions.PathOf(run["wait"]["details"]["url"]);

        Assert.Equal(401, (await server.PostAsync(path, "{}")).Status);
        Assert.Equal(401, (await server.PostAsync(path, "{}", ("X-Key", "wrong"))).Status);
        Assert.Equal(202, (await server.PostAsync(path, "{}", ("X-Key", Key))).Status);
        var ended = await server.WhenEndedAsync(execution);
        Assert.Equal("completed", ended["status"].AsString());
        Assert.True(ended["result"]["headers"]["x-key"].IsNull);
    }
}
