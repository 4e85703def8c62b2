using Millrace.Core.Definitions.Documents;
using Millrace.Core.Values;

namespace Millrace.Core.Definitions.Validation;

/// <summary>Every check of one graph, and of the graphs inside its nodes.</summary>
internal static class GraphChecks
{
    public static void Run(Checking checking)
    {
        NodeChecks.Run(checking);
        EdgeChecks.Run(checking);
        ConfigChecks.Run(checking);
        DataShapeChecks.Run(checking, looksAtData: ExpressionChecks.Run(checking));
        Bodies(checking);
    }

    private static void Bodies(Checking checking)
    {
        for (var i = 0; i < checking.Definition.Nodes.Length; i++)
        {
            var node = checking.Definition.Nodes[i];
            foreach (var pointer in checking.TypeOf(node)?.GraphFields ?? [])
            {
                if (JsonPointer.Find(node.Config, pointer) is { Kind: ValueKind.Map } body)
                    Body(checking, i, body, checking.PartAt(checking.ConfigAt(node), pointer));
            }
        }
    }

    private static void Body(Checking checking, int owner, Value body, SourcePointer at)
    {
        var read = checking.ReadBody(body, at);
        foreach (var problem in read.Problems)
            checking.Problems.Add(problem);
        if (read.Definition is { } definition)
            Run(new Checking(definition, at, checking, owner));
    }
}
