using Millrace.Core.Definitions.Documents;
using Millrace.Core.Executions;
using Millrace.Core.Expressions;
using Millrace.Core.Values;
using Millrace.Testing.Files.Documents;
using Millrace.Testing.Workflows.Running;

namespace Millrace.Testing.Files.Expecting;

/// <summary>Finds what is wrong with expectations before anything runs.</summary>
internal static class ExpectationCheck
{
    public static void Check(ExpectDocument expect, TestSetup setup, StrictBinding binding, string at)
    {
        if (expect.Status is { } status && StatusNames.ParseExecution(status) is null)
            binding.Add(
                $"{at}/status",
                "invalid_value",
                $"'{status}' is not a status of an "
                    + $"execution{SetupCheck.End(ClosestName.Hint(status, Enum.GetValues<ExecutionStatus>().Select(one => one.Name())))}");
        var nodes = setup.NodeIds();
        foreach (var (id, node) in expect.Nodes ?? new Dictionary<string, NodeExpectation>(StringComparer.Ordinal))
        {
            var place = $"{at}/nodes/{JsonPointer.Escape(id)}";
            CheckNode(nodes, id, place, binding);
            var known = Enum.GetValues<NodeStatus>().Select(one => one.Name()).ToList();
            if (node.Status is { } nodeStatus && !known.Contains(nodeStatus, StringComparer.Ordinal))
                binding.Add(
                    place + "/status",
                    "invalid_value",
                    $"'{nodeStatus}' is not a status of a node{SetupCheck.End(ClosestName.Hint(nodeStatus, known))}");
        }
        for (var i = 0; i < (expect.Path?.Count ?? 0); i++)
            CheckNode(nodes, expect.Path![i].Split('[')[0], $"{at}/path/{i}", binding);
        for (var i = 0; i < (expect.Waiting?.Count ?? 0); i++)
            CheckNode(nodes, expect.Waiting![i], $"{at}/waiting/{i}", binding);
        for (var i = 0; i < (expect.Effects?.Count ?? 0); i++)
            CheckEffect(nodes, expect.Effects![i], $"{at}/effects/{i}", binding);
        for (var i = 0; i < (expect.Check?.Count ?? 0); i++)
        {
            if (Expression.ParseCondition(expect.Check![i], out var problem) is null)
                binding.Add(
                    $"{at}/check/{i}",
                    "invalid_expression",
                    $"The expression '{expect.Check[i]}' is not valid at {problem!.Position + 1}: {problem.Message}");
        }
    }

    private static void CheckEffect(HashSet<string> nodes, Value effect, string at, StrictBinding binding)
    {
        if (effect.TryGetString(out var id))
            CheckNode(nodes, id, at, binding);
        else if (binding.Bind<EffectExpectation>(effect, at) is { } bound)
            CheckNode(nodes, bound.Node, at + "/node", binding);
    }

    private static void CheckNode(HashSet<string> nodes, string id, string at, StrictBinding binding)
    {
        if (!nodes.Contains(id))
            binding.Add(at, "unknown_name", $"There is no node '{id}' in the workflow{SetupCheck.End(ClosestName.Hint(id, nodes))}");
    }
}
