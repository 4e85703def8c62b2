using Millrace.Core.Values;

namespace Millrace.Testing.Workflows.Running;

/// <summary>Finds what a test says of nodes and types that are not there: it would only pass for the wrong reason.</summary>
internal static class SetupCheck
{
    /// <exception cref="WorkflowTestException">The test is wrong.</exception>
    public static void Check(TestSetup setup)
    {
        if (Find(setup).FirstOrDefault() is { } problem)
            throw new WorkflowTestException(problem.Message);
    }

    public static IEnumerable<SetupProblem> Find(TestSetup setup)
    {
        var nodes = setup.NodeIds();
        var types = setup.Registry.All.Select(type => type.Type).ToList();
        foreach (var id in setup.Nodes.Keys.Where(id => !nodes.Contains(id)))
            yield return new(
                "nodes", id, $"The test fakes the node '{id}', which is not in the workflow{End(ClosestName.Hint(id, nodes))}");
        foreach (var id in setup.Answers.Keys.Where(id => !nodes.Contains(id)))
            yield return new(
                "answers", id, $"The test answers the node '{id}', which is not in the workflow{End(ClosestName.Hint(id, nodes))}");
        foreach (var id in setup.Inputs.Keys.Where(id => !nodes.Contains(id)))
            yield return new(
                "inputs", id, $"The test has an input for the node '{id}', which is not in the workflow{End(ClosestName.Hint(id, nodes))}");
        foreach (var type in setup.NodeTypes.Keys.Where(type => setup.Registry.Find(type) is null))
            yield return new("types", type, $"The test fakes the type '{type}', which does not exist{End(ClosestName.Hint(type, types))}");
        foreach (var name in setup.Real.Where(name => !nodes.Contains(name) && setup.Registry.Find(name) is null))
            yield return new(
                "real",
                name,
                $"The test allows '{name}' to be real, which is neither a node of the workflow nor a "
                    + $"type{End(ClosestName.Hint(name, nodes.Concat(types)))}");
    }

    public static string End(string hint) => hint.Length == 0 ? "." : hint;
}

/// <summary>A name in a test that means nothing.</summary>
/// <param name="Field">What it stands in, as files call it.</param>
/// <param name="Name">The name.</param>
/// <param name="Message">What is wrong, and what was probably meant.</param>
internal sealed record SetupProblem(string Field, string Name, string Message)
{
    /// <summary>Whether it is a key there, and not an item of a list.</summary>
    public bool IsNamed => Field is not "real";
}
