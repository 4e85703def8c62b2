using System.Text.Json;
using Millrace.Core.Values;
using Millrace.Engine.Models;

namespace Millrace.Nodes.Ai.OpenAi;

/// <summary>Reads an answer that comes in one piece.</summary>
internal static class ChatAnswer
{
    /// <summary>The longest body that is read, in bytes.</summary>
    public const int Limit = 16 * 1024 * 1024;

    public static async ValueTask<ChatReading> ReadAsync(Stream stream, string model, CancellationToken cancellation)
    {
        if (await ReadWholeAsync(stream, Limit, cancellation) is not { } bytes)
            return new ChatReading(Problem: $"answered with more than {Limit} bytes.");
        Value body;
        try
        {
            body = ValueJson.Parse(bytes.Span);
        }
        catch (JsonException e)
        {
            return new ChatReading(Problem: $"answered with something that is not JSON: {ValueJson.Explain(e)}.");
        }
        var choice = body["choices"].TryGetList(out var choices) && choices.Count > 0 ? choices[0] : default;
        var message = choice["message"];
        if (!message["content"].TryGetString(out var text)
            && TextOf(message["refusal"]) is null
            && TextOf(choice["finish_reason"]) is not "content_filter")
            return new ChatReading(Problem: $"answered without a message from '{model}'.");
        return new ChatReading(
            text ?? "", TextOf(body["model"]), UsageOf(body["usage"]), TextOf(choice["finish_reason"]), TextOf(message["refusal"]));
    }

    /// <summary>A body as a whole; null where it is longer than the limit.</summary>
    public static async ValueTask<ReadOnlyMemory<byte>?> ReadWholeAsync(Stream stream, int limit, CancellationToken cancellation)
    {
        var whole = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await stream.ReadAsync(buffer, cancellation) is > 0 and var count)
        {
            if (whole.Length + count > limit)
                return null;
            whole.Write(buffer, 0, count);
        }
        return whole.GetBuffer().AsMemory(0, (int)whole.Length);
    }

    public static string? TextOf(Value value) => value.TryGetString(out var text) ? text : null;

    public static TokenUsage UsageOf(Value usage) => new(Tokens(usage["prompt_tokens"]), Tokens(usage["completion_tokens"]));

    private static long Tokens(Value value) => value.TryGetInt(out var count) ? Math.Max(count, 0) : 0;
}
