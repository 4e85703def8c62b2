using System.Collections.Immutable;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Http;

/// <summary>One request of a node, and what its config alone does not say.</summary>
/// <param name="Config">What to send, its secrets filled in.</param>
/// <param name="CredentialHeaders">Those of its headers that have a secret in them: they stay at the host that they are for.</param>
internal sealed record HttpRequest(HttpConfig Config, ImmutableArray<string> CredentialHeaders)
{
    /// <summary>
    /// A server that the operator named, which is called wherever it is; null: none. Redirects from it to others are looked at like any.
    /// </summary>
    public Uri? Operators { get; init; }
}

/// <summary>
/// Sends the requests of nodes and makes outcomes of the answers: the same way for every type of node that calls servers over HTTP.
/// </summary>
internal sealed class HttpRequests(OutgoingHttp http)
{
    private const int MaxResponseBytes = 100 * 1024 * 1024;

    private readonly OAuthTokens _tokens = new(http);

    /// <summary>Sends a request, its redirects and pages included; the output is {status, headers, body}.</summary>
    public async ValueTask<NodeOutcome> SendAsync(HttpRequest request, EffectContext context, CancellationToken cancellation)
    {
        var config = request.Config;
        if (SuccessCodes.TryParse(config.SuccessCodes) is not { } successCodes)
            return NodeOutcome.Failed("config", SuccessCodes.Problem(config.SuccessCodes));
        if (config.MaxResponseBytes is < 1 or > MaxResponseBytes)
            return NodeOutcome.Failed(
                "config", $"'maxResponseBytes' is {config.MaxResponseBytes}; it must be between 1 and {MaxResponseBytes}.");
        if (config.Pagination is { } pagination && (pagination.Problem()?.Problem ?? HttpPagination.Problem(config.Response)) is { } wrong)
            return NodeOutcome.Failed("config", wrong);
        if (HttpCallBuilder.TryBuild(request, context, out var problem) is not { } call)
            return NodeOutcome.Failed("config", problem!);
        try
        {
            var exchange = new HttpExchange(http, _tokens, request, context);
            return config.Pagination is null
                ? await SendAsync(exchange, call, config, successCodes, context, cancellation)
                : await new HttpPages(exchange, config, successCodes, context).ReadAsync(call, cancellation);
        }
        catch (FileMissingException e)
        {
            return NodeOutcome.Failed("not_found", e.Message);
        }
        catch (Exception e) when (HttpFailures.IsExpected(e, cancellation))
        {
            return HttpFailures.Of(e, call.Title);
        }
    }

    private static async Task<NodeOutcome> SendAsync(
        HttpExchange exchange,
        HttpCall first,
        HttpConfig config,
        SuccessCodes successCodes,
        EffectContext context,
        CancellationToken cancellation)
    {
        var (response, call, failure) = await exchange.SendAsync(first, cancellation);
        if (response is null)
            return failure!;
        using (response)
            return await ReadAsync(call, config, successCodes, response, context, cancellation);
    }

    private static async Task<NodeOutcome> ReadAsync(
        HttpCall call,
        HttpConfig config,
        SuccessCodes successCodes,
        HttpResponseMessage response,
        EffectContext context,
        CancellationToken cancellation)
    {
        if (!successCodes.Contain((int)response.StatusCode))
            return await HttpFailures.OfStatusAsync(call, response, context.Time.GetUtcNow(), cancellation);
        if (config.Response == HttpResponseKind.File)
        {
            var file = await HttpResponseReader.StoreAsync(response, call.Url, config.MaxResponseBytes, context, cancellation);
            return file is null
                ? HttpFailures.TooLarge(call, config, HttpResponseReader.Head(response))
                : NodeOutcome.Completed(HttpResponseReader.Whole(response, file.ToValue()));
        }
        var (bytes, isComplete) = await HttpResponseReader.ReadAsync(response, config.MaxResponseBytes, cancellation);
        if (!isComplete)
            return HttpFailures.TooLarge(call, config, HttpResponseReader.Head(response));
        var body = HttpResponseReader.Decode(response, bytes, config.Response);
        if (body.Failure is not null)
            return HttpFailures.Unreadable(call, body.Failure, HttpResponseReader.Head(response));
        if (body.Warning is not null)
            context.Log("warn", $"The response of {call.Title}: {body.Warning}.");
        return NodeOutcome.Completed(HttpResponseReader.Whole(response, body.Value));
    }
}
