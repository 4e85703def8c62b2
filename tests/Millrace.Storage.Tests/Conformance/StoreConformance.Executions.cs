using System.Collections.Immutable;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Storage.Tests.Conformance;

public abstract partial class StoreConformance
{
    [Fact]
    public async Task A_created_execution_reads_as_it_was_written()
    {
        var written = Sample.FullExecution("e1");

        Assert.Equal(WriteOutcome.Done, Write(new CreateExecution(written, Sample.Entry(1, 2))));

        var read = await ReadAsync("e1");
        Assert.Equal(Comparable(written), Comparable(read));
        Assert.Equal(Texts(written), Texts(read));
    }

    [Fact]
    public async Task Absent_columns_read_as_absent()
    {
        var written = Sample.Execution("e1") with { WakeAt = null, Request = default, Trigger = "" };

        Write(new CreateExecution(written, null));

        var read = await ReadAsync("e1");
        Assert.Equal(Comparable(written), Comparable(read));
        Assert.All(Texts(read), text => Assert.Equal("", text));
    }

    [Fact]
    public async Task An_id_that_is_taken_is_refused_and_changes_nothing()
    {
        CreateOwned("e1");

        var again = new CreateExecution(Sample.Execution("e1") with { Tenant = Sample.OtherTenant, WorkflowId = "w2" }, null);

        Assert.Equal(WriteOutcome.Conflict, Write(again));
        Assert.Equal(1, (await ReadAsync("e1")).Seq);
        Assert.Null(await Store.ReadExecutionAsync(Sample.OtherTenant, "e1"));
    }

    [Fact]
    public async Task An_advance_changes_what_it_names_and_leaves_the_rest()
    {
        var created = Owned("e1") with { Priority = 4, CorrelationId = "c", Input = Sample.Json("1"), Variables = Sample.Json("2") };
        Write(new CreateExecution(created, Sample.Entry(1, 1)));

        var advance = new AdvanceExecution(Sample.Tenant, "e1", Store.Ownership.Epoch, 1)
        {
            WorkflowId = "w1",
            Entry = Sample.Entry(2, 4),
            Status = ExecutionStatus.Waiting,
            NewOwner = 0,
            WakeAt = Sample.Now.AddHours(1),
            CurrentStep = "b",
            TotalNodes = 3,
            CompletedNodes = 2,
            StartedAt = Sample.Now,
            Update = new ExecutionUpdate(default, default, default, Sample.Json("5"), null, 0),
        };

        Assert.Equal(WriteOutcome.Done, Write(advance));
        var read = await ReadAsync("e1");
        var expected = created with { Status = ExecutionStatus.Waiting, Seq = 4, Owner = 0, WakeAt = Sample.Now.AddHours(1), CurrentStep = "b", TotalNodes = 3, CompletedNodes = 2 };
        Assert.Equal(Comparable(expected), Comparable(read));
        Assert.Equal(["1", """{"input":{}}""", "2", "", "", "5"], Texts(read));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(-1, 0)]
    [InlineData(0, 1)]
    [InlineData(0, -1)]
    public async Task A_stale_owner_or_seq_is_fenced_and_writes_nothing(int ownerError, int seqError)
    {
        CreateOwned("e1");
        Write(Step("e1", 1), Signal("e1"));
        var message = Assert.Single(await Store.ReadInboxAsync(Sample.Tenant, "e1")).Id;

        var stale = new AdvanceExecution(Sample.Tenant, "e1", Store.Ownership.Epoch + ownerError, 2 + seqError)
        {
            WorkflowId = "w1",
            Entry = Sample.Entry(3 + seqError, 3 + seqError),
            Status = ExecutionStatus.Completed,
            Update = new ExecutionUpdate(default, Sample.Json("9"), default, default, Sample.Now, 1),
            ConsumedMessages = [message],
        };

        Assert.Equal(WriteOutcome.Fenced, Write(stale));
        var read = await ReadAsync("e1");
        Assert.Equal((ExecutionStatus.Running, 2L, Store.Ownership.Epoch, true), (read.Status, read.Seq, read.Owner, read.Result.IsEmpty));
        await AssertJournalAsync("e1", 1, 2);
        Assert.Single(await Store.ReadInboxAsync(Sample.Tenant, "e1"));
    }

    [Fact]
    public void Nobody_advances_what_nobody_owns()
    {
        CreatePending("e1");

        Assert.Equal(WriteOutcome.Fenced, Write(new AdvanceExecution(Sample.Tenant, "e1", 0, 0) { WorkflowId = "w1", Status = ExecutionStatus.Running, NewOwner = Store.Ownership.Epoch }));
    }

    [Fact]
    public async Task Of_two_advances_from_the_same_seq_in_one_batch_only_the_first_is_written()
    {
        CreateOwned("e1");

        Assert.Equal([WriteOutcome.Done, WriteOutcome.Fenced, WriteOutcome.Done], Write(Step("e1", 1), Step("e1", 1), Step("e1", 2)));
        await AssertJournalAsync("e1", 1, 2, 3);
    }

    [Theory]
    [InlineData(ExecutionStatus.Completed)]
    [InlineData(ExecutionStatus.Failed)]
    [InlineData(ExecutionStatus.Cancelled)]
    public async Task After_the_terminal_event_nothing_is_written_and_nobody_owns_it(ExecutionStatus status)
    {
        CreateOwned("e1");
        Assert.Equal(WriteOutcome.Done, Write(End("e1", 1, status)));

        Assert.Equal(WriteOutcome.Fenced, Write(Step("e1", 2)));
        Assert.Equal(WriteOutcome.Terminal, Write(Signal("e1")));
        var claim = new ClaimExecutions(Sample.Now.AddYears(1), 10) { ExecutionId = "e1" };
        Write(claim);
        Assert.Empty(ResultOf<CommitResult.Claimed>(claim).Executions);
        Assert.Empty(Claim(Sample.Now.AddYears(1)));
        var read = await ReadAsync("e1");
        Assert.Equal((status, 0L, null), (read.Status, read.Owner, read.WakeAt));
        Assert.Equal(Sample.Now.AddMilliseconds(10), read.CompletedAt);
        await AssertJournalAsync("e1", 1, 2);
    }

    [Fact]
    public void Events_that_leave_a_gap_cannot_be_said()
    {
        Assert.Throws<ArgumentException>(() => new AdvanceExecution(Sample.Tenant, "e1", 1, 4) { WorkflowId = "w1", Entry = Sample.Entry(6, 6) });
        Assert.Throws<ArgumentException>(() => new AdvanceExecution(Sample.Tenant, "e1", 1, 4) { WorkflowId = "w1", Entry = new JournalEntry(5, 4, Sample.Json("[]")) });
        Assert.Throws<ArgumentException>(() => new CreateExecution(Sample.Execution("e1"), Sample.Entry(1, 1)));
        Assert.Throws<ArgumentException>(() => new CreateExecution(Sample.Execution("e1") with { Seq = 1 }, null));
    }

    [Fact]
    public async Task The_journal_is_read_in_order_from_any_seq_and_in_pages()
    {
        CreateOwned("e1");
        CreateOwned("e2");
        for (var seq = 1; seq <= 28; seq += 3)
            Write(Step("e2", (seq + 2) / 3), Advance("e1", seq, seq + 3));

        Assert.Equal(Enumerable.Range(1, 31).Select(seq => (long)seq), await JournalSeqsAsync("e1"));
        var middle = await Store.ReadJournalAsync(Sample.Tenant, "e1", 6, 2);
        Assert.Equal([(5L, 7L), (8L, 10L)], middle.Select(entry => (entry.FirstSeq, entry.LastSeq)));
        Assert.Equal(Sample.Entry(5, 7).Events.ToString(), middle[0].Events.ToString());
        Assert.Equal(8, (await Store.ReadJournalAsync(Sample.Tenant, "e1", 7, 1))[0].FirstSeq);
        Assert.Empty(await Store.ReadJournalAsync(Sample.Tenant, "e1", 31, 10));
        Assert.Empty(await Store.ReadJournalAsync(Sample.Tenant, "e1", 99, 10));
        Assert.Empty(await Store.ReadJournalAsync(Sample.Tenant, "none", 0, 10));

        AdvanceExecution Advance(string id, long expected, long last) => new(Sample.Tenant, id, Store.Ownership.Epoch, expected)
        {
            WorkflowId = "w1",
            Entry = Sample.Entry(expected + 1, last),
            Status = ExecutionStatus.Running,
            NewOwner = Store.Ownership.Epoch,
        };
    }

    [Fact]
    public async Task A_commit_without_events_keeps_the_seq()
    {
        CreateOwned("e1");

        Assert.Equal(WriteOutcome.Done, Write(Release("e1", 1, Sample.Now)));

        Assert.Equal(1, (await ReadAsync("e1")).Seq);
        await AssertJournalAsync("e1", 1);
    }

    [Fact]
    public async Task A_refused_member_leaves_its_neighbours_written_and_itself_nothing()
    {
        CreateOwned("e1");
        CreateOwned("done");
        Write(End("done", 1));

        var outcomes = Write(
            new CreateExecution(Sample.Execution("e1"), null),
            Step("e1", 1),
            Step("e1", 7),
            Step("none", 1),
            Signal("done"),
            Signal("none"),
            Signal("e1", "7"),
            new SaveWorkflow(Sample.Workflow("w1")) { ExpectedVersion = 2 },
            new SaveWorkflow(Sample.Workflow("w1")) { ExpectedVersion = 0 },
            new SaveWorkflow(Sample.Workflow("w1")) { ExpectedVersion = 0 },
            new ActivateWorkflow(Sample.Tenant, "none", true, Sample.Now),
            new DeleteWorkflow(Sample.Tenant, "none", Sample.Now),
            new CreateExecution(Sample.Execution("e2"), null));

        Assert.Equal(
            [
                WriteOutcome.Conflict, WriteOutcome.Done, WriteOutcome.Fenced, WriteOutcome.Fenced, WriteOutcome.Terminal, WriteOutcome.NotFound, WriteOutcome.Done,
                WriteOutcome.NotFound, WriteOutcome.Done, WriteOutcome.Conflict, WriteOutcome.NotFound, WriteOutcome.NotFound, WriteOutcome.Done,
            ],
            outcomes);
        await AssertJournalAsync("e1", 1, 2);
        await AssertJournalAsync("done", 1, 2);
        Assert.Empty(await JournalSeqsAsync("none"));
        Assert.Empty(await Store.ReadInboxAsync(Sample.Tenant, "done"));
        Assert.Equal("7", Assert.Single(await Store.ReadInboxAsync(Sample.Tenant, "e1")).Payload.ToString());
        Assert.Single(await Store.ListVersionsAsync(Sample.Tenant, "w1", new Page()));
        Assert.NotNull(await Store.ReadExecutionAsync(Sample.Tenant, "e2"));
    }

    private static ExecutionRecord Comparable(ExecutionRecord execution) =>
        execution with { Input = default, Request = default, Variables = default, Result = default, Error = default, Cost = default };

    private static ImmutableArray<string> Texts(ExecutionRecord execution) =>
        [.. new[] { execution.Input, execution.Request, execution.Variables, execution.Result, execution.Error, execution.Cost }.Select(text => text.ToString())];
}
