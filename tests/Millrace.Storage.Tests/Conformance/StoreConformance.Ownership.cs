using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Storage.Tests.Conformance;

public abstract partial class StoreConformance
{
    [Fact]
    public void Claims_go_by_priority_then_wake_time_up_to_the_limit()
    {
        CreatePending("low-early", Sample.Now.AddSeconds(-9), priority: -1);
        CreatePending("high-late", Sample.Now, priority: 5);
        CreatePending("high-early", Sample.Now.AddSeconds(-5), priority: 5);
        CreatePending("mid", Sample.Now.AddSeconds(-7), priority: 1);

        Assert.Equal(["high-early", "high-late", "mid"], Claim(Sample.Now, limit: 3));
        Assert.Equal(["low-early"], Claim(Sample.Now, limit: 3));
        Assert.Empty(Claim(Sample.Now, limit: 3));
    }

    [Fact]
    public void Only_what_is_due_is_claimed_even_under_a_higher_priority()
    {
        CreatePending("later", Sample.Now.AddMilliseconds(1), priority: 9);
        CreatePending("now");
        Write(new CreateExecution(Sample.Execution("never") with { WakeAt = null }, null));

        Assert.Equal(["now"], Claim(Sample.Now));
        Assert.Equal(["later"], Claim(Sample.Now.AddMilliseconds(1)));
    }

    [Fact]
    public async Task A_claim_hands_over_the_whole_execution_as_owned()
    {
        Write(new CreateExecution(Sample.FullExecution("e1"), Sample.Entry(1, 2)));
        var claim = new ClaimExecutions(Sample.Now.AddHours(1), 10);

        Write(claim);

        var claimed = Assert.Single(ResultOf<CommitResult.Claimed>(claim).Executions);
        var read = await ReadAsync("e1");
        Assert.Equal(Store.Ownership.Epoch, claimed.Owner);
        Assert.Equal(Comparable(read), Comparable(claimed));
        Assert.Equal(Texts(read), Texts(claimed));
    }

    [Fact]
    public void What_is_owned_is_not_claimed_again_until_it_is_let_go()
    {
        CreatePending("e1");
        Assert.Equal(["e1"], Claim(Sample.Now));
        Assert.Empty(Claim(Sample.Now.AddYears(1)));

        Write(Release("e1", 0, Sample.Now.AddMinutes(1)));

        Assert.Empty(Claim(Sample.Now));
        Assert.Equal(["e1"], Claim(Sample.Now.AddMinutes(1)));
    }

    [Fact]
    public void Two_claims_in_one_batch_share_what_is_due()
    {
        for (var number = 0; number < 5; number++)
            CreatePending($"e{number}");
        var first = new ClaimExecutions(Sample.Now, 3);
        var second = new ClaimExecutions(Sample.Now, 3);

        Write(first, second);

        Assert.Equal(["e0", "e1", "e2", "e3", "e4"], Ids([.. ResultOf<CommitResult.Claimed>(first).Executions, .. ResultOf<CommitResult.Claimed>(second).Executions]));
        Assert.Equal(3, ResultOf<CommitResult.Claimed>(first).Executions.Count);
    }

    [Fact]
    public async Task One_execution_is_claimed_by_name_although_it_is_not_due()
    {
        CreatePending("e1", Sample.Now.AddDays(1));
        CreatePending("e2");
        CreateOwned("owned");

        var claim = new ClaimExecutions(Sample.Now, 10) { ExecutionId = "e1" };
        var owned = new ClaimExecutions(Sample.Now, 10) { ExecutionId = "owned" };
        Write(claim, owned);

        Assert.Equal("e1", Assert.Single(ResultOf<CommitResult.Claimed>(claim).Executions).Id);
        Assert.Empty(ResultOf<CommitResult.Claimed>(owned).Executions);
        Assert.Equal(0, (await ReadAsync("e2")).Owner);
    }

    [Fact]
    public async Task The_next_wake_is_the_earliest_of_all_priorities()
    {
        Assert.Null(await Store.NextWakeAsync());
        CreateOwned("owned");
        Assert.Null(await Store.NextWakeAsync());
        CreatePending("e1", Sample.Now.AddHours(2), priority: 5);
        CreatePending("e2", Sample.Now.AddHours(1), priority: -5);
        CreatePending("e3", Sample.Now.AddHours(3));

        Assert.Equal(Sample.Now.AddHours(1), await Store.NextWakeAsync());
        Claim(Sample.Now.AddHours(1));
        Assert.Equal(Sample.Now.AddHours(2), await Store.NextWakeAsync());
    }

    [Fact]
    public async Task Each_opening_has_a_larger_epoch_and_finds_what_the_last_one_owned_claimable()
    {
        var epoch = Store.Ownership.Epoch;
        Assert.True(epoch > 0);
        CreateOwned("e1");
        CreateOwned("ended");
        Write(End("ended", 1));
        CreatePending("later", Sample.Now.AddDays(1));

        await ReopenAsync();

        Assert.True(Store.Ownership.Epoch > epoch);
        Assert.Equal(0, (await ReadAsync("e1")).Owner);
        Assert.Equal(["e1"], Claim(Sample.Now));
        Assert.Equal(Store.Ownership.Epoch, (await ReadAsync("e1")).Owner);
    }

    [Fact]
    public async Task An_owner_of_an_earlier_epoch_is_fenced()
    {
        CreateOwned("e1");
        var stale = Step("e1", 1);
        await ReopenAsync();
        Claim(Sample.Now);

        Assert.Equal(WriteOutcome.Fenced, Write(stale));
        Assert.Equal(WriteOutcome.Done, Write(Step("e1", 1)));
        await AssertJournalAsync("e1", 1, 2);
    }

    [Fact]
    public async Task What_was_acknowledged_is_there_after_an_abrupt_end()
    {
        Write(new SaveWorkflow(Sample.Workflow("w1")));
        CreateOwned("e1");
        for (var seq = 1; seq < 50; seq++)
            Write(Step("e1", seq));
        Write(Signal("e1", "8"), new CreateExecution(Sample.Execution("e2"), null) { Idempotency = new IdempotencyKey("execute", "k") });

        await using var survivor = OpenAfterCrash();

        Assert.Equal(Enumerable.Range(1, 50).Select(seq => (long)seq), await JournalSeqsAsync("e1", survivor));
        Assert.Equal("8", Assert.Single(await survivor.ReadInboxAsync(Sample.Tenant, "e1")).Payload.ToString());
        Assert.NotNull(await survivor.ReadWorkflowAsync(Sample.Tenant, "w1"));
        var claim = new ClaimExecutions(Sample.Now, 10);
        var again = new CreateExecution(Sample.Execution("e3"), null) { Idempotency = new IdempotencyKey("execute", "k") };
        WriteTo(survivor, claim, again);
        Assert.Equal(["e1", "e2"], Ids(ResultOf<CommitResult.Claimed>(claim).Executions));
        Assert.Equal((WriteOutcome.Duplicate, "e2"), (ResultOf(again).Outcome, ResourceIdOf(again)));
    }

    [Fact]
    public async Task An_execution_may_be_created_ended()
    {
        var ended = Owned("e1") with { Status = ExecutionStatus.Completed, WakeAt = Sample.Now, CompletedAt = Sample.Now.AddMilliseconds(3), Result = Sample.Json("2") };

        Write(new CreateExecution(ended, Sample.Entry(1, 1)));

        var read = await ReadAsync("e1");
        Assert.Equal((0L, null, "2"), (read.Owner, read.WakeAt, read.Result.ToString()));
        Assert.Empty(Claim(Sample.Now.AddYears(1)));
        Assert.Equal(WriteOutcome.Terminal, Write(Signal("e1")));
    }
}
