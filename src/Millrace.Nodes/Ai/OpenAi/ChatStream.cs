using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using Millrace.Core.Values;
using Millrace.Engine.Models;

namespace Millrace.Nodes.Ai.OpenAi;

/// <summary>Reads an answer that comes in pieces, and hands each on as it comes.</summary>
internal static class ChatStream
{
    private const string Done = "[DONE]";

    public static async ValueTask<ChatReading> ReadAsync(Stream stream, ModelRequest request, CancellationToken cancellation)
    {
        var text = new StringBuilder();
        var refusal = new StringBuilder();
        var reading = new ChatReading();
        var isDone = false;
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(cancellation))
        {
            isDone = string.Equals(item.Data, Done, StringComparison.Ordinal);
            if (isDone)
                break;
            if (!TryParse(item.Data, out var piece, out var problem))
                return new ChatReading(Problem: problem);
            var choice = piece["choices"].TryGetList(out var choices) && choices.Count > 0 ? choices[0] : default;
            if (ChatAnswer.TextOf(choice["delta"]["content"]) is { Length: > 0 } token)
            {
                if (text.Length + token.Length > ChatAnswer.Limit)
                    return new ChatReading(Problem: $"answered with more than {ChatAnswer.Limit} characters.");
                text.Append(token);
                request.OnToken!(token);
            }
            refusal.Append(ChatAnswer.TextOf(choice["delta"]["refusal"]));
            reading = reading with
            {
                Model = ChatAnswer.TextOf(piece["model"]) ?? reading.Model,
                FinishReason = ChatAnswer.TextOf(choice["finish_reason"]) ?? reading.FinishReason,
                Usage = piece["usage"].IsNull ? reading.Usage : ChatAnswer.UsageOf(piece["usage"]),
            };
        }
        // Some servers leave the last line out, but none the reason.
        if (!isDone && reading.FinishReason is null)
            return new ChatReading(Problem: "stopped in the middle of its answer.");
        return reading with { Text = text.ToString(), Refusal = refusal.ToString() };
    }

    private static bool TryParse(string data, out Value piece, out string? problem)
    {
        piece = default;
        problem = null;
        try
        {
            piece = ValueJson.Parse(data);
        }
        catch (JsonException e)
        {
            problem = $"sent a part of its answer that is not JSON: {ValueJson.Explain(e)}.";
            return false;
        }
        // Servers that fail late can only say so inside the stream.
        if (!piece["error"].IsNull)
            problem = $"broke off with an error: {ChatAnswer.TextOf(piece["error"]["message"]) ?? piece["error"].ToJson()}";
        return problem is null;
    }
}
