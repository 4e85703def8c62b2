using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Storage.Tests.Conformance;

public abstract partial class StoreConformance
{
    [Fact]
    public async Task Node_runs_are_read_by_their_numbers_in_pages()
    {
        Write(new CreateExecution(Owned("e1"), Sample.Entry(1, 1)) { Runs = Changed(Run(2), Run(1)) });
        Write(WithRuns(1, Changed(Run(3), Run(10))));

        Assert.Equal([1, 2, 3, 10], await NumbersAsync(0, 10));
        Assert.Equal([1, 2], await NumbersAsync(0, 2));
        Assert.Equal([3], await NumbersAsync(2, 1));
        Assert.Empty(await NumbersAsync(10, 5));
        Assert.Empty(await Store.ReadRunsAsync(Sample.OtherTenant, "e1", 0, 10));
        Assert.Empty(await Store.ReadRunsAsync(Sample.Tenant, "nobody", 0, 10));
        await ReopenAsync();
        Assert.Equal([1, 2, 3, 10], await NumbersAsync(0, 10));
    }

    [Fact]
    public async Task A_node_run_is_read_as_it_was_written_last()
    {
        var full = Run(1) with
        {
            NodeId = "größe 步骤",
            Iteration = "0.3",
            Attempt = 4,
            Port = "true",
            Effect = EffectStanding.InDoubt,
            Status = NodeStatus.InDoubt,
            StartedAt = Sample.Now,
            CompletedAt = Sample.Now.AddMilliseconds(1),
            DueAt = Sample.Now.AddDays(1),
            Places = new RunPlaces(2, 9, 3, 4, 5, 6) { Failures = [5, 7, 8] },
        };
        Write(new CreateExecution(Owned("e1"), Sample.Entry(1, 1)) { Runs = Changed(Run(1), Run(2)) });
        Write(WithRuns(1, Changed(Run(1) with { Status = NodeStatus.Retrying }, full)));

        var read = await Store.ReadRunsAsync(Sample.Tenant, "e1", 0, 10);

        Assert.Equal(full with { Places = default }, read[0] with { Places = default });
        Assert.Equal(full.Places.Failures, read[0].Places.Failures);
        Assert.Equal(full.Places with { Failures = default }, read[0].Places with { Failures = default });
        Assert.Equal(Run(2), read[1] with { Places = Run(2).Places });
    }

    [Fact]
    public async Task A_refused_commit_leaves_the_node_runs_and_one_that_is_done_removes_those_that_are_gone()
    {
        Write(new CreateExecution(Owned("e1"), Sample.Entry(1, 1)) { Runs = Changed(Run(1), Run(2)) });

        Assert.Equal(WriteOutcome.Fenced, Write(WithRuns(7, new NodeRunChanges([Run(3)], [1]))));
        Assert.Equal([1, 2], await NumbersAsync(0, 10));

        Assert.Equal(WriteOutcome.Done, Write(WithRuns(1, new NodeRunChanges([Run(3)], [1]))));
        Assert.Equal([2, 3], await NumbersAsync(0, 10));
    }

    [Fact]
    public async Task Node_runs_go_with_their_execution()
    {
        var ended = Owned("e1") with { Status = ExecutionStatus.Completed, Owner = 0, CompletedAt = Sample.Now };
        Write(new CreateExecution(ended, Sample.Entry(1, 1)) { Runs = Changed(Run(1), Run(2), Run(3)) });
        // The last journal row of all stays.
        CreateOwned("e2");
        Write(new DeleteExecutions(Sample.Tenant, ["e1"]));

        Assert.Empty(await NumbersAsync(0, 10));
        PurgeDeleted purge;
        do
        {
            purge = new PurgeDeleted(2);
            Write(purge);
        }
        while (ResultOf<CommitResult.Purged>(purge).HasMore);

        Write(new CreateExecution(Owned("e1"), Sample.Entry(1, 1)));
        Assert.Empty(await NumbersAsync(0, 10));
    }

    private static NodeRunRow Run(int number) =>
        new(number, $"n{number}", "noop", "", NodeStatus.Completed, 1, null, null, null, null, null, new RunPlaces(number, number));

    private static NodeRunChanges Changed(params NodeRunRow[] rows) => new([.. rows], []);

    private AdvanceExecution WithRuns(long expectedSeq, NodeRunChanges runs) =>
        new(Sample.Tenant, "e1", Store.Ownership.Epoch, expectedSeq)
        {
            WorkflowId = "w1",
            Entry = Sample.Entry(expectedSeq + 1, expectedSeq + 1),
            Status = ExecutionStatus.Running,
            NewOwner = Store.Ownership.Epoch,
            Runs = runs,
        };

    private async Task<IEnumerable<int>> NumbersAsync(int after, int limit) =>
        (await Store.ReadRunsAsync(Sample.Tenant, "e1", after, limit)).Select(run => run.Number);
}
