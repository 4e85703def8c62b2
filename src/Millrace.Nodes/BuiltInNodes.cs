using Millrace.Engine.Nodes;
using Millrace.Nodes.Data;
using Millrace.Nodes.Flow;
using Millrace.Nodes.Http;

namespace Millrace.Nodes;

/// <summary>The node types that come with Millrace.</summary>
public static class BuiltInNodes
{
    /// <summary>All of them, for the registry.</summary>
    /// <param name="http">How workflows reach other servers.</param>
    public static IReadOnlyList<NodeType> All(OutgoingHttp http) =>
    [
        new StartNode(), new InputNode(), new ManualInputNode(), new OutputNode(),
        new ConditionalNode(), new SwitchNode(), new JoinNode(),
        new FailNode(), new StopNode(), new DelayNode(),
        new NoopNode(), new CommentNode(), new LogNode(), new SetVariableNode(),
        new AddFieldNode(), new TransformNode(), new FilterNode(), new SortNode(), new LimitNode(), new AggregateNode(), new UniqueNode(), new SplitNode(),
        new HttpNode(http),
    ];
}
