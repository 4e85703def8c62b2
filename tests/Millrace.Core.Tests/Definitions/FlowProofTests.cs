using FsCheck;
using FsCheck.Fluent;
using Millrace.Core.Definitions;
using Millrace.Core.Definitions.Validation;
using Millrace.Core.Definitions.Validation.Flow;
using Millrace.Core.Values;

namespace Millrace.Core.Tests.Definitions;

/// <summary>What is proved about small random graphs, against running them in every way.</summary>
public sealed class FlowProofTests
{
    private const int Nodes = 6;

    private static WorkflowDefinition Definition(int[] kinds, int[][] ways)
    {
        var nodes = Enumerable.Range(0, Nodes).Select(i => new NodeDefinition
        {
            Id = $"n{i}",
            Type = kinds[i] % 3 == 0 ? "if" : "noop",
            Conditions = kinds[i] % 7 == 1 ? [new GateCondition($"input.g{i}", null, null, Value.Null, default)] : [],
        }).ToArray();
        var edges = new List<EdgeDefinition>();
        var conditional = new HashSet<(int, string?)>();
        foreach (var way in ways)
        {
            // Mostly forward, as people draw; some lead back.
            var (from, to) = way[2] % 5 == 0 ? (way[0], way[1]) : (Math.Min(way[0], way[1]), Math.Max(way[0], way[1]));
            if (from == to && way[2] % 5 != 0)
                continue;
            var port =
                (nodes[from].Type, way[3] % 4) switch { ("if", 0 or 1) => "true", ("if", 2) => "false", (_, 3) => "error", _ => null };
            // At most one conditional edge at a port: that several leave no way out is assumed, not proved.
            var when = way[4] % 6 == 0 && conditional.Add((from, port)) ? $"input.w{edges.Count}" : null;
            if (!edges.Exists(edge => edge.Source == $"n{from}" && edge.Target == $"n{to}" && edge.Port == port && edge.When == when))
                edges.Add(new EdgeDefinition { Id = $"e{edges.Count}", Source = $"n{from}", Target = $"n{to}", Port = port, When = when });
        }
        return new WorkflowDefinition { Name = "x", Nodes = [.. nodes], Edges = [.. edges] };
    }

    private static Arbitrary<(int[] Kinds, int[][] Ways)> Graphs() => (
        from kinds in Gen.Choose(0, 20).ArrayOf(Nodes)
        from count in Gen.Choose(3, 9)
        from ways in (
            from ends in Gen.Choose(0, Nodes - 1).ArrayOf(2)
            from rest in Gen.Choose(0, 59).ArrayOf(3)
            select (int[])[.. ends, .. rest]).ArrayOf(count)
        select (kinds, ways)).ToArbitrary();

    [Fact]
    public void What_a_node_is_said_to_see_is_what_it_sees_in_every_run()
    {
        var (compared, certain, doubted, endless) = (0, 0, 0, 0);
        Prop.ForAll(Graphs(), graph =>
        {
            var definition = Definition(graph.Kinds, graph.Ways);
            var flow = FlowAnalysis.Of(new Checking(definition, null, TestCatalog.Instance));
            var oracle = FlowOracle.Explore(definition);
            if (flow is null || oracle is null)
                return;
            var text = string.Join(", ", definition.Edges.Select(edge => $"{edge.Source} -{edge.Port}{edge.When}-> {edge.Target}"))
                + "; gated " + string.Join(",", definition.Nodes.Where(node => !node.Conditions.IsEmpty).Select(node => node.Id));
            foreach (var loop in flow.Graph.Loops.Where(loop => oracle.Loops.Begun.Contains($"n{loop.Header}")))
            {
                // An endless loop keeps the one around it from ending, which is the same mistake once more.
                var ends = oracle.Loops.Ended.Contains($"n{loop.Header}");
                Assert.True(
                    flow.Conditions.IsEndless(loop) ? !ends : ends || flow.Graph.Loops.Exists(flow.Conditions.IsEndless),
                    $"loop at n{loop.Header} in {text}");
                endless += flow.Conditions.IsEndless(loop) ? 1 : 0;
            }
            if (flow.Graph.Loops.Exists(flow.Conditions.IsEndless))
                return;
            for (var looking = 0; looking < Nodes; looking++)
            {
                Assert.True(
                    oracle.Ran.Contains($"n{looking}") != (flow.Conditions.Runs(looking) == DecisionDiagrams.Never),
                    $"n{looking} runs in {text}");
                for (var at = 0; at < Nodes; at++)
                {
                    if (looking == at || !oracle.Seen.TryGetValue(($"n{looking}", $"n{at}"), out var seen))
                        continue;
                    compared++;
                    var what = $"n{looking} sees of n{at} {string.Join("/", seen)} in {text}";
                    switch (flow.Look(looking, at))
                    {
                        case null:
                            Assert.True(seen.SetEquals([FlowOracle.State.Ran]), what);
                            break;
                        case { IsCertain: true } sighting:
                            certain++;
                            Assert.True(!seen.Contains(FlowOracle.State.Ran), $"{what}: {sighting.Sentence}");
                            break;
                        case { Code: "reference_skipped" } sighting:
                            doubted++;
                            Assert.True(
                                seen.Contains(FlowOracle.State.Ran) && seen.Contains(FlowOracle.State.Skipped),
                                $"{what}: {sighting.Sentence}");
                            break;
                    }
                }
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));
        TestContext.Current.SendDiagnosticMessage(
            "{0} pairs compared, {1} certain, {2} in doubt, {3} endless loops", compared, certain, doubted, endless);
        Assert.True(compared > 10_000 && certain > 1_000 && doubted > 500 && endless > 10, $"{compared} {certain} {doubted} {endless}");
    }
}
