using System.Collections.Immutable;
using System.ComponentModel;
using Millrace.Core.Definitions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Flow;

internal sealed record ForEachConfig
{
    [TemplatedField(typeof(IReadOnlyList<Value>))]
    [Description("The list: a template such as {{ input.orders }}, or a list. Without it: what arrives at the node.")]
    public Value Items { get; init; }

    [Description("How many items may run at once.")]
    public int Concurrency { get; init; } = 1;

    [Description("The graph to run for each item: {nodes, edges}. Its nodes see `item` and `index`; its first nodes get the item.")]
    public IReadOnlyDictionary<string, Value>? Body { get; init; }

    [Description("Instead of a body: the workflow to run for each item, with the item as its input.")]
    public string? WorkflowId { get; init; }

    [Description("What a failed item does: fail fails the node; collect puts {error} in its place in the list.")]
    public ItemFailure OnItemError { get; init; }
}

internal enum ItemFailure
{
    Fail,
    Collect,
}

/// <summary>Runs a body, or another workflow, for each item of a list.</summary>
internal sealed class ForEachNode : BodyNodeType<ForEachConfig>
{
    private const int MaxConcurrent = 1_000;

    protected override NodeTypeDescription Describe() => new()
    {
        Type = "forEach",
        Aliases = ["map"],
        Title = "For each",
        Summary = "Runs its body once for each item of a list and returns the list of results, in the order of the items.",
        Category = "Flow",
        Kind = NodeKind.Pure,
        GraphFields = ["/body"],
    };

    protected override BodyLogic? Compile(ForEachConfig config, NodeCompilation compilation)
    {
        if ((config.Body is null) == (config.WorkflowId is null))
            compilation.Error("", "missing_field", "A forEach needs either a 'body' or a 'workflowId'.");
        if (config.Concurrency is < 1 or > MaxConcurrent)
            compilation.Error("/concurrency", "out_of_range", $"'concurrency' must be from 1 to {MaxConcurrent}.");
        var items = compilation.Template(config.Items.IsNull ? "{{ data }}" : compilation.Field("items"), "/items");
        var body = config.WorkflowId is { } workflowId
            ? Children(compilation.Node, workflowId)
            : config.Body is null
            ? null
            : compilation.Body("body");
        return items is null || body is null || compilation.HasErrors
            ? null
            : new ForEachLogic(items, config.Concurrency, config.OnItemError == ItemFailure.Collect, body);
    }

    // A workflow for each item is a body of one node.
    private static WorkflowDefinition Children(NodeDefinition node, string workflowId) => new()
    {
        Name = node.Name ?? node.Id,
        Nodes =
        [
            new NodeDefinition
            {
                Id = $"{node.Id}:run",
                Type = "subworkflow",
                Config = MapValue.Of(("workflowId", workflowId), ("input", "{{ item }}")),
                Source = node.Source,
                ConfigSource = node.ConfigSource,
            },
        ],
    };
}
