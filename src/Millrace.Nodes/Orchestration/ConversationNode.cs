using System.ComponentModel;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Nodes.Orchestration;

internal sealed record ConversationConfig
{
    [Description("The conversation; nodes that name the same one share its memory. 'support-{{input.customer}}' is one for each customer.")]
    public required string Conversation { get; init; }

    [Description("The message. By default, what arrives at the node.")]
    public Value Input { get; init; }
}

/// <summary>Says something in a conversation that the Agent Orchestrator keeps.</summary>
internal sealed class ConversationNode(ServiceClient orchestrator) : OrchestratedNode<ConversationConfig>(orchestrator)
{
    protected override string NameField => "conversation";

    protected override NodeTypeDescription Describe() => new()
    {
        Type = "conversation",
        Title = "Conversation",
        Summary = "Sends a message in a conversation of the Agent Orchestrator, and returns the reply; the usage is in `meta`.",
        Category = "Ai",
        Kind = NodeKind.Effect,
        Repetition = Repetition.Keyed,
    };

    protected override (string Name, Value Input) Ask(ConversationConfig config) => (config.Conversation, config.Input);

    protected override (string Path, string What) AddressOf(string name) => ($"/v1/conversations/{name}/messages", "the conversation");
}
