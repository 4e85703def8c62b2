using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Storage.Tests.Conformance;

public abstract partial class StoreConformance
{
    [Fact]
    public async Task A_message_wakes_an_execution_that_nobody_owns()
    {
        CreatePending("e1", Sample.Now.AddDays(1));
        Write(new CreateExecution(Sample.Execution("e2") with { WakeAt = null }, null));

        Assert.Equal([WriteOutcome.Done, WriteOutcome.Done], Write(Signal("e1"), Signal("e2")));

        Assert.Equal(["e1", "e2"], Claim(Sample.Now));
        Assert.Single(await Store.ReadInboxAsync(Sample.Tenant, "e1"));
    }

    [Fact]
    public async Task A_message_leaves_an_owned_execution_with_its_owner()
    {
        CreateOwned("e1");

        Write(Signal("e1"));

        Assert.Equal(Store.Ownership.Epoch, (await ReadAsync("e1")).Owner);
        Assert.Empty(Claim(Sample.Now));
    }

    [Fact]
    public async Task Who_knows_fewer_messages_than_there_are_is_overtaken()
    {
        CreateOwned("e1");
        var signal = Signal("e1");
        AdvanceExecution Timeout(int known, params long[] consumed) => new(Sample.Tenant, "e1", Store.Ownership.Epoch, 1)
        {
            WorkflowId = "w1", Entry = Sample.Entry(2, 2), Status = ExecutionStatus.Running, NewOwner = Store.Ownership.Epoch, KnownMessages = known, ConsumedMessages = [.. consumed],
        };

        Assert.Equal([WriteOutcome.Done, WriteOutcome.UnreadMessages], Write(signal, Timeout(0)));

        Assert.Equal(1, (await ReadAsync("e1")).Seq);
        Assert.Single(await Store.ReadInboxAsync(Sample.Tenant, "e1"));
        Assert.Equal(WriteOutcome.Done, Write(Timeout(1, ResultOf<CommitResult.Appended>(signal).MessageId)));
        Assert.Empty(await Store.ReadInboxAsync(Sample.Tenant, "e1"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_message_that_races_with_letting_go_makes_it_due_at_once(bool messageFirst)
    {
        CreateOwned("e1");

        Write(messageFirst ? [Signal("e1"), Release("e1", 1, wakeAt: null)] : [Release("e1", 1, wakeAt: null), Signal("e1")]);

        Assert.Equal(["e1"], Claim(Sample.Now));
    }

    [Fact]
    public async Task Letting_go_with_only_consumed_messages_keeps_the_wake_time()
    {
        CreateOwned("e1");
        var signal = Signal("e1");
        Write(signal);

        Write(Consume(Release("e1", 1, Sample.Now.AddHours(1)), ResultOf<CommitResult.Appended>(signal).MessageId));

        Assert.Equal(Sample.Now.AddHours(1), (await ReadAsync("e1")).WakeAt);
        Assert.Empty(await Store.ReadInboxAsync(Sample.Tenant, "e1"));
    }

    [Fact]
    public async Task Messages_are_read_in_order_and_removed_by_the_commit_that_handles_them()
    {
        CreateOwned("e1");
        CreateOwned("e2");
        AppendInbox[] signals = [Signal("e1", "1"), Signal("e2", "2"), Signal("e1", "3"), Signal("e1", "4")];
        Write(signals);
        var other = Assert.Single(await Store.ReadInboxAsync(Sample.Tenant, "e2")).Id;

        Write(Consume(Step("e1", 1), ResultOf<CommitResult.Appended>(signals[0]).MessageId, ResultOf<CommitResult.Appended>(signals[2]).MessageId, other));

        var left = Assert.Single(await Store.ReadInboxAsync(Sample.Tenant, "e1"));
        Assert.Equal((ResultOf<CommitResult.Appended>(signals[3]).MessageId, "signal", "4", Sample.Now), (left.Id, left.Kind, left.Payload.ToString(), left.ReceivedAt));
        Assert.Single(await Store.ReadInboxAsync(Sample.Tenant, "e2"));
    }

    [Fact]
    public async Task A_message_number_is_never_used_again()
    {
        CreateOwned("e1");
        var first = Signal("e1");
        Write(first);
        Write(Consume(Step("e1", 1), ResultOf<CommitResult.Appended>(first).MessageId));
        await ReopenAsync();

        var second = Signal("e1");
        Write(second);

        Assert.True(ResultOf<CommitResult.Appended>(second).MessageId > ResultOf<CommitResult.Appended>(first).MessageId);
    }

    [Fact]
    public async Task A_message_that_was_accepted_before_the_end_stays_readable()
    {
        CreateOwned("e1");

        Assert.Equal([WriteOutcome.Done, WriteOutcome.Done, WriteOutcome.Terminal], Write(Signal("e1", "1"), End("e1", 1), Signal("e1", "2")));

        Assert.Equal("1", Assert.Single(await Store.ReadInboxAsync(Sample.Tenant, "e1")).Payload.ToString());
        Assert.Empty(Claim(Sample.Now.AddYears(1)));
    }

    private static AdvanceExecution Consume(AdvanceExecution advance, params long[] messages) =>
        new(advance.Tenant, advance.ExecutionId, advance.Owner, advance.ExpectedSeq)
        {
            WorkflowId = advance.WorkflowId,
            Entry = advance.Entry,
            Status = advance.Status,
            NewOwner = advance.NewOwner,
            WakeAt = advance.WakeAt,
            ConsumedMessages = [.. messages],
        };
}
