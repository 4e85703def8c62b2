using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Millrace.Server.Access;
using Millrace.Server.Access.Jwt;

namespace Millrace.Server.Tests.Access;

public sealed class TokenTests
{
    private const string Header = """{"alg":"HS256","typ":"JWT"}""";
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    private static async Task<JwtOutcome> VerifyAsync(string token, string secret = "top-secret")
    {
        var rules = TokenRules.SignedWith(Encoding.UTF8.GetBytes(secret), new FixedTime(Now), requireExpiry: false);
        var result = await TokenRules.Handler.ValidateTokenAsync(token, rules);
        return result.IsValid ? TokenCaller.Of((JsonWebToken)result.SecurityToken) : new JwtOutcome.Invalid(TokenProblem.Of(result.Exception));
    }

    private static async Task<string> ReasonAsync(string token) => Assert.IsType<JwtOutcome.Invalid>(await VerifyAsync(token)).Reason;

    private static string Sign(string claims, string header = Header, string secret = "top-secret") => Tokens.Sign(header, claims, secret);

    [Theory]
    [InlineData("""{"sub":"ada"}""", "default", "Viewer")]
    [InlineData("""{"sub":"ada","role":"admin","tenant":"acme"}""", "acme", "Admin")]
    [InlineData("""{"sub":"ada","roles":["viewer","editor"]}""", "default", "Editor")]
    [InlineData("""{"sub":"ada","roles":"operator"}""", "default", "Operator")]
    [InlineData("""{"sub":"ada","role":"emperor"}""", "default", "None")]
    [InlineData("""{"sub":"ada","exp":1800000001,"nbf":1800000020}""", "default", "Viewer")]
    [InlineData("""{"sub":"ada","exp":1800000000.9e0}""", null, "None")]
    public async Task A_genuine_token_names_its_caller(string claims, string? tenant, string role)
    {
        var outcome = await VerifyAsync(Sign(claims));
        if (tenant is null)
        {
            Assert.IsType<JwtOutcome.Invalid>(outcome);
            return;
        }
        var expected = new Caller(tenant, "ada", Role.Find(role)?.Permissions ?? PermissionSet.None);
        Assert.Equal(expected, Assert.IsType<JwtOutcome.Valid>(outcome).Caller with { ExpiresAt = null });
    }

    [Theory]
    [InlineData("""{"exp":1800000060,"nbf":1700000000}""", 60)]
    [InlineData("""{"exp":1800000060.9}""", 60)]
    [InlineData("{}", null)]
    public async Task A_caller_expires_with_the_token(string claims, int? seconds) =>
        Assert.Equal(
            seconds is { } left ? Now.AddSeconds(left) : null,
            Assert.IsType<JwtOutcome.Valid>(await VerifyAsync(Sign(claims))).Caller.ExpiresAt);

    [Theory]
    [InlineData("""{"exp":1799999999}""")]
    [InlineData("""{"exp":1800000000}""")]
    [InlineData("""{"exp":"1900000000"}""")]
    [InlineData("""{"exp":1e300}""")]
    [InlineData("""{"exp":-1}""")]
    [InlineData("""{"nbf":1800000031}""")]
    [InlineData("""{"nbf":null}""")]
    [InlineData("""{"tenant":"../other"}""")]
    [InlineData("""{"tenant":""}""")]
    [InlineData("""{"tenant":5}""")]
    [InlineData("""{"tenant":[]}""")]
    [InlineData("""{"tenant":null}""")]
    [InlineData("""{"tenant":["acme"]}""")]
    [InlineData("[]")]
    [InlineData("nonsense")]
    public async Task Claims_that_are_not_in_force_or_make_no_sense_are_refused(string claims) =>
        Assert.IsType<JwtOutcome.Invalid>(await VerifyAsync(Sign(claims)));

    [Theory]
    [InlineData("""{"alg":"none"}""")]
    [InlineData("""{"alg":"None"}""")]
    [InlineData("""{"alg":""}""")]
    [InlineData("""{"alg":"HS384"}""")]
    [InlineData("""{"alg":"HS512"}""")]
    [InlineData("""{"alg":"ES256"}""")]
    [InlineData("""{"alg":"dir","enc":"A128CBC-HS256"}""")]
    [InlineData("""{"alg":"RS256"}""")]
    [InlineData("""{"alg":"hs256"}""")]
    [InlineData("""{"alg":["HS256"]}""")]
    [InlineData("""{"typ":"JWT"}""")]
    [InlineData("""{"alg":"HS256","crit":["b64"],"b64":false}""")]
    [InlineData("[]")]
    public async Task A_header_that_asks_for_anything_else_is_refused(string header) =>
        Assert.IsType<JwtOutcome.Invalid>(await VerifyAsync(Sign("{}", header)));

    [Fact]
    public async Task A_token_without_a_right_signature_is_refused()
    {
        var good = Sign("""{"role":"viewer"}""");
        var parts = good.Split('.');
        string[] bad =
        [
            Sign("""{"role":"viewer"}""", secret: "another"),
            $"{parts[0]}.{Tokens.Encode("""{"role":"admin"}""")}.{parts[2]}",
            $"{Tokens.Encode("""{"alg":"none"}""")}.{parts[1]}.",
            $"{parts[0]}.{parts[1]}.",
            $"{parts[0]}.{parts[1]}",
            $"{parts[0]}.{parts[1]}.{parts[2]}.{parts[2]}",
            $"{parts[0]}.{parts[1]}.{parts[2][..^4]}",
            $"{parts[0]}.{parts[1]}.{parts[2]}AAAA",
            $"{parts[0]}.{parts[1]}.!!!!",
            good + "é",
            ".", "..", "", "a.b.c",
            new string('a', TokenRules.MaxTokenLength) + good,
            new string('.', 5_000_000),
        ];
        Assert.IsType<JwtOutcome.Valid>(await VerifyAsync(good));
        foreach (var token in bad)
            Assert.IsType<JwtOutcome.Invalid>(await VerifyAsync(token));
    }

    [Theory]
    [InlineData("""{"alg":"HS256","kid":"../../../../dev/null"}""")]
    [InlineData("""{"alg":"HS256","kid":"another","jku":"http://127.0.0.1:1/keys","x5u":"http://127.0.0.1:1/certificate"}""")]
    [InlineData("""{"alg":"HS256","jwk":{"kty":"oct","k":"YXR0YWNrZXI"}}""")]
    public async Task A_key_that_the_token_itself_names_counts_for_nothing(string header)
    {
        Assert.IsType<JwtOutcome.Valid>(await VerifyAsync(Sign("{}", header)));
        Assert.IsType<JwtOutcome.Invalid>(await VerifyAsync(Sign("{}", header, secret: "attacker")));
    }

    [Fact]
    public async Task A_token_that_is_signed_with_a_key_pair_is_refused_even_where_its_public_key_is_the_secret()
    {
        using var pair = RSA.Create(2048);
        var publicKey = pair.ExportSubjectPublicKeyInfoPem();
        var signed = Tokens.Encode("""{"alg":"RS256"}""") + "." + Tokens.Encode("{}");
        var genuine = signed + "." + Base64Url.EncodeToString(pair.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

        Assert.IsType<JwtOutcome.Invalid>(await VerifyAsync(genuine, publicKey));
        Assert.IsType<JwtOutcome.Invalid>(await VerifyAsync(Sign("{}", """{"alg":"RS256"}""", publicKey), publicKey));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("exactly-thirty-one-bytes-of-key")]
    [InlineData("exactly-thirty-two-bytes-of-key!")]
    [InlineData("a key that is longer than the block of sixty-four bytes which HMAC works on, so that it is hashed first")]
    public async Task A_secret_of_any_length_is_the_key_that_it_is_to_everybody(string secret)
    {
        Assert.IsType<JwtOutcome.Valid>(await VerifyAsync(Sign("{}", secret: secret), secret));
        Assert.IsType<JwtOutcome.Invalid>(await VerifyAsync(Sign("{}", secret: secret + "?"), secret));
    }

    [Theory]
    [InlineData("""{"sub":"ada"}""", false)]
    [InlineData("""{"sub":"ada","nbf":1700000000}""", false)]
    [InlineData("""{"sub":"ada","exp":1800000060}""", true)]
    public async Task A_token_must_expire_unless_a_setting_allows_others(string claims, bool isValid)
    {
        var rules = TokenRules.SignedWith(Encoding.UTF8.GetBytes("top-secret"), new FixedTime(Now), requireExpiry: true);
        var result = await TokenRules.Handler.ValidateTokenAsync(Sign(claims), rules);
        Assert.Equal(isValid, result.IsValid);
        if (!isValid)
            Assert.Contains("JWT_REQUIRE_EXPIRY", TokenProblem.Of(result.Exception), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_server_and_its_webhooks_refuse_tokens_without_an_end()
    {
        (string, string) endless = Tokens.Bearer("""{"sub":"ada","role":"admin"}""");
        Assert.Equal((401, 401), await AnswersToAsync(endless));
        Assert.Equal((200, 202), await AnswersToAsync(endless, "--jwt-require-expiry", "false"));
    }

    private static async Task<(int Api, int Webhook)> AnswersToAsync((string, string) token, params string[] arguments)
    {
        await using var server = await ServerFixture.StartAsync(["--jwt-secret", Tokens.Secret, .. arguments]);
        var admin = Tokens.Bearer("admin", "default");
        await server.SendAsync(HttpMethod.Put, "/api/v1/secrets/hook_secret", $$"""{"value": "{{Tokens.Secret}}"}""", admin);
        await server.CreateAsync("""
            {"name": "Hook", "nodes": [
              {"id": "hook", "type": "webhook", "config": {
                "path": "tokens", "auth": {"type": "jwt", "secret": "{{secrets.hook_secret}}"}}}], "edges": []}
            """, admin);
        var api = await server.GetAsync("/api/v1/workflows", token);
        return (api.Status, (await server.PostAsync("/webhooks/tokens", "{}", token)).Status);
    }

    [Fact]
    public async Task A_refusal_says_what_is_wrong()
    {
        Assert.Contains("expired", await ReasonAsync(Sign("""{"exp":1799999999}""")), StringComparison.Ordinal);
        Assert.Contains("not yet valid", await ReasonAsync(Sign("""{"nbf":1800000031}""")), StringComparison.Ordinal);
        Assert.Contains("seconds since 1970", await ReasonAsync(Sign("""{"exp":"1900000000"}""")), StringComparison.Ordinal);
        Assert.Contains("signature is invalid", await ReasonAsync(Sign("{}", secret: "another")), StringComparison.Ordinal);
        Assert.Contains("signature is invalid", await ReasonAsync(Sign("{}", """{"alg":"none"}""")), StringComparison.Ordinal);
        Assert.Contains("not a plain HS256 token", await ReasonAsync(Sign("{}", """{"alg":"HS256","crit":["b64"],"b64":false}""")), StringComparison.Ordinal);
        Assert.Contains("not a JSON Web Token", await ReasonAsync("a.b.c"), StringComparison.Ordinal);
        Assert.Contains("not a JSON Web Token", await ReasonAsync(Sign("nonsense")), StringComparison.Ordinal);
        Assert.Contains("longer than 8192 characters", await ReasonAsync(new string('a', 8193)), StringComparison.Ordinal);
        Assert.Contains("tenant", await ReasonAsync(Sign("""{"tenant":"../other"}""")), StringComparison.Ordinal);
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
