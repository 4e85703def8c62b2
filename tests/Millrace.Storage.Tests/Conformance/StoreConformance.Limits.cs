using System.Collections.Immutable;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Tests;

namespace Millrace.Storage.Tests.Conformance;

public abstract partial class StoreConformance
{
    private static readonly LimitScope Workflow = new("w1", "");
    private static readonly LimitScope WholeTenant = new(null, "");

    [Fact]
    public async Task A_start_takes_its_slots_and_one_that_finds_none_stays_pending_and_says_why()
    {
        Assert.Equal(WriteOutcome.Done, Start("e1", new SlotLimit(Workflow, 1)));
        var second = Limited("e2", [new SlotLimit(Workflow, 1)]);
        Assert.Equal(WriteOutcome.Throttled, Write(second));

        var read = await ReadAsync("e2");
        Assert.Equal((ExecutionStatus.Pending, 0L, 0L, null), (read.Status, read.Owner, read.Seq, read.WakeAt));
        Assert.Equal(new PendingReason.Concurrency(Workflow, 1), read.PendingReason);
        Assert.Equal(read.PendingReason, ResultOf<CommitResult.Throttled>(second).Execution.PendingReason);
        Assert.Equal("""{"input":{}}""", read.Request.ToString());
        await AssertJournalAsync("e2");
        Assert.Null((await ReadAsync("e1")).PendingReason);
        Assert.Equal([new LimitUse(Workflow, 1, 1, 1)], await Store.ListLimitsAsync(Sample.Tenant, new Page()));
    }

    [Theory]
    [InlineData(ExecutionStatus.Completed)]
    [InlineData(ExecutionStatus.Failed)]
    [InlineData(ExecutionStatus.Cancelled)]
    public async Task The_end_of_an_execution_lets_the_next_one_start(ExecutionStatus status)
    {
        Start("e1", new SlotLimit(Workflow, 1));
        Start("e2", new SlotLimit(Workflow, 1));
        Start("e3", new SlotLimit(Workflow, 1));
        Assert.Empty(Claim(Sample.Now.AddYears(1)));

        var end = End("e1", 1, status);
        Write(end);

        Assert.True(ResultOf(end).MakesRoom);
        Assert.Equal(["e2"], Claim(Sample.Now));
        Assert.Null((await ReadAsync("e2")).PendingReason);
        Assert.Empty(Claim(Sample.Now.AddYears(1)));
    }

    [Fact]
    public async Task A_wait_keeps_the_slots_and_a_refused_commit_gives_none_back()
    {
        Start("e1", new SlotLimit(Workflow, 1));
        Start("e2", new SlotLimit(Workflow, 1));
        Write(Release("e1", 1, Sample.Now.AddHours(1)));
        Assert.Empty(Claim(Sample.Now));
        Assert.Equal(["e1"], Claim(Sample.Now.AddHours(1)));

        Assert.Equal(WriteOutcome.Fenced, Write(End("e1", 7)));

        Assert.Empty(Claim(Sample.Now.AddYears(1)));
        Assert.Equal(1, Assert.Single(await Store.ListLimitsAsync(Sample.Tenant, new Page())).InUse);
    }

    [Fact]
    public async Task What_no_execution_holds_or_waits_for_is_forgotten()
    {
        Start("e1", new SlotLimit(Workflow, 1), new SlotLimit(WholeTenant, 1));
        Start("e2", new SlotLimit(Workflow, 1), new SlotLimit(WholeTenant, 1));
        Write(End("e1", 1));
        Claim(Sample.Now);
        Write(End("e2", 0));

        Assert.Empty(await Store.ListLimitsAsync(Sample.Tenant, new Page()));
    }

    [Fact]
    public void Those_that_wait_for_a_slot_go_by_priority_and_then_by_age()
    {
        var slot = new SlotLimit(Workflow, 1);
        Start("e0", slot);
        Write(Limited("e1", [slot], priority: -1), Limited("e2", [slot]), Limited("e3", [slot], priority: 5), Limited("e4", [slot], priority: 5));

        List<string> order = [];
        var seq = 1;
        for (var running = "e0"; running is not null; running = Claim(Sample.Now).SingleOrDefault())
        {
            order.Add(running);
            Write(End(running, seq));
            seq = 0;
        }

        Assert.Equal(["e0", "e3", "e4", "e2", "e1"], order);
    }

    [Fact]
    public void A_new_start_does_not_overtake_those_that_wait_although_there_is_room_for_a_moment()
    {
        var slot = new SlotLimit(Workflow, 1);
        Start("e1", slot);
        Start("e2", slot);
        Write(End("e1", 1));

        Assert.Equal(WriteOutcome.Throttled, Start("e3", slot));
        Assert.Equal(["e2"], Claim(Sample.Now));
    }

    [Fact]
    public void Each_key_counts_on_its_own_and_so_does_each_tenant()
    {
        var ann = new SlotLimit(new LimitScope("w1", "ann"), 1);
        var bob = new SlotLimit(new LimitScope("w1", "bob"), 1);
        Assert.Equal(WriteOutcome.Done, Start("e1", ann));
        Assert.Equal(WriteOutcome.Done, Start("e2", bob));
        Assert.Equal(WriteOutcome.Throttled, Start("e3", ann));
        Assert.Equal(WriteOutcome.Done, Write(Limited("e4", [ann], tenant: Sample.OtherTenant)));

        Write(End("e2", 1));
        Assert.Empty(Claim(Sample.Now));
        Write(End("e1", 1));
        Assert.Equal(["e3"], Claim(Sample.Now));
    }

    [Fact]
    public async Task Of_several_slots_those_taken_are_kept_while_the_next_is_waited_for()
    {
        var narrow = new SlotLimit(Workflow, 1);
        var wide = new SlotLimit(WholeTenant, 1);
        Start("other", wide);
        Start("e1", narrow, wide);
        Start("e2", narrow, wide);
        Assert.Equal(new PendingReason.Concurrency(WholeTenant, 1), (await ReadAsync("e1")).PendingReason);
        Assert.Equal(new PendingReason.Concurrency(Workflow, 1), (await ReadAsync("e2")).PendingReason);

        Write(End("other", 1));
        Assert.Equal(["e1"], Claim(Sample.Now));
        Write(End("e1", 0));
        Assert.Equal(["e2"], Claim(Sample.Now));
    }

    [Fact]
    public async Task One_that_waits_can_be_cancelled_and_the_others_still_come_to_their_turn()
    {
        var narrow = new SlotLimit(Workflow, 2);
        var wide = new SlotLimit(WholeTenant, 1);
        Start("e1", narrow, wide);
        Start("e2", narrow, wide);
        Start("e3", narrow, wide);
        Assert.Equal(WriteOutcome.Done, Write(new AppendInbox(Sample.Tenant, "e2", InboxMessage.Cancel, Sample.Json("{}"), Sample.Now)));
        Assert.Equal(["e2"], Claim(Sample.Now));

        // It held a slot of the workflow already, and waited for one of the tenant.
        var cancel = End("e2", 0, ExecutionStatus.Cancelled);
        Write(cancel);

        Assert.True(ResultOf(cancel).MakesRoom);
        Assert.Empty(Claim(Sample.Now));
        Assert.Equal(new PendingReason.Concurrency(WholeTenant, 1), (await ReadAsync("e3")).PendingReason);
        Write(End("e1", 1));
        Assert.Equal(["e3"], Claim(Sample.Now));
        Write(End("e3", 0));
        Assert.Empty(await Store.ListLimitsAsync(Sample.Tenant, new Page()));
    }

    [Fact]
    public void A_message_other_than_a_cancel_does_not_start_what_limits_hold_back()
    {
        Start("e1", new SlotLimit(Workflow, 1));
        Start("e2", new SlotLimit(Workflow, 1));
        Write(Limited("e3", [], rates: [new StartRate(Workflow, 1, TimeSpan.FromHours(1), 1)]));
        Write(Limited("e4", [], rates: [new StartRate(Workflow, 1, TimeSpan.FromHours(1), 1)]));
        Write(Signal("e2"), Signal("e4"));

        var byName = new[] { "e2", "e4" }.Select(id => new ClaimExecutions(Sample.Now, 1) { ExecutionId = id }).ToArray();
        Write([.. byName]);

        Assert.All(byName, claim => Assert.Empty(ResultOf<CommitResult.Claimed>(claim).Executions));
        Assert.Empty(Claim(Sample.Now));
        Write(End("e1", 1));
        Assert.Equal(["e2"], Claim(Sample.Now));
    }

    [Fact]
    public async Task What_was_claimed_for_a_cancel_is_cancelled_after_a_crash_as_well()
    {
        Start("e1", new SlotLimit(Workflow, 1));
        Start("e2", new SlotLimit(Workflow, 1));
        Write(new AppendInbox(Sample.Tenant, "e2", InboxMessage.Cancel, Sample.Json("{}"), Sample.Now));
        Claim(Sample.Now);

        await using var survivor = OpenAfterCrash();
        var claim = new ClaimExecutions(Sample.Now, 10);
        WriteTo(survivor, claim);

        Assert.Equal(["e1", "e2"], Ids(ResultOf<CommitResult.Claimed>(claim).Executions));
        Assert.Equal([new LimitUse(Workflow, 1, 1, 0)], await survivor.ListLimitsAsync(Sample.Tenant, new Page()));
    }

    [Fact]
    public async Task Slots_and_those_that_wait_for_them_are_the_same_after_a_crash()
    {
        var slot = new SlotLimit(Workflow, 2);
        foreach (var id in new[] { "e1", "e2", "e3", "e4" })
            Start(id, slot);
        Write(End("e1", 1));

        await using var survivor = OpenAfterCrash();
        var claim = new ClaimExecutions(Sample.Now, 10);
        WriteTo(survivor, claim);

        // e2 was running and goes on; e3 takes the slot that was free; e4 waits on.
        Assert.Equal(["e2", "e3"], Ids(ResultOf<CommitResult.Claimed>(claim).Executions));
        Assert.Equal([new LimitUse(Workflow, 2, 2, 1)], await survivor.ListLimitsAsync(Sample.Tenant, new Page()));
    }

    [Fact]
    public async Task A_raised_limit_holds_for_those_that_wait_already()
    {
        Start("e1", new SlotLimit(Workflow, 1));
        Start("e2", new SlotLimit(Workflow, 1));
        Start("e3", new SlotLimit(Workflow, 1));

        var save = new SaveWorkflow(Sample.Workflow("w1")) { Concurrency = 2 };
        Write(save);
        Assert.True(ResultOf(save).MakesRoom);
        Assert.Equal(["e2"], Claim(Sample.Now));

        var start = Limited("e4", [new SlotLimit(Workflow, 3)]);
        Write(start);
        Assert.True(ResultOf(start).MakesRoom);
        Assert.Equal(["e3"], Claim(Sample.Now));

        Write(new SaveWorkflow(Sample.Workflow("w1")));
        Assert.Equal(["e4"], Claim(Sample.Now));
        Assert.Equal([new LimitUse(Workflow, null, 4, 0)], await Store.ListLimitsAsync(Sample.Tenant, new Page()));
    }

    [Fact]
    public void A_limit_of_all_tenants_can_be_raised_and_lifted()
    {
        var slot = new SlotLimit(WholeTenant, 1);
        foreach (var tenant in new[] { Sample.Tenant, Sample.OtherTenant })
            Write(Limited(tenant + 1, [slot], tenant: tenant), Limited(tenant + 2, [slot], tenant: tenant), Limited(tenant + 3, [slot], tenant: tenant));

        Write(new LimitTenants(2));
        Assert.Equal(["acme2", "globex2"], Claim(Sample.Now).Order());
        Write(new LimitTenants(null));
        Assert.Equal(["acme3", "globex3"], Claim(Sample.Now).Order());
    }

    [Fact]
    public void One_that_ends_in_the_commit_that_creates_it_needs_room_but_keeps_none()
    {
        var slot = new SlotLimit(Workflow, 1);
        Assert.Equal([WriteOutcome.Done, WriteOutcome.Done], Write(Ended("e1", slot), Ended("e2", slot)));
        Start("e3", slot);
        Assert.Equal(WriteOutcome.Throttled, Write(Ended("e4", slot)));
    }

    [Fact]
    public void A_key_against_doubled_starts_holds_for_a_start_that_is_held_back()
    {
        Start("e1", new SlotLimit(Workflow, 1));
        CreateExecution Again(string id) => new(Owned(id), Sample.Entry(1, 1))
        {
            Admission = new Admission([new SlotLimit(Workflow, 1)], [], Sample.Execution(id)),
            Idempotency = new IdempotencyKey("execute", "k"),
        };
        var (first, second) = (Again("e2"), Again("e3"));

        Assert.Equal([WriteOutcome.Throttled, WriteOutcome.Duplicate], Write(first, second));
        Assert.Equal("e2", ResourceIdOf(second));
    }

    [Fact]
    public void A_doubled_id_takes_no_slot()
    {
        Start("e1", new SlotLimit(Workflow, 2));

        Assert.Equal(WriteOutcome.Conflict, Start("e1", new SlotLimit(Workflow, 2)));

        Assert.Equal(WriteOutcome.Done, Start("e2", new SlotLimit(Workflow, 2)));
    }

    private CreateExecution Limited(string id, ImmutableArray<SlotLimit> slots, ImmutableArray<StartRate> rates = default, int priority = 0, string tenant = Sample.Tenant, DateTimeOffset? now = null)
    {
        var createdAt = now ?? Sample.Now;
        var pending = Sample.Execution(id) with { Priority = priority, Tenant = tenant, CreatedAt = createdAt, WakeAt = createdAt };
        return new CreateExecution(pending with { Status = ExecutionStatus.Running, Owner = Store.Ownership.Epoch, Seq = 1, WakeAt = null }, Sample.Entry(1, 1))
        {
            Admission = new Admission(slots, rates.IsDefault ? [] : rates, pending),
        };
    }

    private WriteOutcome Start(string id, params SlotLimit[] slots) => Write(Limited(id, [.. slots]));

    private CreateExecution Ended(string id, SlotLimit slot)
    {
        var ended = Owned(id) with { Status = ExecutionStatus.Completed, CompletedAt = Sample.Now };
        return new CreateExecution(ended, Sample.Entry(1, 1)) { Admission = new Admission([slot], [], Sample.Execution(id)) };
    }
}
