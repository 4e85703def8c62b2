using Millrace.Core.Executions;
using Millrace.Core.Values;

namespace Millrace.Simulation.Tests.Simulation;

/// <summary>Sees that what was completed is undone: the last first, one after the other, each with the output that it undoes.</summary>
internal static class Undoing
{
    public static void Check(IReadOnlyList<ExecutionEvent> journal, ExecutionState state)
    {
        var begins = journal.ToList().FindIndex(e => e is WorkflowCompensating);
        var undoing = journal.OfType<NodeEvent>().Where(e => e.Node.Undoes is not null).ToList();
        if (begins < 0)
        {
            Assert.True(undoing.Count == 0, "Something was undone without need.");
            return;
        }
        var done = journal.Take(begins).OfType<NodeCompleted>().Where(e => e.Node.Compensation is not null).Reverse().ToList();
        var expected = new Queue<NodeCompleted>(done);
        foreach (var e in undoing)
        {
            Assert.True(expected.TryPeek(out var next) && next.Node == e.Node.Undoes && next.Iteration == e.Iteration, $"{e.Node.Id} in '{e.Iteration}' is not what is to be undone next.");
            if (e is NodeStarted { Node.Type.Type: "undoExecution" } child)
                Assert.Equal(next.Meta["executionId"].ToJson(), child.Input["executionId"].ToJson());
            else if (e is NodeStarted started)
                Assert.Equal(next.Output.ToJson(), started.Input["output"].ToJson());
            else if (e is NodeCompleted)
                expected.Dequeue();
        }
        if (state.Status != ExecutionStatus.Failed)
            return;
        var remaining = state.Error!.Details["compensation"]["remaining"].TryGetList(out var list) ? list : ListValue.Empty;
        Assert.Equal(expected.Select(e => e.Node.Id), remaining.Select(one => one["nodeId"].AsString()));
    }
}
