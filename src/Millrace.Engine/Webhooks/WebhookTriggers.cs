using Millrace.Core.Definitions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Engine.Webhooks;

/// <summary>The triggers of a definition that requests reach. They are configured as webhook nodes are, and answer at the workflow's id where they name no path.</summary>
public static class WebhookTriggers
{
    private const string NodeType = "webhook";

    /// <summary>Compiles them; problems are located as those of nodes are.</summary>
    public static IReadOnlyList<WebhookStart> Compile(WorkflowDefinition definition, string workflowId, INodeCompiler types, ICollection<Problem> problems)
    {
        var webhooks = new List<WebhookStart>();
        foreach (var trigger in definition.Triggers)
        {
            if (!string.Equals(trigger.Type, TriggerTypes.Webhook, StringComparison.Ordinal) || (IsAtNode(definition, trigger, types) && !HasPath(trigger)))
                continue;
            var node = new NodeDefinition { Id = trigger.Id, Type = NodeType, Config = WithPath(trigger, workflowId), Source = trigger.Source, ConfigSource = trigger.ConfigSource };
            if (types.Compile(node, problems) is IWebhookLogic logic)
                webhooks.Add(new(workflowId, trigger.Target ?? SoleStart(definition, types), logic, trigger.ConfigSource));
        }
        return webhooks;
    }

    private static bool HasPath(TriggerDefinition trigger) => !((Value)trigger.Config)["path"].IsNull;

    private static MapValue WithPath(TriggerDefinition trigger, string workflowId) =>
        HasPath(trigger) ? trigger.Config : new MapBuilder(trigger.Config).Set("path", workflowId).Build();

    // A trigger that only points at a webhook node adds no second way to it.
    private static bool IsAtNode(WorkflowDefinition definition, TriggerDefinition trigger, INodeCompiler types) =>
        definition.Nodes.Any(node => string.Equals(node.Id, trigger.Target, StringComparison.Ordinal) && string.Equals(types.Find(node.Type)?.Type, NodeType, StringComparison.Ordinal));

    // Beside webhook nodes, which have requests of their own, a trigger means the plain start.
    private static string? SoleStart(WorkflowDefinition definition, INodeCompiler types)
    {
        var starts = definition.Nodes
            .Where(node => types.Find(node.Type) is { Role: NodeRole.Start } type && !string.Equals(type.Type, NodeType, StringComparison.Ordinal))
            .Select(node => node.Id)
            .ToArray();
        return starts is [var only] ? only : null;
    }
}
