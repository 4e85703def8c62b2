using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Tests;

namespace Millrace.Nodes.Tests.Flow;

public sealed class AllocationTests
{
    [Theory]
    [InlineData("conditional", """{"condition":"{{input.value}} > 10 && input.name == 'x'"}""")]
    [InlineData("switch", """{"expression":"input.value","cases":[{"equals":1,"port":"a"},{"equals":15,"port":"b"}]}""")]
    public void A_branch_allocates_nothing_but_its_outcome(string type, string config)
    {
        var logic = (PureLogic)MachineRun.Of(OneNode.Document(type, config)).Graph.Find("n")!.Logic;
        var context = new NodeContext(new Bindings(ValueJson.Parse("""{"input":{"value":15,"name":"x"}}""").AsMap()));
        Assert.Null(logic.Evaluate(context).Error);
        Assert.Equal(BytesOf(() => new NodeOutcome()), BytesOf(() => logic.Evaluate(context)));
    }

    private static long BytesOf(Func<NodeOutcome> make)
    {
        const int Times = 1_000;
        for (var i = 0; i < Times; i++)
            make();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Times; i++)
            make();
        return (GC.GetAllocatedBytesForCurrentThread() - before) / Times;
    }
}
