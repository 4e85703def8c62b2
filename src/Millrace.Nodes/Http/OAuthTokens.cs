using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Http;

/// <summary>
/// Access tokens for the credentials of clients (RFC 6749, 4.4), fetched through the same guard as every call, and kept in memory until
/// shortly before they expire: each for one tenant and exactly these credentials.
/// </summary>
internal sealed class OAuthTokens(OutgoingHttp http)
{
    private const int MaxKept = 10_000;
    private const int MaxAnswerBytes = 64 * 1024;
    private static readonly TimeSpan UsualLife = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan MaxLife = TimeSpan.FromDays(1);
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, (string Token, DateTimeOffset Until)> _kept = new(StringComparer.Ordinal);

    /// <summary>A token, or why there is none.</summary>
    public async Task<(string? Token, NodeOutcome? Failure)> GetAsync(HttpAuth auth, EffectContext context, CancellationToken cancellation)
    {
        var key = KeyOf(auth, context.Tenant);
        if (_kept.TryGetValue(key, out var kept) && kept.Until > context.Time.GetUtcNow())
        {
            // Whoever gets a kept token still has to be allowed to send its credentials there.
            if (context.Secrets.RefusalOf(new Uri(auth.TokenUrl!).IdnHost) is { } refusal)
                throw new SecretBoundException(refusal);
            return (kept.Token, null);
        }
        var (token, life, failure) = await FetchAsync(auth, context, cancellation);
        if (token is not null)
            Keep(key, token, context.Time.GetUtcNow(), life);
        return (token, failure);
    }

    /// <summary>Forgets a token that was refused.</summary>
    public void Forget(HttpAuth auth, EffectContext context, string token)
    {
        var key = KeyOf(auth, context.Tenant);
        if (_kept.TryGetValue(key, out var kept) && string.Equals(kept.Token, token, StringComparison.Ordinal))
            _kept.TryRemove(KeyValuePair.Create(key, kept));
    }

    private async Task<(string? Token, TimeSpan Life, NodeOutcome? Failure)> FetchAsync(
        HttpAuth auth, EffectContext context, CancellationToken cancellation)
    {
        using var request = RequestFor(auth);
        var title = $"POST {request.RequestUri!.GetLeftPart(UriPartial.Path)}";
        try
        {
            using var response = await http.SendAsync(request, context, cancellation);
            var (bytes, _) = await HttpResponseReader.ReadAsync(response, MaxAnswerBytes, cancellation);
            var body = HttpResponseReader.Decode(response, bytes, HttpResponseKind.Json).Value;
            if (response.IsSuccessStatusCode
                && body["access_token"].TryGetString(out var token)
                && token.Length > 0
                && IsBearer(body)
                && !token.AsSpan().ContainsAny('\r', '\n'))
                return (token, LifeOf(body), null);
            var status = (int)response.StatusCode;
            var reason = body["error"].TryGetString(out var error)
                ? $"{error}{(body["error_description"].TryGetString(out var more) ? $": {more}" : "")}"
                : "without a bearer token";
            return (
                null,
                default,
                NodeOutcome.Failed(
                    "oauth",
                    $"{title} returned no token; it answered {status}, {reason}. Check 'auth'.",
                    retryable: status is 408 or 425 or 429 or >= 500));
        }
        catch (Exception e) when (HttpFailures.IsExpected(e, cancellation))
        {
            return (null, default, HttpFailures.Of(e, title));
        }
    }

    private static HttpRequestMessage RequestFor(HttpAuth auth)
    {
        var form = new List<KeyValuePair<string, string>> { new("grant_type", "client_credentials") };
        if (!string.IsNullOrEmpty(auth.Scope))
            form.Add(new("scope", auth.Scope));
        if (!string.IsNullOrEmpty(auth.Audience))
            form.Add(new("audience", auth.Audience));
        if (auth.ClientProof == OAuthClientProof.Body)
            form.AddRange([new("client_id", auth.ClientId!), new("client_secret", auth.ClientSecret!)]);
        var request = new HttpRequestMessage(HttpMethod.Post, auth.TokenUrl) { Content = new FormUrlEncodedContent(form) };
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        // Each part is encoded as in a form before they are joined (RFC 6749, 2.3.1).
        if (auth.ClientProof == OAuthClientProof.Basic)
            request.Headers.TryAddWithoutValidation(
                "Authorization",
                "Basic "
                    + HttpAuthentication.Basic(
                        System.Net.WebUtility.UrlEncode(auth.ClientId!), System.Net.WebUtility.UrlEncode(auth.ClientSecret!)));
        return request;
    }

    private void Keep(string key, string token, DateTimeOffset now, TimeSpan life)
    {
        if (_kept.Count >= MaxKept)
        {
            foreach (var old in _kept.Where(one => one.Value.Until <= now).ToArray())
                _kept.TryRemove(old);
            if (_kept.Count >= MaxKept)
                return;
        }
        var until = now + (life > 2 * Margin ? life - Margin : life / 2);
        if (until > now)
            _kept[key] = (token, until);
    }

    private static bool IsBearer(Value body) =>
        !body["token_type"].TryGetString(out var type) || string.Equals(type, "bearer", StringComparison.OrdinalIgnoreCase);

    private static TimeSpan LifeOf(Value body)
    {
        var seconds = body["expires_in"] is var expires && expires.TryGetInt(out var given)
            ? given
            : expires.TryGetString(out var text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed)
            ? parsed
            : (long)UsualLife.TotalSeconds;
        return TimeSpan.FromSeconds(Math.Clamp(seconds, 0, (long)MaxLife.TotalSeconds));
    }

    // A hash, so that a dump of the table shows no credentials besides the tokens.
    private static string KeyOf(HttpAuth auth, string tenant)
    {
        string?[] all =
            [tenant, auth.TokenUrl, auth.ClientId, auth.ClientSecret, auth.Scope, auth.Audience, auth.ClientProof.ToString()];
        var parts = string.Join('\n', all.Select(part => $"{part?.Length}:{part}"));
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(parts)));
    }
}
