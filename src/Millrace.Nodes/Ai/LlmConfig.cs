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
    [Description("What to ask. Without it and without 'messages', what arrived is the question.")]
    public Value Prompt { get; init; }

    [Description("A whole conversation, oldest message first; 'prompt', where there is one, is its last message.")]
    public IReadOnlyList<LlmMessage>? Messages { get; init; }

    [TemplatedField(typeof(string))]
    [Description("The rules for the model.")]
    public Value System { get; init; }

    [Description("How freely it answers: 0 is strict, 2 is wild. Without it, the provider's default.")]
    public double? Temperature { get; init; }

    [Description("The most tokens of the answer.")]
    public int? MaxTokens { get; init; }

    [Description("auto: JSON where the answer is a JSON object or list, else text. text: always text. json: must be JSON. schema: must be JSON that matches 'schema'.")]
    public LlmResponseFormat ResponseFormat { get; init; } = LlmResponseFormat.Auto;

    [VerbatimField]
    [Description("A JSON schema that the answer must match. With it, the response format is 'schema'.")]
    public Value Schema { get; init; }

    [Description("Whether the answer's pieces are shown as they come.")]
    public bool Stream { get; init; }

    [Description("How the model 'mock' answers. Other models ignore it, so that a workflow can keep it.")]
    public MockScript? Mock { get; init; }

    [Description("Not available yet: choosing a model by what it must be able to do.")]
    public Value Requirements { get; init; }

    [Description("Not available yet: tools that the model may call.")]
    public Value Tools { get; init; }

    [Description("Not available yet: models to ask where this one fails.")]
    public Value Fallbacks { get; init; }
}

internal sealed record LlmMessage
{
    [Description("Who speaks.")]
    public required ModelRole Role { get; init; }

    [TemplatedField(typeof(string))]
    [Description("What is said.")]
    public required Value Content { get; init; }
}

internal enum LlmResponseFormat
{
    Auto,
    Text,
    Json,
    Schema,
}
