using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Storage.Tests.Conformance;

public abstract partial class StoreConformance
{
    [Fact]
    public async Task A_saved_workflow_reads_as_it_was_written()
    {
        var written = Sample.Workflow("w1") with { Description = "größe", Tags = ["b", "a"], Owner = "ann", IsDraft = true, Format = "yaml", Document = Sample.Json("name: w1") };
        var save = new SaveWorkflow(written) { SavedBy = "ann" };

        Assert.Equal(WriteOutcome.Done, Write(save));

        Assert.Equal((1, true, "w1"), (ResultOf<CommitResult.Saved>(save).Version, ResultOf<CommitResult.Saved>(save).Created, ResourceIdOf(save)));
        var read = (await Store.ReadWorkflowAsync(Sample.Tenant, "w1"))!;
        Assert.Equal(written.Document.ToString(), read.Document.ToString());
        Assert.Equal(["b", "a"], read.Tags);
        Assert.Equal(
            written with { Version = 1, CreatedAt = Sample.Now, Tags = default, Document = default },
            read with { Tags = default, Document = default });
    }

    [Fact]
    public async Task Each_save_is_the_next_version_and_keeps_the_earlier_ones()
    {
        Write(new SaveWorkflow(Sample.Workflow("w1") with { Owner = "ann" }) { SavedBy = "ann" });
        var second = new SaveWorkflow(Sample.Workflow("w1") with { Name = "New", Owner = "bob", UpdatedAt = Sample.Now.AddHours(1), Document = Sample.Json("2") }) { SavedBy = "bob" };

        Assert.Equal(WriteOutcome.Done, Write(second));

        Assert.Equal((2, false), (ResultOf<CommitResult.Saved>(second).Version, ResultOf<CommitResult.Saved>(second).Created));
        var read = (await Store.ReadWorkflowAsync(Sample.Tenant, "w1"))!;
        Assert.Equal(("New", 2, "ann", Sample.Now, Sample.Now.AddHours(1), "2"), (read.Name, read.Version, read.Owner, read.CreatedAt, read.UpdatedAt, read.Document.ToString()));
        var first = (await Store.ReadVersionAsync(Sample.Tenant, "w1", 1))!;
        Assert.Equal((1, """{"name":"w1"}""", "json", false, Sample.Now, "ann"), (first.Version, first.Document.ToString(), first.Format, first.IsDraft, first.CreatedAt, first.CreatedBy));
        Assert.Null(await Store.ReadVersionAsync(Sample.Tenant, "w1", 3));
    }

    [Fact]
    public async Task Versions_are_listed_newest_first_without_documents_in_pages()
    {
        for (var version = 1; version <= 12; version++)
            Write(new SaveWorkflow(Sample.Workflow("w1")));

        var newest = await Store.ListVersionsAsync(Sample.Tenant, "w1", new Page(Limit: 2));
        Assert.Equal([12, 11], newest.Select(version => version.Version));
        Assert.All(newest, version => Assert.True(version.Document.IsEmpty));
        Assert.Equal([8, 7, 6], (await Store.ListVersionsAsync(Sample.Tenant, "w1", new Page(Limit: 3, After: "9"))).Select(version => version.Version));
        Assert.Equal([2, 1], (await Store.ListVersionsAsync(Sample.Tenant, "w1", new Page(Offset: 10))).Select(version => version.Version));
    }

    [Theory]
    [InlineData(0, WriteOutcome.Conflict)]
    [InlineData(1, WriteOutcome.Conflict)]
    [InlineData(2, WriteOutcome.Done)]
    [InlineData(3, WriteOutcome.Conflict)]
    [InlineData(null, WriteOutcome.Done)]
    public async Task A_save_that_expects_another_version_is_refused(int? expected, WriteOutcome outcome)
    {
        Write(new SaveWorkflow(Sample.Workflow("w1")), new SaveWorkflow(Sample.Workflow("w1")));

        Assert.Equal(outcome, Write(new SaveWorkflow(Sample.Workflow("w1")) { ExpectedVersion = expected }));
        Assert.Equal(outcome == WriteOutcome.Done ? 3 : 2, (await Store.ReadWorkflowAsync(Sample.Tenant, "w1"))!.Version);
    }

    [Fact]
    public async Task A_workflow_is_switched_on_and_off()
    {
        Write(new SaveWorkflow(Sample.Workflow("w1")));

        Assert.Equal(WriteOutcome.Done, Write(new ActivateWorkflow(Sample.Tenant, "w1", false, Sample.Now.AddHours(1))));

        var read = (await Store.ReadWorkflowAsync(Sample.Tenant, "w1"))!;
        Assert.Equal((false, 1, Sample.Now.AddHours(1)), (read.IsActive, read.Version, read.UpdatedAt));
    }

    [Fact]
    public async Task A_deleted_workflow_is_out_of_sight_but_its_versions_stay_and_its_id_is_taken()
    {
        Write(new SaveWorkflow(Sample.Workflow("w1")));
        Assert.Equal(WriteOutcome.Conflict, Write(new DeleteWorkflow(Sample.Tenant, "w1", Sample.Now) { ExpectedVersion = 2 }));

        Assert.Equal(WriteOutcome.Done, Write(new DeleteWorkflow(Sample.Tenant, "w1", Sample.Now) { ExpectedVersion = 1 }));

        Assert.Null(await Store.ReadWorkflowAsync(Sample.Tenant, "w1"));
        Assert.Empty(await Store.ListWorkflowsAsync(Sample.Tenant, new WorkflowFilter(), new Page()));
        Assert.Empty(await Store.ListVersionsAsync(Sample.Tenant, "w1", new Page()));
        Assert.NotNull(await Store.ReadVersionAsync(Sample.Tenant, "w1", 1));
        Assert.Equal(
            [WriteOutcome.Conflict, WriteOutcome.Conflict, WriteOutcome.NotFound, WriteOutcome.NotFound],
            Write(
                new SaveWorkflow(Sample.Workflow("w1")),
                new SaveWorkflow(Sample.Workflow("w1")) { ExpectedVersion = 0 },
                new ActivateWorkflow(Sample.Tenant, "w1", true, Sample.Now),
                new DeleteWorkflow(Sample.Tenant, "w1", Sample.Now)));
    }

    [Fact]
    public async Task Statistics_count_how_executions_end_whatever_the_batches()
    {
        Write(new SaveWorkflow(Sample.Workflow("w1")), new SaveWorkflow(Sample.Workflow("w2")));
        Assert.Null((await Store.ReadWorkflowAsync(Sample.Tenant, "w1"))!.LastExecuted);

        Write(
            new CreateExecution(Owned("e1"), Sample.Entry(1, 1)),
            new CreateExecution(Owned("e2") with { CreatedAt = Sample.Now.AddMinutes(2) }, Sample.Entry(1, 1)),
            new CreateExecution(Owned("e3") with { CreatedAt = Sample.Now.AddMinutes(1) }, Sample.Entry(1, 1)),
            new CreateExecution(Owned("e3"), Sample.Entry(1, 1)),
            End("e1", 1, ExecutionStatus.Completed, duration: 100));
        Write(
            End("e2", 1, ExecutionStatus.Failed, duration: 20),
            End("e1", 1),
            new CreateExecution(Owned("e4") with { Status = ExecutionStatus.Completed, CompletedAt = Sample.Now.AddMilliseconds(3) }, Sample.Entry(1, 1)));
        Write(End("e3", 1, ExecutionStatus.Cancelled, duration: 4));

        var read = (await Store.ReadWorkflowAsync(Sample.Tenant, "w1"))!;
        Assert.Equal(new ExecutionStats(Total: 4, Completed: 2, Failed: 1, Cancelled: 1, TotalDuration: 127), read.Stats);
        Assert.Equal(Sample.Now.AddMinutes(2), read.LastExecuted);
        Assert.Equal(default, (await Store.ReadWorkflowAsync(Sample.Tenant, "w2"))!.Stats);
    }
}
