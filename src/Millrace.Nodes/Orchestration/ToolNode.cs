using System.ComponentModel;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Nodes.Orchestration;

internal sealed record ToolConfig
{
    [Description("The tool, by its name at the Agent Orchestrator.")]
    public required string Name { get; init; }

    [Description("The input of the tool. By default, what arrives at the node.")]
    public Value Input { get; init; }
}

/// <summary>Invokes a tool through the Agent Orchestrator.</summary>
internal sealed class ToolNode(ServiceClient orchestrator) : OrchestratedNode<ToolConfig>(orchestrator)
{
    protected override string NameField => "name";

    protected override NodeTypeDescription Describe() => new()
    {
        Type = "tool",
        Title = "Tool",
        Summary = "Calls a tool through the Agent Orchestrator and returns its output; the usage is in `meta`.",
        Category = "Ai",
        Kind = NodeKind.Effect,
        Repetition = Repetition.Keyed,
    };

    protected override (string Name, Value Input) Ask(ToolConfig config) => (config.Name, config.Input);

    protected override (string Path, string What) AddressOf(string name) => ($"/v1/tools/{name}/invoke", "the tool");
}
