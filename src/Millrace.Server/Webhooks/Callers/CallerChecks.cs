using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Primitives;
using Microsoft.IdentityModel.JsonWebTokens;
using Millrace.Engine.Secrets;
using Millrace.Engine.Webhooks;
using Millrace.Server.Access.Jwt;
using Millrace.Server.Configuration;
using Millrace.Server.Http;

namespace Millrace.Server.Webhooks.Callers;

/// <summary>Checks who calls an address of a workflow. A secret that is not set admits nobody.</summary>
internal sealed class CallerChecks(SecretVault secrets, AccessSettings access, TimeProvider time, ILogger<CallerChecks> logger)
{
    /// <summary>Whether a request may go on.</summary>
    /// <param name="tenant">Whose address it is.</param>
    /// <param name="callers">How they prove themselves; null: they need not.</param>
    /// <param name="request">The request.</param>
    /// <param name="body">Its body as it came.</param>
    /// <param name="cancellation">Cancels the operation.</param>
    public async ValueTask<CallerVerdict> CheckAsync(string tenant, CallerAuthentication? callers, HttpRequest request, ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        if (callers is null)
            return CallerVerdict.Admitted.Anybody;
        if (callers.Fill(await secrets.ReadAsync(tenant, cancellation), out var problem) is not { } auth)
        {
            logger.LogWarning("A call of {Path} was refused, and so are all others for now: {Problem}", request.Path, problem);
            return new CallerVerdict.Refused("This address cannot authenticate callers at the moment, and accepts no calls.");
        }
        return auth.Type switch
        {
            CallerProof.Basic => Check(HasBasic(request, auth), "The user or password is wrong or missing. Send the header 'Authorization: Basic ...'.", "Basic realm=\"webhook\", charset=\"UTF-8\""),
            CallerProof.Header => Check(Same(request.Headers[auth.Name!], auth.Value!), $"The header '{auth.Name}' is missing or wrong."),
            CallerProof.Jwt => await CheckTokenAsync(request, auth),
            CallerProof.Hmac => SignatureChecks.Check(auth, request.Headers, body.Span, time.GetUtcNow()),
            var other => throw new InvalidOperationException($"Unknown proof {other}."),
        };
    }

    /// <summary>The answer to a call that was refused.</summary>
    public static ProblemReply Refuse(HttpContext context, CallerVerdict.Refused refused)
    {
        if (refused.Challenge is { } challenge)
            context.Response.Headers.WWWAuthenticate = challenge;
        return new ProblemReply(StatusCodes.Status401Unauthorized, "unauthorized", refused.Reason);
    }

    private static bool HasBasic(HttpRequest request, CallerAuth auth) =>
        CredentialOf(request, "Basic ") is { } credential && Same(credential, Convert.ToBase64String(Encoding.UTF8.GetBytes($"{auth.Username}:{auth.Password}")));

    private async ValueTask<CallerVerdict> CheckTokenAsync(HttpRequest request, CallerAuth auth)
    {
        const string Challenge = "Bearer error=\"invalid_token\"";
        if (CredentialOf(request, "Bearer ") is not { } token)
            return new CallerVerdict.Refused("The token is missing. Send the header 'Authorization: Bearer TOKEN'.", "Bearer");
        var rules = TokenRules.SignedWith(Encoding.UTF8.GetBytes(auth.Secret!), time, access.RequiresExpiry);
        (rules.ValidateIssuer, rules.ValidIssuer) = (auth.Issuer is not null, auth.Issuer);
        (rules.ValidateAudience, rules.ValidAudience) = (auth.Audience is not null, auth.Audience);
        var result = await TokenRules.Handler.ValidateTokenAsync(token, rules);
        return result.IsValid
            ? new CallerVerdict.Admitted(DeliveryId: null, TokenRules.ExpiryOf(TokenClaims.Of((JsonWebToken)result.SecurityToken)))
            : new CallerVerdict.Refused(TokenProblem.Of(result.Exception), Challenge);
    }

    private static string? CredentialOf(HttpRequest request, string scheme) =>
        request.Headers.Authorization is [{ } header] && header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) ? header[scheme.Length..].Trim() : null;

    private static CallerVerdict Check(bool isRight, string otherwise, string? challenge = null) =>
        isRight ? CallerVerdict.Admitted.Anybody : new CallerVerdict.Refused(otherwise, challenge);

    // Of their hashes, so that the time it takes says nothing of the length either.
    private static bool Same(StringValues given, string right) => given is [{ } only]
        && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(only)), SHA256.HashData(Encoding.UTF8.GetBytes(right)));
}
