using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Models;

namespace Millrace.Nodes.Ai;

/// <summary>Says what a refusal of a provider means: what is wrong, what to do, and whether another attempt may help.</summary>
internal static class ModelFailures
{
    /// <summary>The failure that a status code means.</summary>
    /// <param name="provider">The provider that refused the request.</param>
    /// <param name="model">Which model was asked.</param>
    /// <param name="status">The HTTP status.</param>
    /// <param name="code">The provider's own code for it, such as "context_length_exceeded".</param>
    /// <param name="message">The provider's own words.</param>
    /// <param name="retryAfter">How long it asks to wait.</param>
    /// <param name="credentials">Where its credentials come from.</param>
    public static ModelOutcome OfStatus(
        string provider, string model, int status, string? code, string? message, TimeSpan? retryAfter, string credentials)
    {
        var said = message is { Length: > 0 } ? $" It says: {message}" : "";
        var details = MapValue.Of(("status", status), ("code", code), ("provider", provider), ("model", model));
        return new ModelOutcome.Failed(status switch
        {
            401 or 403 =>
                new NodeError(
                    "auth", $"The provider '{provider}' refused the credentials ({status}); check {credentials}.{said}", Details: details),
            404 =>
                new NodeError(
                    "model",
                    $"The provider '{provider}' has no model '{model}', or its address is not that of an OpenAI-compatible API "
                        + $"({status}).{said}",
                    Details: details),
            408 =>
                new NodeError(
                    "provider", $"The provider '{provider}' took too long ({status}).{said}", Retryable: true, retryAfter, details),
            429 when code is "insufficient_quota" =>
                new NodeError("quota", $"The account at the provider '{provider}' has no quota left ({status}).{said}", Details: details),
            429 =>
                new NodeError(
                    "rate_limit",
                    $"The provider '{provider}' received too many requests ({status}).{said}",
                    Retryable: true,
                    retryAfter,
                    details),
            >= 500 =>
                new NodeError("provider", $"The provider '{provider}' failed ({status}).{said}", Retryable: true, retryAfter, details),
            _ when code is "context_length_exceeded" =>
                new NodeError(
                    "context_length",
                    $"The prompt is too long for the model '{model}'; shorten it or use a model with a larger context.{said}",
                    Details: details),
            _ when IsFiltered(code) => Filtered(provider, model, said, details),
            _ =>
                new NodeError(
                    "model_request",
                    $"The provider '{provider}' does not accept the request for '{model}' ({status}).{said}",
                    Details: details),
        });
    }

    /// <summary>The failure of an answer that the provider's filter held back.</summary>
    public static ModelOutcome OfFilteredAnswer(string provider, string model, string? refusal) => new ModelOutcome.Failed(
        Filtered(provider, model, refusal is { Length: > 0 } ? $" It says: {refusal}" : "", MapValue.Of(("provider", provider), ("model", model))));

    /// <summary>The failure of a connection, or of an answer that does not hold to the protocol.</summary>
    public static ModelOutcome OfTransport(string provider, string what) => new ModelOutcome.Failed(
        new NodeError("provider", $"The provider '{provider}' {what}", Retryable: true, Details: MapValue.Of("provider", provider)));

    private static bool IsFiltered(string? code) =>
        code is "content_filter" or "content_policy_violation" or "ResponsibleAIPolicyViolation";

    private static NodeError Filtered(string provider, string model, string said, MapValue details) =>
        new(
            "content_filter",
            $"The content filter of the provider '{provider}' stopped the model '{model}'; change the prompt.{said}",
            Details: details);
}
