using System.Net;
using Millrace.Core.Nodes;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Http;

/// <summary>Sends a node's calls: each with its credentials where it may have them, and on to where redirects lead.</summary>
internal sealed class HttpExchange(OutgoingHttp http, OAuthTokens tokens, HttpRequest request, EffectContext context)
{
    private const int MaxRedirects = 10;

    private readonly HttpConfig _config = request.Config;

    /// <summary>Sends a call until something answers that is no redirect.</summary>
    /// <returns>The response, to be disposed, with the call that it answers; or a failure.</returns>
    public async Task<(HttpResponseMessage? Response, HttpCall Call, NodeOutcome? Failure)> SendAsync(
        HttpCall call, CancellationToken cancellation)
    {
        for (var redirects = 0; ; redirects++)
        {
            var (response, failure) = await SendOnceAsync(call, cancellation);
            if (response is null)
                return (null, call, failure);
            var location = _config.FollowRedirects && (int)response.StatusCode is 301 or 302 or 303 or 307 or 308
                ? response.Headers.Location
                : null;
            if (location is null)
                return (response, call, null);
            var status = response.StatusCode;
            response.Dispose();
            if (redirects == MaxRedirects)
                return (null, call, NodeOutcome.Failed("http", $"{call.Title} redirects more than {MaxRedirects} times."));
            if (call.Redirected(status, location) is not { } next)
                return (
                    null,
                    call,
                    NodeOutcome.Failed(
                        "http",
                        $"{call.Title} redirects to an address that is not allowed: from https to http, to another protocol, or with a "
                            + "password in the address."));
            call = next;
        }
    }

    private async Task<(HttpResponseMessage? Response, NodeOutcome? Failure)> SendOnceAsync(HttpCall call, CancellationToken cancellation)
    {
        if (_config.Auth is not { Type: HttpAuthType.Oauth2 } auth || !call.IsHome)
            return (await SendAsync(call, null, cancellation), null);
        var (token, failure) = await tokens.GetAsync(auth, context, cancellation);
        if (token is null)
            return (null, failure);
        var response = await SendAsync(call, token, cancellation);
        if (response.StatusCode != HttpStatusCode.Unauthorized)
            return (response, null);
        // It may have been withdrawn before its time.
        tokens.Forget(auth, context, token);
        response.Dispose();
        (token, failure) = await tokens.GetAsync(auth, context, cancellation);
        return token is null ? (null, failure) : (await SendAsync(call, token, cancellation), null);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpCall call, string? token, CancellationToken cancellation)
    {
        using var message = call.ToMessage();
        if (token is not null)
        {
            context.Secrets.Add("oauth token", token);
            message.Headers.Remove("Authorization");
            message.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
        }
        if (_config.Auth is { Type: HttpAuthType.AwsSigV4 } auth && call.IsHome)
            await AwsSignature.SignAsync(message, auth, context.Time.GetUtcNow(), cancellation);
        return request.Operators is { } own && HttpCall.IsSameOrigin(own, call.Url)
            ? await OutgoingHttp.Operators.SendAsync(message, context, cancellation)
            : await http.SendAsync(message, context, cancellation);
    }
}
