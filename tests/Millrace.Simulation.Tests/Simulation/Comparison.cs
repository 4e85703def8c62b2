using System.Numerics;
using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Simulation.Tests.Interpretation;
using Millrace.Simulation.Tests.Workflows;
using Millrace.Tests;

namespace Millrace.Simulation.Tests.Simulation;

/// <summary>Compares what a machine did with what had to come of it.</summary>
internal static class Comparison
{
    /// <param name="world">The world, at its end.</param>
    /// <param name="past">Of a fork: what happened in the execution that it goes on from.</param>
    /// <param name="expected">What had to come of it.</param>
    public static void Check(World world, IReadOnlyList<ExecutionEvent> past, Expectation expected)
    {
        Check(world.Plan, [.. past, .. world.Run.Journal], world.Run.State, expected, world.WasCancelled);
        CheckEffects(world, expected);
    }

    /// <param name="plan">What ran.</param>
    /// <param name="journal">What happened.</param>
    /// <param name="state">What came of it.</param>
    /// <param name="expected">What had to come of it.</param>
    /// <param name="wasCancelled">Whether somebody cancelled it.</param>
    /// <param name="mayNeedLess">Whether an effect may succeed at an earlier attempt: the world counts calls, and a crash can hide one from the journal.</param>
    public static void Check(Plan plan, IReadOnlyList<ExecutionEvent> journal, ExecutionState state, Expectation expected, bool wasCancelled = false, bool mayNeedLess = false)
    {
        var observed = Observed.Of(journal);
        BigInteger? certain = null;
        switch (state.Status)
        {
            case ExecutionStatus.Cancelled:
                Assert.True(wasCancelled, "It was cancelled, though nobody wanted that.");
                certain = BigInteger.Zero;
                break;
            case ExecutionStatus.Completed when StopAt(journal, expected) is { } stop:
                certain = stop.Pass.Past;
                break;
            case ExecutionStatus.Completed:
                Assert.True(expected.MayComplete, $"It completed, but should {Ends(expected)}.");
                CheckCompleted(state, expected);
                break;
            default:
                var error = state.Error!;
                certain = FinalAt(expected, error.NodeId!, error.Iteration, error.Type).Pass.Past;
                break;
        }
        CheckPasses(expected, observed, certain, mayNeedLess);
        Undoing.Check(journal, state);
        Overtaking.Check(journal, plan);
    }

    private static void CheckCompleted(ExecutionState state, Expectation expected)
    {
        Assert.Equal(state.Graph.Size, state.CompletedNodes);
        if (!expected.IsResultOpen)
            AssertSame(expected.Result, state.Result, "The result");
        foreach (var (name, (value, _)) in expected.Variables.Where(variable => !variable.Value.IsOpen))
            AssertSame(value, ((Value)state.Variables)[name], $"The variable '{name}'");
    }

    private static Final? StopAt(IReadOnlyList<ExecutionEvent> journal, Expectation expected) => journal.OfType<NodeCompleted>().LastOrDefault() is { } last
        ? expected.Finals.FirstOrDefault(final => final.Kind == FinalKind.Stop && final.Pass.Node.Id == last.Node.Id && final.Pass.Iteration == last.Iteration)
        : null;

    private static Final FinalAt(Expectation expected, string nodeId, string iteration, string type)
    {
        var found = expected.Finals.FirstOrDefault(final => final.Pass.Node.Id == nodeId && final.Pass.Iteration == iteration && final.ErrorType == type);
        Assert.True(found is not null, $"It was ended by '{nodeId}' in iteration '{iteration}' with '{type}', but it should {Ends(expected)}.");
        return found;
    }

    private static string Ends(Expectation expected) => expected.Finals.Count == 0
        ? "complete"
        : "be ended by " + string.Join(" or ", expected.Finals.Select(final => $"'{final.Pass.Node.Id}' in '{final.Pass.Iteration}' ({final.Kind} {final.ErrorType})"));

    private static void CheckPasses(Expectation expected, Dictionary<(string, string), Observed> observed, BigInteger? certain, bool mayNeedLess)
    {
        foreach (var pass in expected.Passes)
        {
            var what = $"'{pass.Node.Id}' in iteration '{pass.Iteration}'";
            var isOpen = pass.IsMaybe || (certain is { } past && !Pass.Knows(past, pass));
            if (!observed.Remove((pass.Node.Id, pass.Iteration), out var seen) || seen.End is null)
            {
                Assert.True(isOpen || (pass.End == End.Never && pass.ErrorType is null), $"{what} did not end, but should be {pass.End}.");
                continue;
            }
            if (isOpen && seen.SkipReason == nameof(SkipReason.Overtaken))
                continue;
            Assert.True(seen.End == pass.End && seen.SkipReason == pass.SkipReason, $"{what} is {seen.End} {seen.SkipReason}, but should be {pass.End} {pass.SkipReason}.");
            if (pass.End == End.Skipped && !pass.HasOutput)
                continue;
            Assert.True(seen.ErrorType == pass.ErrorType, $"{what} failed with '{seen.ErrorType}', but should with '{pass.ErrorType}'.");
            Assert.True(pass.End == End.Skipped || seen.Attempt == pass.Attempts || (mayNeedLess && pass.End == End.Completed && seen.Attempt < pass.Attempts), $"{what} took {seen.Attempt} attempts, but should take {pass.Attempts}.");
            Assert.True(seen.Port == pass.Port, $"{what} chose the port '{seen.Port}', but should '{pass.Port}'.");
            if (pass is { HasOutput: true, IsOpen: false, End: not End.Failed })
                AssertSame(pass.Output, seen.Output, $"The output of {what}");
        }
        // What waits behind a failure that may be overtaken is overtaken with it.
        var others = observed.Where(one => one.Value.SkipReason != nameof(SkipReason.Overtaken)).Select(one => one.Key).ToList();
        Assert.True(others.Count == 0, $"{string.Join(", ", others)} ran, but should not.");
    }

    private static void CheckEffects(World world, Expectation expected)
    {
        var passes = expected.Passes.ToDictionary(pass => (pass.Node.Id, pass.Iteration));
        foreach (var (key, (input, data)) in world.Begun)
        {
            if (key.NodeId.EndsWith(Script.CompensationSuffix, StringComparison.Ordinal))
                continue;
            Assert.True(passes.TryGetValue((key.NodeId, key.Iteration), out var pass), $"{key} began, but should not.");
            Assert.True(key.Attempt <= pass.Attempts, $"{key} began, but should need {pass.Attempts} attempts.");
            if (!pass.IsDataOpen)
                AssertSame(pass.Data, data, $"The data of {key}");
            if (pass is { Node.Expression: not null, IsConfigOpen: false })
                AssertSame(pass.Config, input[pass.Node.Type == "noop" ? "output" : "input"], $"The config of {key}");
        }
    }

    private static void AssertSame(Value expected, Value actual, string what) =>
        Assert.True(expected == WithoutWords(actual), $"{what} is {WithoutWords(actual).ToJson()}, but should be {expected.ToJson()}.");

    // How an error is worded is no part of the model.
    private static Value WithoutWords(Value value)
    {
        if (value.TryGetList(out var list))
            return ListValue.Create(list.Select(WithoutWords));
        if (!value.TryGetMap(out var map))
            return value;
        var isError = map.Contains("type") && map.Contains("message");
        var kept = new MapBuilder();
        foreach (var (key, item) in map.Entries)
        {
            if (!isError || key.AsString() is not ("message" or "details"))
                kept.Set(key.AsString(), WithoutWords(item));
        }
        return kept.Build();
    }

    private static bool Contains(this MapValue map, string key) => map.TryGet(key, out _);

    /// <summary>How a run of a node ended, by the journal.</summary>
    private sealed record Observed(End? End, string? SkipReason = null, int Attempt = 0, string? Port = null, string? ErrorType = null, Value Output = default)
    {
        public static Dictionary<(string, string), Observed> Of(IReadOnlyList<ExecutionEvent> journal)
        {
            var observed = new Dictionary<(string, string), Observed>();
            foreach (var e in journal.OfType<NodeEvent>().Where(e => e.Node.Undoes is null))
            {
                var key = (e.Node.Id, e.Iteration);
                Assert.True(!observed.TryGetValue(key, out var before) || before.End is null, $"Something happened to {key} after it had ended.");
                observed[key] = Of(e);
            }
            return observed;
        }

        private static Observed Of(NodeEvent e) => e switch
        {
            NodeCompleted completed => new(Interpretation.End.Completed, null, completed.Attempt, completed.Port, null, completed.Output),
            NodeSkipped skipped => new(Interpretation.End.Skipped, skipped.Reason.ToString(), Output: skipped.Output),
            NodeFailed { Handling: FailureHandling.Cancelled } => new(End: null),
            NodeFailed failed => new(failed.Handling is FailureHandling.ErrorPort or FailureHandling.Continue ? Interpretation.End.Failed : Interpretation.End.Never, null, failed.Attempt, null, failed.Error.Type),
            _ => new(End: null),
        };
    }
}
