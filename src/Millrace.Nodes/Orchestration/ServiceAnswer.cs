using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Models;

namespace Millrace.Nodes.Orchestration;

/// <summary>Reads what services say: {output | error, usage {tokensIn, tokensOut, money?}, traceId?}.</summary>
internal static class ServiceAnswer
{
    /// <summary>How the node ended by an answer.</summary>
    /// <param name="service">The service that answered.</param>
    /// <param name="body">The answer.</param>
    /// <param name="field">The field of the result.</param>
    /// <param name="traceId">The trace that it belongs to where it names none.</param>
    /// <param name="needsUsage">Whether it has to say what it took.</param>
    public static NodeOutcome Read(ServiceEndpoint service, Value body, string field, string traceId, bool needsUsage)
    {
        var meta = Meta(body, traceId);
        if (body["error"].TryGetMap(out var map))
            return NodeOutcome.Failed(ErrorOf(service, map, meta));
        if (!body.TryGetMap(out var fields) || !fields.TryGet(field, out var output))
            return NodeOutcome.Failed(new NodeError(service.Name, $"The {service.Title}'s response has no '{field}'.", Details: meta));
        return new NodeOutcome { Output = output, Meta = meta, Logs = needsUsage && !HasUsage(body) ? [Unaccounted(service)] : [] };
    }

    /// <summary>What an answer took, as `llm` nodes have it too: {usage, cost, traceId}.</summary>
    public static MapValue Meta(Value body, string traceId)
    {
        var usage = body["usage"];
        var tokens = new TokenUsage(Count(usage["tokensIn"]) ?? 0, Count(usage["tokensOut"]) ?? 0);
        var trace = body["traceId"].TryGetString(out var own) && own.Length > 0 ? own : traceId;
        return MapValue.Of(("usage", tokens.ToValue()), ("cost", Money(usage["money"])), ("traceId", trace));
    }

    private static NodeError ErrorOf(ServiceEndpoint service, Value error, MapValue meta) => new(
        error["type"].TryGetString(out var type) && type.Length > 0 ? type : service.Name,
        error["message"].TryGetString(out var message) && message.Length > 0 ? message : $"The {service.Title} failed without saying why.",
        error["retryable"].TryGetBool(out var retryable) && retryable,
        Details: error["details"].IsNull ? meta : meta.With("details", error["details"]));

    private static bool HasUsage(Value body) =>
        Count(body["usage"]["tokensIn"]) is not null && Count(body["usage"]["tokensOut"]) is not null;

    private static LogLine Unaccounted(ServiceEndpoint service) =>
        new(
            "warn",
            $"The {service.Title} did not report its usage, which counts as zero. A response needs 'usage' with 'tokensIn' and "
                + "'tokensOut'.");

    private static long? Count(Value value) => value.TryGetInt(out var count) && count >= 0 ? count : null;

    private static double Money(Value value)
    {
        var amount = value.TryGetDouble(out var money) ? money : value.TryGetInt(out var whole) ? whole : 0;
        return double.IsFinite(amount) && amount >= 0 ? amount : 0;
    }
}
