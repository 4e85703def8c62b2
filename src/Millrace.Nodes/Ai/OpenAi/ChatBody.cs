using Millrace.Core.Values;
using Millrace.Engine.Models;

namespace Millrace.Nodes.Ai.OpenAi;

/// <summary>Writes the body of a chat completions request.</summary>
internal static class ChatBody
{
    /// <summary>The body as UTF-8.</summary>
    public static byte[] Of(ModelRequest request, bool isOpenAi)
    {
        var body = new MapBuilder()
            .Set("model", request.Model)
            .Set("messages", Messages(request));
        if (request.Temperature is { } temperature)
            body.Set("temperature", temperature);
        // OpenAI's newer models refuse the old name; many compatible servers know no other.
        if (request.MaxTokens is { } most)
            body.Set(isOpenAi ? "max_completion_tokens" : "max_tokens", most);
        body.SetIfPresent("response_format", Format(request));
        if (request.OnToken is not null)
            body.Set("stream", true).Set("stream_options", MapValue.Of("include_usage", true));
        return ((Value)body.Build()).ToUtf8();
    }

    private static Value Format(ModelRequest request) => request.Form switch
    {
        AnswerForm.Json => MapValue.Of("type", "json_object"),
        AnswerForm.Schema =>
            MapValue.Of(("type", "json_schema"), ("json_schema", MapValue.Of(("name", "answer"), ("schema", request.Schema)))),
        _ => Value.Null,
    };

    private static ListValue Messages(ModelRequest request)
    {
        var messages = request.Messages.Select(
            message => (Value)MapValue.Of(("role", message.Role.ToString().ToLowerInvariant()), ("content", message.Text)));
        // The API refuses to answer in JSON where the word is nowhere in the conversation.
        if (request.Form == AnswerForm.Json
            && !request.Messages.Any(message => message.Text.Contains("json", StringComparison.OrdinalIgnoreCase)))
            messages = messages.Prepend(MapValue.Of(("role", "system"), ("content", "Answer in JSON.")));
        return ListValue.Create(messages);
    }
}
