using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Testing.Workflows.Comparing;

namespace Millrace.Testing.Workflows.Results;

// What should be. Each gives the result back, for the next one.
public sealed partial class WorkflowTestResult
{
    private const int MaxPathLength = 60;

    /// <summary>Asserts that the execution completed.</summary>
    /// <exception cref="WorkflowTestException">It did not.</exception>
    public WorkflowTestResult AssertCompleted() => Check("It should have completed", ResultChecks.Status(this, ExecutionStatus.Completed));

    /// <summary>Asserts that the execution failed, and how.</summary>
    /// <param name="type">With an error of this type; null: of any.</param>
    /// <param name="message">With this in its message; null: with any.</param>
    /// <param name="nodeId">At this node; null: at any.</param>
    /// <exception cref="WorkflowTestException">It did not, or otherwise.</exception>
    public WorkflowTestResult AssertFailed(string? type = null, string? message = null, string? nodeId = null) =>
        Check(
            "It should have failed",
            ResultChecks.Status(this, ExecutionStatus.Failed)
                .Concat(Status == ExecutionStatus.Failed ? ResultChecks.Error(this, type, message, nodeId) : []));

    /// <summary>It waits at a node, for what the test did not give.</summary>
    /// <exception cref="WorkflowTestException">It does not.</exception>
    public WorkflowTestResult AssertWaiting(string nodeId) => Check($"It should wait at '{nodeId}'", [
        .. ResultChecks.Status(this, ExecutionStatus.Waiting),
        .. Waiting.Any(run => run.NodeId.Equals(nodeId, StringComparison.Ordinal)) ? (string[])[] : [$"'{nodeId}' does not wait"]]);

    /// <summary>Its result is this.</summary>
    /// <param name="expected">A value of workflows, or anything that System.Text.Json writes.</param>
    /// <exception cref="WorkflowTestException">It is not: every difference is named by its JSON pointer.</exception>
    public WorkflowTestResult AssertResult(object? expected) =>
        Check("The result is not as expected", ValueDifference.Find(Plain.ToValue(expected), Result, "/result"));

    /// <summary>Its result has at least this: objects may have more fields.</summary>
    /// <exception cref="WorkflowTestException">It has not.</exception>
    public WorkflowTestResult AssertResultIncludes(object? expected) =>
        Check("The result is not as expected", ValueDifference.Find(Plain.ToValue(expected), Result, "/result", mayHaveMore: true));

    /// <summary>The output of the last run of a node is this.</summary>
    /// <exception cref="WorkflowTestException">It is not.</exception>
    public WorkflowTestResult AssertOutput(string nodeId, object? expected) =>
        Check(
            $"The output of '{nodeId}' is not as expected",
            ValueDifference.Find(Plain.ToValue(expected), Node(nodeId).Output, $"/nodes/{nodeId}/output"));

    /// <summary>A variable has this value at the end.</summary>
    /// <exception cref="WorkflowTestException">It has not.</exception>
    public WorkflowTestResult AssertVariable(string name, object? expected) =>
        Check(
            $"The variable '{name}' is not as expected",
            ValueDifference.Find(MapValue.Of(name, Plain.ToValue(expected)), Variables, "/variables", mayHaveMore: true));

    /// <summary>These nodes began, in this order, and no others: "charge[1]" in one iteration, "charge" in any.</summary>
    /// <exception cref="WorkflowTestException">They did not.</exception>
    public WorkflowTestResult AssertPath(params string[] steps) => Check("The path is not as expected", ResultChecks.Path(this, steps));

    /// <summary>A node ran, so often.</summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="times">How often; null: at least once.</param>
    /// <exception cref="WorkflowTestException">It did not.</exception>
    public WorkflowTestResult AssertRan(string nodeId, int? times = null)
    {
        var ran = RunsOf(nodeId).Count(run => run.Status != NodeStatus.Skipped);
        return Check(
            $"'{nodeId}' should have run",
            (times is null ? ran > 0 : ran == times)
                ? []
                : [$"expected {(times is null ? "at least once" : $"{times} times")}, but it ran {ran} times{Hint(nodeId)}"]);
    }

    /// <summary>A node did not run.</summary>
    /// <exception cref="WorkflowTestException">It did, or there is no such node.</exception>
    public WorkflowTestResult AssertNotRan(string nodeId) =>
        _state.Graph.Find(nodeId) is null ? throw Failed($"there is no node '{nodeId}'{Hint(nodeId)}") : AssertRan(nodeId, 0);

    /// <summary>These nodes had their effects, faked or not, in this order, and no others. Each attempt is one.</summary>
    /// <exception cref="WorkflowTestException">They had not.</exception>
    public WorkflowTestResult AssertEffects(params string[] nodeIds) =>
        Check("The effects are not as expected", ResultChecks.Effects(this, [.. nodeIds.Select(id => (id, Value.Null))]));

    /// <summary>The log has a line that contains this.</summary>
    /// <exception cref="WorkflowTestException">It has not.</exception>
    public WorkflowTestResult AssertLog(string part) => Check("The log is not as expected", ResultChecks.Log(this, part));

    /// <summary>Calls of models cost at most this.</summary>
    /// <param name="most">US dollars.</param>
    /// <exception cref="WorkflowTestException">They cost more.</exception>
    public WorkflowTestResult AssertCostAtMost(decimal most) => Check("It cost too much", ResultChecks.Cost(this, most));

    /// <summary>
    /// An expression over the result holds, such as <c>result.total > 3 &amp;&amp; nodes.charge.attempts == 2</c>; see
    /// <see cref="ToValue"/> for what it sees.
    /// </summary>
    /// <exception cref="WorkflowTestException">It does not, or is no expression.</exception>
    public WorkflowTestResult Assert(string expression) => Check("An expression should be true", ResultChecks.Holds(this, expression));

    /// <summary>How it went, in a few lines, for messages.</summary>
    internal IEnumerable<string> Account()
    {
        var shown = Path.Length <= MaxPathLength
            ? (IEnumerable<string>)Path
            : [.. Path.Take(MaxPathLength / 2), $"... {Path.Length - MaxPathLength} more ...", .. Path.TakeLast(MaxPathLength / 2)];
        yield return $"path: {string.Join(" > ", shown)}";
        yield return $"status: {Status.Name()}{(Error is { } error ? $": {(error.NodeId is null ? "" : $"node '{error.NodeId}': ")}{error.Type}: {error.Message}" : "")}";
        if (Status == ExecutionStatus.Waiting)
            yield return $"waits at: {string.Join(", ", Waiting.Select(run => $"{run.Step} ({run.Wait!.Kind})"))}";
    }

    private WorkflowTestResult Check(string headline, IEnumerable<string> differences)
    {
        var lines = differences.ToList();
        return lines.Count == 0 ? this : throw new WorkflowTestException($"{headline}.\n{Indented(lines)}\n{Indented(Account())}");
    }

    private WorkflowTestException Failed(string what) =>
        new($"In the workflow '{WorkflowId}' {what}.\n{Indented(Account())}".Replace("?.\n", "?\n", StringComparison.Ordinal));

    private static string Indented(IEnumerable<string> lines) => string.Join('\n', lines.Select(line => "  " + line));
}
