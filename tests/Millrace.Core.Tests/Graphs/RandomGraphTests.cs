using System.Text;
using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Tests;

namespace Millrace.Core.Tests.Graphs;

/// <summary>Random graphs, random worlds: whatever happens, the promises of the machine hold. The seed is in the test's name.</summary>
public sealed class RandomGraphTests
{
    public static TheoryData<int> Seeds() => [.. Enumerable.Range(0, 40)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_run_ends_once_and_replays(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 10; round++)
        {
            string document;
            do
                document = Document(random);
            while (MachineRun.Problems(document).Exists(problem => problem is { Code: "too_few_branches", Severity: Severity.Error }));
            var run = MachineRun.Of(document).Start($$"""{"n":{{random.Next(10)}}}""");
            run = Live(run, random);
            AssertEnded(run, document);
        }
    }

    // The world answers effects in any order, lets time pass, crashes, and sometimes wants it ended.
    private static MachineRun Live(MachineRun run, Random random)
    {
        for (var step = 0; !run.State.Status.IsTerminal(); step++)
        {
            Assert.True(step < 2_000, "the run does not end");
            var before = run.State.CompletedNodes;
            if (random.Next(20) == 0)
                run = run.Recover().Handle(RecoveredInput.Instance);
            else if (random.Next(60) == 0)
                run.Handle(new CancelInput("chance"));
            else if (run.Effects.Count > 0)
                Answer(run, run.Effects[random.Next(run.Effects.Count)], random);
            else if (run.State.NextDue() is { } due)
                run.Advance(due > run.Now ? due - run.Now : TimeSpan.Zero);
            else
                run.Handle(new CancelInput("nothing else would end it"));
            Assert.True(run.State.CompletedNodes >= before, "progress fell");
            if (random.Next(5) == 0)
                run.AssertReplays();
        }
        return run;
    }

    private static void Answer(MachineRun run, EffectStart effect, Random random)
    {
        if (random.Next(4) > 0)
            run.Finish(effect.Node.Id, NodeOutcome.Completed(random.Next(10)));
        else
            run.Fail(effect.Node.Id, retryable: random.Next(2) == 0);
    }

    private static void AssertEnded(MachineRun run, string document)
    {
        run.AssertReplays();
        Assert.Equal(run.Journal.Count, run.State.Seq);
        var terminal = Assert.Single(run.Journal, e => e is WorkflowCompleted or WorkflowFailed or WorkflowCancelled);
        Assert.Same(run.Journal[^1], terminal);
        Assert.Equal((0, 0), (run.State.RunningEffects, run.State.WaitingRuns));
        if (terminal is not WorkflowCompleted)
            return;
        foreach (var node in run.Graph.Nodes)
            Assert.True(
                run.Status(node.Id) is NodeStatus.Completed or NodeStatus.Skipped or NodeStatus.Failed,
                $"{node.Id} is {run.Status(node.Id)} in {document}");
        Assert.Equal(run.Graph.Nodes.Length, run.State.CompletedNodes);
        foreach (var group in run.Journal
            .OfType<NodeEvent>()
            .Where(e => e is NodeCompleted or NodeSkipped)
            .GroupBy(e => e.Node.Id, StringComparer.Ordinal))
            Assert.Single(group);
    }

    private static string Document(Random random)
    {
        var count = random.Next(2, 14);
        var types = Enumerable.Range(0, count).Select(_ => random.Next(6)).ToArray();
        var nodes = new List<string>();
        var edges = new List<string>();
        for (var i = 0; i < count; i++)
        {
            var sources = Enumerable.Range(0, i).Where(_ => random.Next(Math.Max(2, i)) < 2).ToArray();
            nodes.Add(Node(random, i, types[i], sources.Length));
            edges.AddRange(sources.Select(source => Edge(random, source, types[source], i)));
        }
        return $$"""{"name":"random","nodes":[{{string.Join(',', nodes)}}],"edges":[{{string.Join(',', edges)}}]}""";
    }

    private static string Node(Random random, int index, int type, int sources)
    {
        var (name, config) = type switch
        {
            0 => ("conditional", """{"condition":"input.n > 4"}"""),
            1 => ("join", sources == 0 ? "{}" : random.Next(3) switch { 0 => "{}", 1 => """{"mode":"any"}""", _ => $$"""{"mode":"n","count":{{random.Next(1, sources + 1)}}}""" }),
            2 => ("transform", """{"template":{"from":"{{ data }}"}}"""),
            3 => ("delay", $$"""{"duration":{{random.Next(3) * 1000}}}"""),
            _ => ("noop", "{}"),
        };
        var node = new StringBuilder($$"""{"id":"n{{index}}","type":"{{name}}","config":{{config}}""");
        if (random.Next(4) == 0)
            node.Append(",\"retry\":{\"maxAttempts\":3,\"delay\":\"1s\",\"jitter\":true}");
        if (random.Next(3) == 0)
            node.Append(",\"onError\":\"continue\"");
        if (random.Next(8) == 0)
            node.Append(",\"conditions\":[\"input.n > 2\"]");
        if (random.Next(12) == 0)
            node.Append(",\"disabled\":true");
        if (random.Next(6) == 0)
            node.Append(random.Next(2) == 0 ? ",\"inDoubt\":\"fail\"" : ",\"inDoubt\":\"ask\"");
        return node.Append('}').ToString();
    }

    private static string Edge(Random random, int source, int sourceType, int target)
    {
        var port = (sourceType, random.Next(6)) switch
        {
            (0, 0 or 1) => ",\"port\":\"true\"",
            (0, 2 or 3) => ",\"port\":\"false\"",
            (> 3, 0) => ",\"port\":\"error\"",
            (_, 5) => ",\"when\":\"input.n != 3\"",
            _ => "",
        };
        return $$"""{"source":"n{{source}}","target":"n{{target}}"{{port}}}""";
    }
}
