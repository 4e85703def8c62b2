using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Storage;
using Millrace.Engine.Workflows;

namespace Millrace.Cli.CrashTesting;

/// <summary>What a crash at the worst moment does to a step.</summary>
internal enum Verdict
{
    /// <summary>It has no effect on the world.</summary>
    NoEffect,
    /// <summary>This run did not get there.</summary>
    NotReached,
    /// <summary>It never runs twice: a person says what became of it, or it fails.</summary>
    Once,
    /// <summary>It runs twice, and that is the same as once.</summary>
    Harmless,
    /// <summary>It runs twice and is paid for twice; nothing else changes.</summary>
    Costly,
    /// <summary>It runs twice under one key, by which the other side can tell.</summary>
    Keyed,
    /// <summary>It runs twice, and nothing tells the second time from the first.</summary>
    Unsafe,
}

/// <summary>A step and what the drill found of it.</summary>
/// <param name="NodeId">The node.</param>
/// <param name="Type">Its type.</param>
/// <param name="RepeatedAt">The commits at which a crash made it run again.</param>
/// <param name="Verdict">What that means.</param>
/// <param name="Says">The same as a sentence.</param>
internal sealed record CrashTestStep(string NodeId, string Type, IReadOnlyList<int> RepeatedAt, Verdict Verdict, string Says);

/// <summary>A crash after which the execution did not end as it does in peace.</summary>
/// <param name="Commit">At which commit.</param>
/// <param name="Says">How it ended.</param>
internal sealed record OtherEnd(int Commit, string Says);

/// <summary>What all runs of a drill come to.</summary>
internal sealed class CrashTestReport(Analysis analysis, CrashTestRun calm)
{
    private readonly Dictionary<string, SortedSet<int>> _repeatedAt = new(StringComparer.Ordinal);
    private readonly HashSet<string> _withoutOneKey = new(StringComparer.Ordinal);
    private readonly HashSet<string> _reached = [.. calm.Ledger.Happened().Select(effect => effect.NodeId)];
    private readonly List<OtherEnd> _otherEnds = [];

    /// <summary>The most commits that a run had: steps side by side may share one.</summary>
    public int Commits { get; private set; } = calm.Commits;

    /// <summary>Crashes that were gone through.</summary>
    public int Crashes { get; private set; }

    /// <summary>Whether there are commits at which it was not killed, for it was to be killed only so often.</summary>
    public bool IsCutShort { get; set; }

    /// <summary>How it ends in peace.</summary>
    public ExecutionRecord Ended => calm.Ended!;

    /// <summary>Crashes after which it ended otherwise, where no step asked for that.</summary>
    public IReadOnlyList<OtherEnd> OtherEnds => _otherEnds;

    public IReadOnlyList<CrashTestStep> Steps => [.. analysis.Graph!.Nodes.Select(StepOf)];

    public bool IsSafe => _otherEnds.Count == 0 && Steps.All(step => step.Verdict != Verdict.Unsafe);

    /// <summary>Adds what came of a crash.</summary>
    public void Add(CrashTestRun run)
    {
        if (!run.HasCrashed)
            return;
        Crashes++;
        Commits = Math.Max(Commits, run.Commits);
        foreach (var (nodeId, hasOneKey) in run.Ledger.Repeated())
        {
            if (!_repeatedAt.TryGetValue(nodeId, out var commits))
                _repeatedAt.Add(nodeId, commits = []);
            commits.Add(run.Commits);
            if (!hasOneKey)
                _withoutOneKey.Add(nodeId);
        }
        _reached.UnionWith(run.Ledger.Happened().Select(effect => effect.NodeId));
        if (run.Ended is null)
            _otherEnds.Add(new OtherEnd(run.Commits, "it did not end in time"));
        else if (run.Ended.Status != Ended.Status && !FailsInDoubt(run.Ended))
            _otherEnds.Add(new OtherEnd(run.Commits, $"it {run.Ended.Status.Name()}{Because(run.Ended)}"));
    }

    /// <summary>The effects that happened, would run again after a crash, and have not yet.</summary>
    public IReadOnlyList<string> Unrepeated() => [.. analysis.Graph!.Nodes
        .Where(node =>
            node.Type.Kind == NodeKind.Effect
                && _reached.Contains(node.Id)
                && !_repeatedAt.ContainsKey(node.Id)
                && node.Definition.InDoubt is null or InDoubtPolicy.Retry)
        .Select(node => node.Id)];

    /// <summary>Why an execution failed, as the end of a sentence.</summary>
    public static string Because(ExecutionRecord ended) =>
        ended.Error.IsEmpty || !ValueJson.Parse(ended.Error.Utf8.Span)["message"].TryGetString(out var message) ? "" : $": {message}";

    // A node with `inDoubt: fail` asked for it.
    private static bool FailsInDoubt(ExecutionRecord ended) =>
        ended.Status == ExecutionStatus.Failed && !ended.Error.IsEmpty && ValueJson.Parse(ended.Error.Utf8.Span)["type"].Equals("inDoubt");

    private CrashTestStep StepOf(GraphNode node)
    {
        IReadOnlyList<int> repeatedAt = _repeatedAt.TryGetValue(node.Id, out var commits) ? [.. commits] : [];
        var (verdict, says) = Judge(node, repeatedAt.Count > 0);
        return new CrashTestStep(node.Id, node.Type.Type, repeatedAt, verdict, says);
    }

    private (Verdict Verdict, string Says) Judge(GraphNode node, bool isRepeated)
    {
        if (node.Type.Kind != NodeKind.Effect)
            return (Verdict.NoEffect, "no effect");
        var repetition = _withoutOneKey.Contains(node.Id) ? Repetition.Unsafe : node.Type.RepetitionWith(node.Definition.Config);
        if (!_reached.Contains(node.Id))
            return (Verdict.NotReached, $"not reached; {Would(node, repetition)}");
        if (!isRepeated)
        {
            return (Verdict.Once, node.Definition.InDoubt switch
            {
                InDoubtPolicy.Ask => "once: a person is asked what happened",
                InDoubtPolicy.Fail => "once: it fails instead",
                _ => "once: no crash made it run again",
            });
        }
        return repetition switch
        {
            Repetition.Harmless => (Verdict.Harmless, "twice, the same as once"),
            Repetition.Costly => (Verdict.Costly, "twice, paid for twice"),
            Repetition.Keyed => (Verdict.Keyed, "twice, under one idempotency key"),
            _ => (Verdict.Unsafe, "twice, UNSAFE: nothing tells the second time from the first"),
        };
    }

    private static string Would(GraphNode node, Repetition repetition) =>
        node.Definition.InDoubt is InDoubtPolicy.Ask or InDoubtPolicy.Fail
            ? "would run once"
            : $"would run twice, {repetition.ToString().ToLowerInvariant()}";
}
