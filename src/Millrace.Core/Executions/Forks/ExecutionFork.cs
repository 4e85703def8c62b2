using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>What is changed where an execution goes on from another one's past.</summary>
public sealed record ForkChanges
{
    /// <summary>Another input; null: the same.</summary>
    public Value? Input { get; init; }

    /// <summary>Values that override the variables of that point.</summary>
    public MapValue Variables { get; init; } = MapValue.Empty;

    /// <summary>Values that replace the outputs of nodes that had completed by that point, by node id.</summary>
    public MapValue Outputs { get; init; } = MapValue.Empty;
}

/// <summary>An effect that had begun and not ended where a fork goes on.</summary>
/// <param name="NodeId">The node.</param>
/// <param name="Iteration">Its iteration path.</param>
/// <param name="Policy">What its node says of effects in doubt.</param>
public sealed record UnfinishedEffect(string NodeId, string Iteration, InDoubtPolicy Policy);

// Preparing the state of then to be gone on with.
public sealed partial class ExecutionState
{
    /// <summary>Effects that have begun and not ended, children that are waited for included: who goes on from here runs them again.</summary>
    public ImmutableArray<UnfinishedEffect> UnfinishedEffects() =>
        [.. Runs().Where(run => run.IsEffectRunning || run.Status == NodeStatus.InDoubt || (run.Status == NodeStatus.Waiting && run.Node.Logic is EffectLogic))
            .Select(run => new UnfinishedEffect(run.Node.Id, run.Iteration, run.Node.Definition.InDoubt ?? InDoubtPolicy.Retry))];

    /// <summary>Whether anything was completed that can be undone.</summary>
    public bool HasUndoable => Undoable.Count > 0;

    /// <summary>Changes what a fork sees of the past. Only for a state that nobody else uses.</summary>
    public IReadOnlyList<Problem> Change(ForkChanges changes)
    {
        var problems = new List<Problem>();
        foreach (var output in changes.Outputs.Entries)
        {
            var id = output.Key.AsString();
            if (Graph.Find(id) is not { } node)
                problems.Add(new(new SourcePointer("/outputs").At(id).ToString(), "unknown_node", $"There is no node '{id}'."));
            else if (DataFlow.FindRun(Root, node) is not { HasOutput: true } run)
                problems.Add(new(new SourcePointer("/outputs").At(id).ToString(), "no_output", $"Node '{id}' had no output at that point, so there is none to change."));
            else
                run.Output = output.Value;
        }
        _variables.Set(changes.Variables);
        foreach (var changed in changes.Variables.Entries)
            _variables.Forget(changed.Key.AsString());
        if (changes.Input is { } input)
            Start = Start with { Input = input };
        return problems;
    }

    /// <summary>
    /// Forgets that a node failed: it runs again, its effect under a new key; under the same one where nobody knows whether it happened. Its steps
    /// that have ended stay, so that nothing is paid twice. Only for a state that nobody else uses.
    /// </summary>
    public void Forget(RetryPoint point)
    {
        if (point.Failed is null || FindRun(point.Failed, point.Iteration) is not { } run)
            return;
        var isKnown = point.Cause?.Type is not (NodeError.InDoubt or NodeError.Timeout);
        Forget(run);
        run.Status = NodeStatus.Pending;
        run.Attempt = 0;
        run.Error = null;
        run.DueAt = null;
        run.Wait = null;
        run.CompletedAt = null;
        run.Body = null;
        run.Steps = KeptSteps(run.Steps, point.Cause);
        if (isKnown)
            run.Generation++;
    }

    // Failed steps at the end are what is to be tried again; those that the effect went on after are part of its past. Steps that its code
    // does not fit would fail it again.
    private static ImmutableArray<StepRecord> KeptSteps(ImmutableArray<StepRecord> steps, NodeError? cause)
    {
        if (cause?.Type is NodeError.StepMismatch)
            return [];
        var last = steps.Where(step => step.Error is null).Select(step => step.Number).DefaultIfEmpty().Max();
        return steps.RemoveAll(step => step.Number > last);
    }
}
