using System.Globalization;
using Millrace.Core.Executions;
using Millrace.Core.Expressions;
using Millrace.Core.Values;
using Millrace.Testing.Workflows.Comparing;

namespace Millrace.Testing.Workflows.Results;

/// <summary>What of a result is not as expected, in lines: for assertions and for tests in files alike. Nothing: all is.</summary>
internal static class ResultChecks
{
    public static IEnumerable<string> Status(WorkflowTestResult result, ExecutionStatus expected)
    {
        if (result.Status != expected)
            yield return $"/status: expected {expected.Name()}, but it is {result.Status.Name()}";
    }

    public static IEnumerable<string> Error(WorkflowTestResult result, string? type, string? message, string? nodeId)
    {
        if (result.Error is not { } error)
        {
            yield return "/error: expected one, but there is none";
            yield break;
        }
        if (type is not null && !Same(type, error.Type))
            yield return $"/error/type: expected '{type}', but it is '{error.Type}'";
        if (message is not null && !error.Message.Contains(message, StringComparison.Ordinal))
            yield return $"/error/message: expected to contain '{message}', but it is '{error.Message}'";
        if (nodeId is not null && !Same(nodeId, error.NodeId))
            yield return $"/error/nodeId: expected '{nodeId}', but it is '{error.NodeId}'";
    }

    /// <summary>An expected step without an iteration is that node in any.</summary>
    public static IEnumerable<string> Path(WorkflowTestResult result, IReadOnlyList<string> expected)
    {
        var actual = result.Path;
        for (var i = 0; i < Math.Max(expected.Count, actual.Length); i++)
        {
            if (i < expected.Count && i < actual.Length && IsStep(expected[i], actual[i]))
                continue;
            var (wanted, came) =
                (i < expected.Count ? $"'{expected[i]}'" : "no more", i < actual.Length ? $"it is '{actual[i]}'" : "there are no more");
            yield return $"/path/{i}: expected {wanted}, but {came}; expected in all: {Arrows(expected)}";
            yield break;
        }
    }

    /// <summary>Each expected one is the node, and as far as it says so its config.</summary>
    public static IEnumerable<string> Effects(WorkflowTestResult result, IReadOnlyList<(string NodeId, Value Config)> expected)
    {
        var actual = result.Effects;
        for (var i = 0; i < Math.Max(expected.Count, actual.Length); i++)
        {
            if (i >= expected.Count || i >= actual.Length || !Same(expected[i].NodeId, actual[i].NodeId))
            {
                yield return $"/effects/{i}: expected {(i < expected.Count ? $"'{expected[i].NodeId}'" : "no more")}, but "
                    + $"{(i < actual.Length ? $"it is '{actual[i].NodeId}'" : "there are no more")}; the effects were: "
                    + $"{List(actual.Select(effect => effect.NodeId))}";
                yield break;
            }
            if (expected[i].Config.IsNull)
                continue;
            foreach (var line in ValueDifference.Find(expected[i].Config, actual[i].Config, $"/effects/{i}/config", mayHaveMore: true))
                yield return line;
        }
    }

    public static IEnumerable<string> Cost(WorkflowTestResult result, decimal most)
    {
        if (result.Cost.Money > most)
            yield return string.Create(
                CultureInfo.InvariantCulture, $"/cost/money: expected at most {most}, but it is {result.Cost.Money}");
    }

    public static IEnumerable<string> Log(WorkflowTestResult result, string part)
    {
        if (!result.Logs.Any(log => log.Line.Message.Contains(part, StringComparison.Ordinal)))
            yield return $"/logs: expected a line that contains '{part}', but the lines are: "
                + $"{List(result.Logs.Select(log => log.Line.Message))}";
    }

    public static IEnumerable<string> Holds(WorkflowTestResult result, string expression)
    {
        if (Expression.ParseCondition(expression, out var problem) is not { } parsed)
        {
            yield return $"the expression '{expression}' is not valid at {problem!.Position + 1}: {problem.Message}";
            yield break;
        }
        var evaluation = parsed.Evaluate(new Bindings(result.ToValue()));
        if (!evaluation.Succeeded)
            yield return $"'{expression}' failed: {evaluation.Error}";
        else if (!evaluation.Value.Equals(true))
            yield return $"'{expression}' is {ValueDifference.Show(evaluation.Value)}";
    }

    private static bool IsStep(string expected, string actual) =>
        Same(expected, actual) || (!expected.EndsWith(']') && actual.EndsWith(']') && Same(expected, actual[..actual.LastIndexOf('[')]));

    private static string Arrows(IEnumerable<string> steps) => string.Join(" > ", steps);

    private static string List(IEnumerable<string> texts) => string.Join(", ", texts.Select(text => $"'{text}'").DefaultIfEmpty("none"));

    private static bool Same(string? one, string? other) => string.Equals(one, other, StringComparison.Ordinal);
}
