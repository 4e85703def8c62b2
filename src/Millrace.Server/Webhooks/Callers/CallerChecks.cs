using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Primitives;
using Millrace.Core.Values;
using Millrace.Engine.Secrets;
using Millrace.Engine.Webhooks;
using Millrace.Server.Access.Jwt;
using Millrace.Server.Http;

namespace Millrace.Server.Webhooks.Callers;

/// <summary>Checks who calls an address of a workflow. A secret that is not set admits nobody.</summary>
internal sealed class CallerChecks(SecretVault secrets, TimeProvider time, ILogger<CallerChecks> logger)
{
    /// <summary>Whether a request may go on.</summary>
    /// <param name="tenant">Whose address it is.</param>
    /// <param name="callers">How they prove themselves; null: they need not.</param>
    /// <param name="request">The request.</param>
    /// <param name="body">Its body as it came.</param>
    /// <param name="cancellation">Gives up.</param>
    public async ValueTask<CallerVerdict> CheckAsync(string tenant, CallerAuthentication? callers, HttpRequest request, ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        if (callers is null)
            return CallerVerdict.Admitted.Anybody;
        if (callers.Fill(await secrets.ReadAsync(tenant, cancellation), out var problem) is not { } auth)
        {
            logger.LogWarning("A call of {Path} was refused, as all are for now: {Problem}", request.Path, problem);
            return new CallerVerdict.Refused("This address cannot check its callers at the moment, and takes no calls until then.");
        }
        return auth.Type switch
        {
            CallerProof.Basic => Check(HasBasic(request, auth), "Send the right user and password, in the header 'Authorization: Basic ...'.", "Basic realm=\"webhook\", charset=\"UTF-8\""),
            CallerProof.Header => Check(Same(request.Headers[auth.Name!], auth.Value!), $"The header '{auth.Name}' is missing, or is not right."),
            CallerProof.Jwt => CheckToken(request, auth),
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

    private CallerVerdict CheckToken(HttpRequest request, CallerAuth auth)
    {
        const string Challenge = "Bearer error=\"invalid_token\"";
        if (CredentialOf(request, "Bearer ") is not { } token)
            return new CallerVerdict.Refused("There is no token. Send the header 'Authorization: Bearer TOKEN'.", "Bearer");
        if (new JwtReader(Encoding.UTF8.GetBytes(auth.Secret!), time).TryRead(token, out var problem) is not { } claims)
            return new CallerVerdict.Refused(problem, Challenge);
        Value all = claims;
        if (auth.Issuer is { } issuer && !all["iss"].Equals(issuer))
            return new CallerVerdict.Refused("The token is of another issuer than the one that is trusted here.", Challenge);
        return auth.Audience is { } audience && !all["aud"].Equals(audience) && !(all["aud"].TryGetList(out var list) && list.Any(one => one.Equals(audience)))
            ? new CallerVerdict.Refused("The token is for another audience.", Challenge)
            : CallerVerdict.Admitted.Anybody;
    }

    private static string? CredentialOf(HttpRequest request, string scheme) =>
        request.Headers.Authorization is [{ } header] && header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) ? header[scheme.Length..].Trim() : null;

    private static CallerVerdict Check(bool isRight, string otherwise, string? challenge = null) =>
        isRight ? CallerVerdict.Admitted.Anybody : new CallerVerdict.Refused(otherwise, challenge);

    // Of their hashes, so that the time it takes says nothing of the length either.
    private static bool Same(StringValues given, string right) => given is [{ } only]
        && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(only)), SHA256.HashData(Encoding.UTF8.GetBytes(right)));
}
