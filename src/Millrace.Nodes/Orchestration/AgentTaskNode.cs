using System.ComponentModel;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Nodes.Orchestration;

internal sealed record AgentTaskConfig
{
    [Description("The agent, by its name at the Agent Orchestrator.")]
    public required string Agent { get; init; }

    [Description("The task. By default, what arrives at the node.")]
    public Value Input { get; init; }
}

/// <summary>Gives an agent a task through the Agent Orchestrator.</summary>
internal sealed class AgentTaskNode(ServiceClient orchestrator) : OrchestratedNode<AgentTaskConfig>(orchestrator)
{
    protected override string NameField => "agent";

    protected override NodeTypeDescription Describe() => new()
    {
        Type = "agentTask",
        Title = "Agent task",
        Summary =
            "Gives an agent a task through the Agent Orchestrator and waits for the answer, however long it takes; the usage is in `meta`.",
        Category = "Ai",
        Kind = NodeKind.Effect,
        Repetition = Repetition.Keyed,
    };

    protected override (string Name, Value Input) Ask(AgentTaskConfig config) => (config.Agent, config.Input);

    protected override (string Path, string What) AddressOf(string name) => ($"/v1/agents/{name}/tasks", "the agent");
}
