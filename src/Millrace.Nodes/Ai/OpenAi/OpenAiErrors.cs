using System.ClientModel.Primitives;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Millrace.Core.Values;
using Millrace.Engine.Models;

namespace Millrace.Nodes.Ai.OpenAi;

/// <summary>Reads the errors of an OpenAI-compatible API.</summary>
internal static class OpenAiErrors
{
    private const int MaxBody = 64 * 1024;
    private const int ShownLength = 1_000;
    private static readonly TimeSpan MaxPause = TimeSpan.FromDays(1);

    public static async ValueTask<ModelOutcome> ReadAsync(
        ModelEndpoint endpoint, string model, PipelineResponse response, CancellationToken cancellation)
    {
        var bytes = response.ContentStream is { } stream
            ? await ChatAnswer.ReadWholeAsync(stream, MaxBody, cancellation) ?? default
            : default;
        var error = Parse(bytes.Span)["error"];
        var message = ChatAnswer.TextOf(error["message"]) ?? ChatAnswer.TextOf(error) ?? Shown(Encoding.UTF8.GetString(bytes.Span));
        var code = ChatAnswer.TextOf(error["code"]) ?? ChatAnswer.TextOf(error["type"]);
        var after = response.Headers.TryGetValue("Retry-After", out var text) ? RetryAfter(text) : null;
        return ModelFailures.OfStatus(endpoint.Name, model, response.Status, code, message, after, endpoint.KeySetting);
    }

    private static Value Parse(ReadOnlySpan<byte> body)
    {
        try
        {
            return ValueJson.Parse(body);
        }
        catch (JsonException)
        {
            // A proxy's page, perhaps: it is shown as it is.
            return default;
        }
    }

    private static TimeSpan? RetryAfter(string? text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            && seconds >= 0 && seconds <= MaxPause.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : null;

    private static string Shown(string text) => text.Length <= ShownLength ? text : text[..ShownLength] + "...";
}
