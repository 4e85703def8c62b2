using System.ComponentModel;
using Millrace.Core.Values;
using Millrace.Engine.Models;
using Millrace.Engine.Nodes;
using Millrace.Nodes.Ai.Mock;

namespace Millrace.Nodes.Ai;

internal sealed record LlmConfig
{
    [Description("The model: 'gpt-4o', 'provider/model', or 'mock' to try the workflow without a provider.")]
    public string? Model { get; init; }

    [TemplatedField(typeof(string))]
    [Description("The prompt. By default, without 'messages', what arrived.")]
    public Value Prompt { get; init; }

    [Description("A whole conversation, the oldest message first; 'prompt', if there is one, is added as the last message.")]
    public IReadOnlyList<LlmMessage>? Messages { get; init; }

    [TemplatedField(typeof(string))]
    [Description("The system message: instructions for the model.")]
    public Value System { get; init; }

    [Description("The sampling temperature, from 0 (focused) to 2 (random). By default the provider's.")]
    public double? Temperature { get; init; }

    [Description("The maximum number of tokens in the answer.")]
    public int? MaxTokens { get; init; }

    [Description(
        "auto: JSON if the answer is a JSON object or list, otherwise text. text: always text. json: must be JSON. schema: must be JSON "
        + "that matches 'schema'.")]
    public LlmResponseFormat ResponseFormat { get; init; } = LlmResponseFormat.Auto;

    [VerbatimField]
    [Description("A JSON schema that the answer must match. With it, the response format is 'schema'.")]
    public Value Schema { get; init; }

    [Description("Whether to stream the answer to live subscribers, token by token.")]
    public bool Stream { get; init; }

    [Description("How the model 'mock' answers. Other models ignore it, so that a workflow can keep it.")]
    public MockScript? Mock { get; init; }

    [Description("Not available yet: choosing a model by its capabilities.")]
    public Value Requirements { get; init; }

    [Description("Not available yet: tools that the model may call.")]
    public Value Tools { get; init; }

    [Description("Not available yet: fallback models.")]
    public Value Fallbacks { get; init; }
}

internal sealed record LlmMessage
{
    [Description("The role of the author.")]
    public required ModelRole Role { get; init; }

    [TemplatedField(typeof(string))]
    [Description("The text of the message.")]
    public required Value Content { get; init; }
}

internal enum LlmResponseFormat
{
    Auto,
    Text,
    Json,
    Schema,
}
