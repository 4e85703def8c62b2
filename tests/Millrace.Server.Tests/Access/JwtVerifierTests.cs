using Millrace.Server.Access;
using Millrace.Server.Access.Jwt;

namespace Millrace.Server.Tests.Access;

public sealed class JwtVerifierTests
{
    private const string Header = """{"alg":"HS256","typ":"JWT"}""";
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    private readonly JwtVerifier _verifier = new("top-secret"u8.ToArray(), new FixedTime(Now));

    private static string Sign(string claims, string header = Header, string secret = "top-secret") => Tokens.Sign(header, claims, secret);

    [Theory]
    [InlineData("""{"sub":"ada"}""", "default", "Viewer")]
    [InlineData("""{"sub":"ada","role":"admin","tenant":"acme"}""", "acme", "Admin")]
    [InlineData("""{"sub":"ada","roles":["viewer","editor"]}""", "default", "Editor")]
    [InlineData("""{"sub":"ada","roles":"operator"}""", "default", "Operator")]
    [InlineData("""{"sub":"ada","role":"emperor"}""", "default", "None")]
    [InlineData("""{"sub":"ada","exp":1800000001,"nbf":1800000020}""", "default", "Viewer")]
    [InlineData("""{"sub":"ada","exp":1800000000.9e0}""", null, "None")]
    public void A_genuine_token_names_its_caller(string claims, string? tenant, string role)
    {
        var outcome = _verifier.Verify(Sign(claims));
        if (tenant is null)
            Assert.IsType<JwtOutcome.Invalid>(outcome);
        else
            Assert.Equal(new Caller(tenant, "ada", Enum.Parse<Role>(role)), Assert.IsType<JwtOutcome.Valid>(outcome).Caller);
    }

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
    [InlineData("[]")]
    [InlineData("nonsense")]
    public void Claims_that_are_not_in_force_or_make_no_sense_are_refused(string claims) =>
        Assert.IsType<JwtOutcome.Invalid>(_verifier.Verify(Sign(claims)));

    [Theory]
    [InlineData("""{"alg":"none"}""")]
    [InlineData("""{"alg":"HS384"}""")]
    [InlineData("""{"alg":"RS256"}""")]
    [InlineData("""{"alg":"hs256"}""")]
    [InlineData("""{"alg":["HS256"]}""")]
    [InlineData("""{"typ":"JWT"}""")]
    [InlineData("""{"alg":"HS256","crit":["b64"],"b64":false}""")]
    [InlineData("[]")]
    public void A_header_that_asks_for_anything_else_is_refused(string header) =>
        Assert.IsType<JwtOutcome.Invalid>(_verifier.Verify(Sign("{}", header)));

    [Fact]
    public void A_token_without_a_right_signature_is_refused()
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
            new string('a', JwtReader.LongestToken) + good,
        ];
        Assert.IsType<JwtOutcome.Valid>(_verifier.Verify(good));
        Assert.All(bad, token => Assert.IsType<JwtOutcome.Invalid>(_verifier.Verify(token)));
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
