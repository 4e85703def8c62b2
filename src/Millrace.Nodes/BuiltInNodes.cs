using Millrace.Engine.Models;
using Millrace.Engine.Nodes;
using Millrace.Nodes.Ai;
using Millrace.Nodes.Data;
using Millrace.Nodes.Flow;

namespace Millrace.Nodes;

/// <summary>The node types that come with Millrace.</summary>
public static class BuiltInNodes
{
    /// <summary>All of them, for the registry.</summary>
    /// <param name="models">Who answers for language models.</param>
    public static IReadOnlyList<NodeType> All(ModelProviders models) =>
    [
        new StartNode(), new InputNode(), new ManualInputNode(), new OutputNode(),
        new ConditionalNode(), new SwitchNode(), new JoinNode(),
        new FailNode(), new StopNode(), new DelayNode(),
        new NoopNode(), new CommentNode(), new LogNode(), new SetVariableNode(),
        new AddFieldNode(), new TransformNode(), new FilterNode(), new SortNode(), new LimitNode(), new AggregateNode(), new UniqueNode(), new SplitNode(),
        new LlmNode(models),
    ];
}
