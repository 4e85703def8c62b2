using System.Collections.Immutable;
using Millrace.Core.Nodes;
using Millrace.Core.Schemas;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Http;

/// <summary>Calls a server over HTTP.</summary>
internal sealed class HttpNode(HttpRequests requests) : EffectNodeType<HttpConfig>
{
    private static readonly TimeSpan UsualTimeout = TimeSpan.FromSeconds(60);

    protected override TimeSpan? DefaultTimeout => UsualTimeout;

    protected override NodeTypeDescription Describe() => new()
    {
        Type = "http",
        Aliases = ["httpRequest"],
        Title = "HTTP request",
        Summary = "Calls a server over HTTP; returns status, headers and body.",
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
            compilation.Error("/successCodes", "invalid_value", SuccessCodes.Problem(codes));
        if (compilation.Field("auth").TryGetMap(out var auth) && !Schema.IsTemplate(auth.TryGet("type", out var type) ? type : Value.Null)
            && ConfigBinder.TryBind<HttpAuth>(auth, out _) is { } bound && HttpAuthentication.Problem(bound) is { } problem)
            compilation.Error("/auth", "missing_field", problem);
        CheckPagination(compilation);
    }

    protected override ValueTask<NodeOutcome> ExecuteAsync(HttpConfig config, EffectContext context, CancellationToken cancellation) =>
        requests.SendAsync(
            new HttpRequest(
                config,
                [
                    .. (
                        config.Headers
                            ?? ImmutableDictionary<string, Value>.Empty).Keys.Where(name => context.Secrets.IsAt("headers", name)),
                ]),
            context,
            cancellation);

    private static void CheckPagination(NodeCompilation compilation)
    {
        if (!compilation.Field("pagination").TryGetMap(out var map)
            || map.Entries.ToArray().Any(entry => Schema.IsTemplate(entry.Value))
            || ConfigBinder.TryBind<HttpPagination>(map, out _) is not { } pagination)
            return;
        if (pagination.Problem() is { } problem)
            compilation.Error(
                "/pagination" + problem.Pointer, problem.Pointer.Length == 0 ? "missing_field" : "invalid_value", problem.Problem);
        else if (compilation.Field("response").Equals("file") && HttpPagination.Problem(HttpResponseKind.File) is { } conflict)
            compilation.Error("/pagination", "invalid_value", conflict);
    }

    private static void Refuse(NodeCompilation compilation, string field, Func<string, string?> problemOf)
    {
        var value = compilation.Field(field);
        if (value.TryGetString(out var text) && !Schema.IsTemplate(value) && problemOf(text) is { } problem)
            compilation.Error("/" + field, "invalid_value", problem);
    }
}
