using System.Collections.Immutable;
using Millrace.Core.Values;

namespace Millrace.Engine.Models;

/// <summary>One question to a language model.</summary>
public sealed record ModelRequest
{
    /// <summary>The model, by the name that its provider has for it.</summary>
    public required string Model { get; init; }

    /// <summary>The conversation so far, oldest first.</summary>
    public required ImmutableArray<ModelMessage> Messages { get; init; }

    /// <summary>How freely it answers; null: the provider's default.</summary>
    public double? Temperature { get; init; }

    /// <summary>The most tokens of the answer; null: the provider's limit.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>What form the answer must have.</summary>
    public AnswerForm Form { get; init; }

    /// <summary>The JSON schema of the answer, where the form is <see cref="AnswerForm.Schema"/>.</summary>
    public Value Schema { get; init; }

    /// <summary>Hears each piece of the answer as it comes; null: it is not streamed.</summary>
    public Action<string>? OnToken { get; init; }

    /// <summary>Which attempt this is, from 1.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>What the other side can recognise a repetition by; null: nothing.</summary>
    public string? IdempotencyKey { get; init; }
}

/// <summary>One message of a conversation.</summary>
/// <param name="Role">Who wrote the message: system, user or assistant.</param>
/// <param name="Text">The content of the message.</param>
public sealed record ModelMessage(ModelRole Role, string Text);

/// <summary>Who speaks in a conversation with a model.</summary>
public enum ModelRole
{
    /// <summary>Whoever sets the rules.</summary>
    System,
    /// <summary>The user, who asks.</summary>
    User,
    /// <summary>The model, in an earlier answer.</summary>
    Assistant,
}

/// <summary>What form an answer must have.</summary>
public enum AnswerForm
{
    /// <summary>Plain text.</summary>
    Text,
    /// <summary>A JSON object.</summary>
    Json,
    /// <summary>JSON that matches a schema.</summary>
    Schema,
}
