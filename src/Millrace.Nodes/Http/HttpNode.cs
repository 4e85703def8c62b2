using Millrace.Core.Nodes;
using Millrace.Core.Schemas;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Http;

/// <summary>Calls a server over HTTP.</summary>
internal sealed class HttpNode(OutgoingHttp http) : EffectNodeType<HttpConfig>
{
    private const int MaxRedirects = 10;
    private const int MostResponseBytes = 100 * 1024 * 1024;
    private static readonly TimeSpan UsualTimeout = TimeSpan.FromSeconds(60);

    protected override TimeSpan? DefaultTimeout => UsualTimeout;

    protected override NodeTypeDescription Describe() => new()
    {
        Type = "http",
        Aliases = ["httpRequest"],
        Title = "HTTP request",
        Summary = "Calls a server over HTTP; gives status, headers and body.",
        Category = "Http",
        Kind = NodeKind.Effect,
        Repetition = Repetition.Keyed,
        RepetitionOf = HttpCallBuilder.RepetitionOf,
    };

    protected override void Check(NodeCompilation compilation)
    {
        if (!compilation.Field("pagination").IsNull)
            compilation.Unsupported("/pagination", "pagination");
        Refuse(compilation, "method", HttpCallBuilder.MethodProblem);
        Refuse(compilation, "url", HttpCallBuilder.UrlProblem);
        var codes = compilation.Field("successCodes");
        if (!codes.IsNull && !codes.ToJson().Contains("{{", StringComparison.Ordinal) && SuccessCodes.TryParse(codes) is null)
            compilation.Error("/successCodes", "invalid_value", SuccessCodesProblem(codes));
        if (compilation.Field("auth").TryGetMap(out var auth) && !Schema.IsTemplate(auth.TryGet("type", out var type) ? type : Value.Null)
            && ConfigBinder.TryBind<HttpAuth>(auth, out _) is { } bound && HttpCallBuilder.AuthProblem(bound) is { } problem)
            compilation.Error("/auth", "missing_field", problem);
    }

    protected override async ValueTask<NodeOutcome> ExecuteAsync(HttpConfig config, EffectContext context, CancellationToken cancellation)
    {
        if (SuccessCodes.TryParse(config.SuccessCodes) is not { } successCodes)
            return NodeOutcome.Failed("config", SuccessCodesProblem(config.SuccessCodes));
        if (config.MaxResponseBytes is < 1 or > MostResponseBytes)
            return NodeOutcome.Failed("config", $"'maxResponseBytes' is {config.MaxResponseBytes}; it must be between 1 and {MostResponseBytes}.");
        if (HttpCallBuilder.TryBuild(config, context.IdempotencyKey, out var problem) is not { } call)
            return NodeOutcome.Failed("config", problem!);
        try
        {
            return await SendAsync(call, config, successCodes, context, cancellation);
        }
        catch (Exception e) when (HttpFailures.IsExpected(e, cancellation))
        {
            return HttpFailures.Of(e, call);
        }
    }

    private async Task<NodeOutcome> SendAsync(HttpCall call, HttpConfig config, SuccessCodes successCodes, EffectContext context, CancellationToken cancellation)
    {
        for (var redirects = 0; ; redirects++)
        {
            using var request = call.ToMessage();
            using var response = await http.SendAsync(request, cancellation);
            var location = config.FollowRedirects && (int)response.StatusCode is 301 or 302 or 303 or 307 or 308 ? response.Headers.Location : null;
            if (location is null)
                return await ReadAsync(call, config, successCodes, response, context, cancellation);
            if (redirects == MaxRedirects)
                return NodeOutcome.Failed("http", $"{call.Title} redirects more than {MaxRedirects} times.");
            if (call.Redirected(response.StatusCode, location) is not { } next)
                return NodeOutcome.Failed("http", $"{call.Title} redirects to where it may not be followed: from https to http, to another protocol, or with a password in the address.");
            call = next;
        }
    }

    private static async Task<NodeOutcome> ReadAsync(HttpCall call, HttpConfig config, SuccessCodes successCodes, HttpResponseMessage response, EffectContext context, CancellationToken cancellation)
    {
        if (!successCodes.Contain((int)response.StatusCode))
            return await HttpFailures.OfStatusAsync(call, response, context.Time.GetUtcNow(), cancellation);
        var head = new MapBuilder().Set("status", (long)response.StatusCode).Set("headers", HttpResponseReader.Headers(response));
        if (config.Response == HttpResponseKind.File)
        {
            var file = await HttpResponseReader.StoreAsync(response, call.Url, config.MaxResponseBytes, context, cancellation);
            return file is null ? TooLarge(call, config, head) : NodeOutcome.Completed(head.Set("body", file.ToValue()).Build());
        }
        var (bytes, isComplete) = await HttpResponseReader.ReadAsync(response, config.MaxResponseBytes, cancellation);
        if (!isComplete)
            return TooLarge(call, config, head);
        if (!HttpResponseReader.TryDecode(response, bytes, config.Response, out var body, out var problem))
            return HttpFailures.WithDetails($"The response of {call.Title} is not JSON: {problem}", head.Build());
        if (problem is not null)
            context.Log("warn", $"The response of {call.Title} says that it is JSON, but it is not; it is given as text. {problem}");
        return NodeOutcome.Completed(head.Set("body", body).Build());
    }

    private static NodeOutcome TooLarge(HttpCall call, HttpConfig config, MapBuilder head) =>
        HttpFailures.WithDetails($"The response of {call.Title} has more than {config.MaxResponseBytes} bytes; raise 'maxResponseBytes' if that is right.", head.Build());

    private static void Refuse(NodeCompilation compilation, string field, Func<string, string?> problemOf)
    {
        var value = compilation.Field(field);
        if (value.TryGetString(out var text) && !Schema.IsTemplate(value) && problemOf(text) is { } problem)
            compilation.Error("/" + field, "invalid_value", problem);
    }

    private static string SuccessCodesProblem(Value codes) => $"'successCodes' is {codes.ToJson()}; it must be a code, a range such as \"200-299\", or a list of them.";
}
