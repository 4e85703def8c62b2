using Millrace.Core.Values;

namespace Millrace.Testing.Workflows.Running;

/// <summary>Finds what a test says of nodes and types that are not there: it would only pass for the wrong reason.</summary>
internal static class SetupCheck
{
    /// <exception cref="WorkflowTestException">The test is wrong.</exception>
    public static void Check(TestSetup setup)
    {
        var nodes = setup.Documents.SelectMany(document => document.Graph.Nodes).Select(node => node.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var id in setup.Nodes.Keys)
            CheckNode(nodes, id, "fakes");
        foreach (var id in setup.Answers.Keys)
            CheckNode(nodes, id, "answers");
        foreach (var id in setup.Inputs.Keys)
            CheckNode(nodes, id, "has an input for");
        var types = setup.Registry.All.Select(type => type.Type).ToList();
        foreach (var type in setup.NodeTypes.Keys.Where(type => setup.Registry.Find(type) is null))
            throw new WorkflowTestException($"The test fakes the type '{type}', which is none{End(ClosestName.Hint(type, types))}");
        foreach (var name in setup.Real.Where(name => !nodes.Contains(name) && setup.Registry.Find(name) is null))
            throw new WorkflowTestException($"The test allows '{name}' to be real, which is no node of the workflow and no type{End(ClosestName.Hint(name, nodes.Concat(types)))}");
    }

    private static void CheckNode(HashSet<string> nodes, string id, string verb)
    {
        if (!nodes.Contains(id))
            throw new WorkflowTestException($"The test {verb} the node '{id}', which is not in the workflow{End(ClosestName.Hint(id, nodes))}");
    }

    private static string End(string hint) => hint.Length == 0 ? "." : hint;
}
