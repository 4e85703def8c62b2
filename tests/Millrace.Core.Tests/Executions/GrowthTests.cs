using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Tests;

namespace Millrace.Core.Tests.Executions;

/// <summary>
/// Twice as much to do costs about twice as much. Counted is what is allocated and written, and how often waits are compared: never time,
/// which a
/// busy machine changes.
/// </summary>
public sealed class GrowthTests
{
    private const int Few = 500;

    [Theory]
    [InlineData("append", "{{ item }}", 1, "[]")]
    [InlineData("append", "{{ item }}", 50, "[]")]
    [InlineData("deep", "{\"k{{ item }}\":1}", 1, "{}")]
    [InlineData("deep", "{\"k{{ item }}\":1}", 50, "{}")]
    [InlineData("deep", "{\"all\":{\"k{{ item }}\":1}}", 50, "{}")]
    [InlineData("replace", "7", 50, "7")]
    public void Items_that_each_add_to_one_variable(string merge, string value, int concurrency, string initial)
    {
        var document = """
            {"name":"t","variables":{"v":INITIAL},"nodes":[
              {"id":"each","type":"forEach","config":{"items":"{{ input }}","concurrency":CONCURRENCY,"body":{
                "nodes":[{"id":"w","type":"noop"},{"id":"set","type":"setVariable","config":{"name":"v","value":VALUE,"merge":"MERGE"}}],
                "edges":[{"source":"w","target":"set"}]}}}],
             "edges":[]}
            """
            .Replace("INITIAL", initial, StringComparison.Ordinal).Replace("CONCURRENCY", $"{concurrency}", StringComparison.Ordinal)
            .Replace("VALUE", value is ['{', '"', ..] ? value : $"\"{value}\"", StringComparison.Ordinal)
            .Replace("MERGE", merge, StringComparison.Ordinal);
        Assert.All(Growth(count => Of(document, count)), growth => Assert.InRange(growth, 1.5, 2.6));
    }

    [Fact]
    public void Turns_of_a_loop_that_each_append()
    {
        const string Document = """
            {"name":"t","variables":{"v":[]},"nodes":[
              {"id":"each","type":"while","config":{"condition":"index < size(input)","maxIterations":100000,"body":{
                "nodes":[{"id":"w","type":"noop"},{"id":"set","type":"setVariable","config":{"name":"v","value":"{{ index }}","merge":"append"}},
                  {"id":"see","type":"addField","config":{"fields":{"n":"{{ size(variables.v) }}"}}}],
                "edges":[{"source":"w","target":"set"},{"source":"set","target":"see"}]}}}],
             "edges":[]}
            """;
        Assert.All(Growth(count => Of(Document, count)), growth => Assert.InRange(growth, 1.5, 2.6));
    }

    [Fact]
    public void Answers_to_items_that_all_wait()
    {
        const string Document = """
            {"name":"t","nodes":[
              {"id":"each","type":"forEach","config":{"items":"{{ input }}","concurrency":1000,"body":{"nodes":[{"id":"ask","type":"callback"}],"edges":[]}}}],
             "edges":[]}
            """;
        Assert.All(Growth(count => Of(Document, count)), growth => Assert.InRange(growth, 1.5, 2.6));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Signals_to_items_that_all_wait(bool isFirst)
    {
        const string Document = """
            {"name":"t","nodes":[
              {"id":"w","type":"noop"},
              {"id":"each","type":"forEach","config":{"items":"{{ input }}","concurrency":1000,"body":{"nodes":[{"id":"hear","type":"waitForEvent","config":{"name":"go {{ item }}"}}],"edges":[]}}}],
             "edges":[{"source":"w","target":"each"}]}
            """;
        Assert.All(Growth(count => Of(Document, count) with { SignalsFirst = isFirst }), growth => Assert.InRange(growth, 1.5, 2.6));
    }

    private static RunOfItems Of(string document, int count) => new(document, count);

    // How allocations and the journal grow where there is twice as much to do.
    private static double[] Growth(Func<int, RunOfItems> of)
    {
        // What is made once only does not count.
        of(Few).Measure();
        var (allocated, written) = of(Few).Measure();
        var (allocatedOfTwice, writtenOfTwice) = of(2 * Few).Measure();
        return [(double)allocatedOfTwice / allocated, (double)writtenOfTwice / written];
    }

    /// <summary>A workflow whose effects and waits end in an order that is not that in which they began.</summary>
    private sealed record RunOfItems(string Document, int Count)
    {
        /// <summary>Whether all signals come before the first effect has ended.</summary>
        public bool SignalsFirst { get; init; }

        public (long Allocated, long Written) Measure()
        {
            var run = MachineRun.Of(Document);
            var machine = new Machine(run.State);
            var input = ListValue.Create(Enumerable.Range(0, Count).Select(i => (Value)(long)i));
            var effects = new List<EffectStart>();
            var written = 0L;
            var before = GC.GetAllocatedBytesForCurrentThread();
            Handle(new StartInput(new ExecutionStart { Input = input, Variables = run.Graph.Definition.Variables }));
            for (var i = 0; SignalsFirst && i < Count; i++)
                Handle(SignalTo(i));
            while (!run.State.Status.IsTerminal())
                Handle(effects.Count > 0 ? End(effects) : Answer(run.State));
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.Equal(ExecutionStatus.Completed, run.State.Status);
            return (allocated, written);

            void Handle(MachineInput input)
            {
                machine.Handle(input, run.Now);
                effects.AddRange(machine.Effects);
                var start = GC.GetAllocatedBytesForCurrentThread();
                written += run.Write(machine.Events).Length;
                before += GC.GetAllocatedBytesForCurrentThread() - start;
                machine.Clear();
                if (machine.IsUnfinished)
                    Handle(ContinueInput.Instance);
            }
        }

        private static EffectFinishedInput End(List<EffectStart> effects)
        {
            var index = effects.Count / 2;
            var effect = effects[index];
            effects.RemoveAt(index);
            return new EffectFinishedInput(effect.Node, effect.Iteration, effect.Attempt, NodeOutcome.Completed(Value.Null));
        }

        // The last first, so that looking for it from the beginning costs the most. The list is not the machine's work.
        private DeliveryInput Answer(ExecutionState state) => state.Waits.First() is { Wait.Kind: Delivery.Signal }
            ? SignalTo(state.WaitingRuns - 1)
            : new DeliveryInput(new Delivery(Delivery.Callback, null, Value.Null, "ask", $"{state.WaitingRuns - 1}"));

        private static DeliveryInput SignalTo(int item) => new(new Delivery(Delivery.Signal, $"go {item}", Value.Null));
    }
}
