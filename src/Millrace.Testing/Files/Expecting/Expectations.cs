using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Testing.Files.Documents;
using Millrace.Testing.Workflows.Comparing;
using Millrace.Testing.Workflows.Results;

namespace Millrace.Testing.Files.Expecting;

/// <summary>Compares a result with what a file expects of it.</summary>
internal static class Expectations
{
    /// <summary>What is not as expected, in lines; nothing: all is.</summary>
    /// <param name="expect">What is expected; null: that it completes.</param>
    /// <param name="raw">The same as it is written: what is not there is not expected to be null.</param>
    /// <param name="result">The result to compare.</param>
    public static IEnumerable<string> Compare(ExpectDocument? expect, Value raw, WorkflowTestResult result)
    {
        expect ??= new ExpectDocument();
        IEnumerable<IEnumerable<string>> parts =
        [
            ResultChecks.Status(result, StatusOf(expect)),
            expect.Error is { } error ? ResultChecks.Error(result, error.Type, error.Message, error.NodeId) : [],
            Values(raw, "result", expect.Result, expect.ResultIncludes, result.Result, "/result"),
            expect.Variables is { } variables
                ? ValueDifference.Find(MapValue.Create(variables), result.Variables, "/variables", mayHaveMore: true)
                : [],
            expect.Path is { } path ? ResultChecks.Path(result, path) : [],
            (expect.Nodes ?? new Dictionary<string, NodeExpectation>(StringComparer.Ordinal)).SelectMany(
                node => Node(node.Key, node.Value, raw["nodes"][node.Key], result)),
            (expect.Waiting ?? [])
                .Where(id => !result.Waiting.Any(run => Same(run.NodeId, id)))
                .Select(id => $"/waiting: expected '{id}' to wait, but it does not"),
            expect.Effects is { } effects ? ResultChecks.Effects(result, [.. effects.Select(Effect)]) : [],
            expect.Cost is { } cost ? ResultChecks.Cost(result, (decimal)cost.Max) : [],
            (expect.Logs ?? []).SelectMany(part => ResultChecks.Log(result, part)),
            (expect.Check ?? []).SelectMany(expression => ResultChecks.Holds(result, expression)),
        ];
        return parts.SelectMany(lines => lines);
    }

    private static ExecutionStatus StatusOf(ExpectDocument expect) => expect switch
    {
        { Status: { } status } => StatusNames.ParseExecution(status)!.Value,
        { Error: not null } => ExecutionStatus.Failed,
        { Waiting.Count: > 0 } => ExecutionStatus.Waiting,
        _ => ExecutionStatus.Completed,
    };

    private static IEnumerable<string> Node(string id, NodeExpectation expected, Value raw, WorkflowTestResult result)
    {
        var at = $"/nodes/{id}";
        var runs = result.RunsOf(id);
        var ran = runs.Count(run => run.Status != NodeStatus.Skipped);
        if (expected.Runs is { } times && times != ran)
            yield return $"{at}/runs: expected {times}, but it is {ran}";
        if (runs is not [.., var last])
        {
            if (expected.Runs is not 0)
                yield return $"{at}: expected to have run, but it was not reached";
            yield break;
        }
        if (expected.Status is { } status && !Same(status, last.Status.Name()))
            yield return $"{at}/status: expected {status}, but it is {last.Status.Name()}";
        if (expected.Attempts is { } attempts && attempts != last.Attempts)
            yield return $"{at}/attempts: expected {attempts}, but it is {last.Attempts}";
        if (expected.Port is { } port && !Same(port, last.Port))
            yield return $"{at}/port: expected '{port}', but it is {(last.Port is null ? "none" : $"'{last.Port}'")}";
        if (expected.Error is { } error)
        {
            foreach (var line in NodeError(at + "/error", error, last))
                yield return line;
        }
        var output = Values(raw, "output", expected.Output, expected.OutputIncludes, last.Output, at + "/output");
        var input = Values(raw, "input", expected.Input, expected.InputIncludes, last.Input, at + "/input");
        foreach (var line in output.Concat(input))
            yield return line;
    }

    private static IEnumerable<string> NodeError(string at, ErrorExpectation expected, NodeResult run)
    {
        if (run.Error is not { } error)
        {
            yield return $"{at}: expected one, but there is none";
            yield break;
        }
        if (expected.Type is { } type && !Same(type, error.Type))
            yield return $"{at}/type: expected '{type}', but it is '{error.Type}'";
        if (expected.Message is { } message && !error.Message.Contains(message, StringComparison.Ordinal))
            yield return $"{at}/message: expected to contain '{message}', but it is '{error.Message}'";
    }

    private static IEnumerable<string> Values(Value raw, string field, Value exact, Value included, Value actual, string at)
    {
        var differences = CaseReader.Has(raw, field) ? ValueDifference.Find(exact, actual, at) : [];
        return CaseReader.Has(raw, field + "Includes")
            ? differences.Concat(ValueDifference.Find(included, actual, at, mayHaveMore: true))
            : differences;
    }

    private static (string NodeId, Value Config) Effect(Value expected) =>
        expected.TryGetString(out var id) ? (id, Value.Null) : (expected["node"].AsString(), expected["config"]);

    private static bool Same(string? one, string? other) => string.Equals(one, other, StringComparison.Ordinal);
}
