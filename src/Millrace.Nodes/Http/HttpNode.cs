using Millrace.Core.Nodes;
using Millrace.Core.Schemas;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Http;

/// <summary>Calls a server over HTTP.</summary>
internal sealed class HttpNode(OutgoingHttp http) : EffectNodeType<HttpConfig>
{
    private const int MostResponseBytes = 100 * 1024 * 1024;
    private static readonly TimeSpan UsualTimeout = TimeSpan.FromSeconds(60);

    private readonly OAuthTokens _tokens = new(http);

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
        Refuse(compilation, "method", HttpCallBuilder.MethodProblem);
        Refuse(compilation, "url", HttpCallBuilder.UrlProblem);
        var codes = compilation.Field("successCodes");
        if (!codes.IsNull && !codes.ToJson().Contains("{{", StringComparison.Ordinal) && SuccessCodes.TryParse(codes) is null)
            compilation.Error("/successCodes", "invalid_value", SuccessCodesProblem(codes));
        if (compilation.Field("auth").TryGetMap(out var auth) && !Schema.IsTemplate(auth.TryGet("type", out var type) ? type : Value.Null)
            && ConfigBinder.TryBind<HttpAuth>(auth, out _) is { } bound && HttpAuthentication.Problem(bound) is { } problem)
            compilation.Error("/auth", "missing_field", problem);
        CheckPagination(compilation);
    }

    protected override async ValueTask<NodeOutcome> ExecuteAsync(HttpConfig config, EffectContext context, CancellationToken cancellation)
    {
        if (SuccessCodes.TryParse(config.SuccessCodes) is not { } successCodes)
            return NodeOutcome.Failed("config", SuccessCodesProblem(config.SuccessCodes));
        if (config.MaxResponseBytes is < 1 or > MostResponseBytes)
            return NodeOutcome.Failed("config", $"'maxResponseBytes' is {config.MaxResponseBytes}; it must be between 1 and {MostResponseBytes}.");
        if (config.Pagination is { } pagination && (pagination.Problem()?.Problem ?? PaginationProblem(config.Response)) is { } wrong)
            return NodeOutcome.Failed("config", wrong);
        if (HttpCallBuilder.TryBuild(config, context, out var problem) is not { } call)
            return NodeOutcome.Failed("config", problem!);
        try
        {
            var exchange = new HttpExchange(http, _tokens, config, context);
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

    private static async Task<NodeOutcome> SendAsync(HttpExchange exchange, HttpCall first, HttpConfig config, SuccessCodes successCodes, EffectContext context, CancellationToken cancellation)
    {
        var (response, call, failure) = await exchange.SendAsync(first, cancellation);
        if (response is null)
            return failure!;
        using (response)
            return await ReadAsync(call, config, successCodes, response, context, cancellation);
    }

    private static async Task<NodeOutcome> ReadAsync(HttpCall call, HttpConfig config, SuccessCodes successCodes, HttpResponseMessage response, EffectContext context, CancellationToken cancellation)
    {
        if (!successCodes.Contain((int)response.StatusCode))
            return await HttpFailures.OfStatusAsync(call, response, context.Time.GetUtcNow(), cancellation);
        if (config.Response == HttpResponseKind.File)
        {
            var file = await HttpResponseReader.StoreAsync(response, call.Url, config.MaxResponseBytes, context, cancellation);
            return file is null ? HttpFailures.TooLarge(call, config, HttpResponseReader.Head(response)) : NodeOutcome.Completed(HttpResponseReader.Whole(response, file.ToValue()));
        }
        var (bytes, isComplete) = await HttpResponseReader.ReadAsync(response, config.MaxResponseBytes, cancellation);
        if (!isComplete)
            return HttpFailures.TooLarge(call, config, HttpResponseReader.Head(response));
        if (!HttpResponseReader.TryDecode(response, bytes, config.Response, out var body, out var problem))
            return HttpFailures.NotJson(call, problem, HttpResponseReader.Head(response));
        if (problem is not null)
            context.Log("warn", $"The response of {call.Title} says that it is JSON, but it is not; it is given as text. {problem}");
        return NodeOutcome.Completed(HttpResponseReader.Whole(response, body));
    }

    private static void CheckPagination(NodeCompilation compilation)
    {
        if (!compilation.Field("pagination").TryGetMap(out var map) || map.Entries.ToArray().Any(entry => Schema.IsTemplate(entry.Value)) || ConfigBinder.TryBind<HttpPagination>(map, out _) is not { } pagination)
            return;
        if (pagination.Problem() is { } problem)
            compilation.Error("/pagination" + problem.Pointer, problem.Pointer.Length == 0 ? "missing_field" : "invalid_value", problem.Problem);
        else if (compilation.Field("response").Equals("file") && PaginationProblem(HttpResponseKind.File) is { } conflict)
            compilation.Error("/pagination", "invalid_value", conflict);
    }

    private static string? PaginationProblem(HttpResponseKind response) => response == HttpResponseKind.File ? "Pages cannot be stored as a file: use 'response: json', or leave out 'pagination'." : null;

    private static void Refuse(NodeCompilation compilation, string field, Func<string, string?> problemOf)
    {
        var value = compilation.Field(field);
        if (value.TryGetString(out var text) && !Schema.IsTemplate(value) && problemOf(text) is { } problem)
            compilation.Error("/" + field, "invalid_value", problem);
    }

    private static string SuccessCodesProblem(Value codes) => $"'successCodes' is {codes.ToJson()}; it must be a code, a range such as \"200-299\", or a list of them.";
}
