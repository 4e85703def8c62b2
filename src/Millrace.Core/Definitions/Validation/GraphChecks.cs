using Millrace.Core.Definitions.Documents;
using Millrace.Core.Definitions.Validation.Flow;
using Millrace.Core.Values;

namespace Millrace.Core.Definitions.Validation;

/// <summary>Every check of one graph, and of the graphs inside its nodes.</summary>
internal static class GraphChecks
{
    public static void Run(Checking checking)
    {
        var graphs = new List<Checking>();
        Open(checking, graphs);
        foreach (var graph in graphs)
        {
            NodeChecks.Run(graph);
            EdgeChecks.Run(graph);
            ConfigChecks.Run(graph);
            FlowChecks.Run(graph);
            DataShapeChecks.Run(graph, looksAtData: ExpressionChecks.Run(graph));
        }
    }

    // All of them before the first is checked: what stands in a body is known by then, and may be asked for from elsewhere.
    private static void Open(Checking checking, List<Checking> graphs)
    {
        graphs.Add(checking);
        checking.DefineNodes();
        for (var i = 0; i < checking.Definition.Nodes.Length; i++)
        {
            var node = checking.Definition.Nodes[i];
            foreach (var pointer in checking.TypeOf(node)?.GraphFields ?? [])
            {
                if (JsonPointer.Find(node.Config, pointer) is { Kind: ValueKind.Map } body)
                    OpenBody(checking, i, body, checking.PartAt(checking.ConfigAt(node), pointer), graphs);
            }
        }
    }

    private static void OpenBody(Checking checking, int owner, Value body, SourcePointer at, List<Checking> graphs)
    {
        var read = checking.ReadBody(body, at);
        foreach (var problem in read.Problems)
            checking.Problems.Add(problem);
        if (read.Definition is { } definition)
            Open(new Checking(definition, at, checking, owner), graphs);
    }
}
