using System.Collections.Concurrent;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Budgets;
using Millrace.Engine.Storage.Mutations;
using Millrace.Tests;

namespace Millrace.Storage.Tests.Conformance;

/// <summary>What every store must do besides that several nodes own executions of at the same time.</summary>
public abstract class SharedStoreConformance : StoreConformance
{
    private const int Rounds = 100;

    /// <summary>Becomes one more owner at this test's place.</summary>
    protected abstract IStore Join();

    [Fact]
    public async Task Owners_that_live_at_the_same_time_keep_what_they_own()
    {
        await using var one = Join();
        Assert.Equal([WriteOutcome.Done], WriteTo(one, Created(one, "e1")));
        await using var other = Join();

        Assert.True(other.Ownership.Epoch > one.Ownership.Epoch);
        Assert.NotEqual(one.Ownership.NodeId, other.Ownership.NodeId);
        Assert.True(one.Ownership.IsShared && other.Ownership.IsShared);
        Assert.Empty(ClaimBy(other));
        Assert.Equal([WriteOutcome.Done], WriteTo(one, StepOf(one, "e1", 1)));
        Assert.False(one.Ownership.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task What_an_ended_epoch_owned_is_claimable_at_once_and_nothing_else_is()
    {
        await using var dead = Join();
        await using var one = Join();
        await using var other = Join();
        WriteTo(dead, Created(dead, "e1"));
        WriteTo(one, Created(one, "e2"));

        WriteTo(other, new EndEpoch(dead.Ownership.Epoch));

        Assert.Equal(["e1"], ClaimBy(other));
        Assert.True(dead.Ownership.Lost.IsCancellationRequested);
        Assert.False(one.Ownership.Lost.IsCancellationRequested || other.Ownership.Lost.IsCancellationRequested);
        // Two nodes may notice the same death.
        WriteTo(one, new EndEpoch(dead.Ownership.Epoch));
        Assert.Empty(ClaimBy(one));
        Assert.Equal([WriteOutcome.Done], WriteTo(other, StepOf(other, "e1", 1)));
    }

    [Fact]
    public async Task Whose_epoch_has_ended_commits_nothing_as_an_owner_and_claims_nothing()
    {
        await using var dead = Join();
        await using var other = Join();
        WriteTo(dead, Created(dead, "e1"));
        WriteTo(other, new EndEpoch(dead.Ownership.Epoch));

        Assert.Equal([WriteOutcome.Fenced, WriteOutcome.Fenced], WriteTo(dead, StepOf(dead, "e1", 1), Created(dead, "e2")));
        Assert.Empty(ClaimBy(dead));
        Assert.Null(await other.ReadExecutionAsync(Sample.Tenant, "e2"));
        // What it leaves for others is kept: it may have acknowledged that.
        Assert.Equal([WriteOutcome.Done, WriteOutcome.Done], WriteTo(dead, Signal("e1"), new CreateExecution(Sample.Execution("e3"), null)));
        Assert.Equal(["e1", "e3"], ClaimBy(other).Order());
        Assert.Equal([WriteOutcome.Fenced], WriteTo(dead, StepOf(dead, "e1", 1)));
    }

    [Fact]
    public async Task Owners_that_claim_at_the_same_time_share_what_is_due()
    {
        await using var one = Join();
        await using var other = Join();
        WriteTo(one, [.. Enumerable.Range(0, Rounds).Select(number => new CreateExecution(Sample.Execution($"e{number:000}"), null))]);

        var claims = await Task.WhenAll(Task.Run(() => ClaimAll(one)), Task.Run(() => ClaimAll(other)));

        Assert.Equal(Enumerable.Range(0, Rounds).Select(number => $"e{number:000}"), claims.SelectMany(claim => claim).Order());
    }

    [Fact]
    public async Task A_message_from_another_node_is_seen_by_its_owner_although_the_hint_is_lost()
    {
        await using var one = Join();
        await using var other = Join();
        WriteTo(one, Created(one, "e1"), Created(one, "e2"));
        Assert.Empty(await one.ListUnreadAsync());

        WriteTo(other, Signal("e1"));

        Assert.Equal([new ExecutionKey(Sample.Tenant, "e1")], await one.ListUnreadAsync());
        Assert.Empty(await other.ListUnreadAsync());
        // And time does not pass before it.
        Assert.Equal([WriteOutcome.UnreadMessages], WriteTo(one, StepOf(one, "e1", 1, known: 0)));
    }

    [Fact]
    public async Task A_message_that_comes_while_its_owner_lets_go_is_never_left_behind()
    {
        await using var one = Join();
        await using var other = Join();
        for (var round = 0; round < Rounds; round++)
        {
            var id = $"e{round:000}";
            WriteTo(one, Created(one, id));
            var release = new AdvanceExecution(Sample.Tenant, id, one.Ownership.Epoch, 1) { WorkflowId = "w1", Status = ExecutionStatus.Waiting, NewOwner = 0 };

            await Task.WhenAll(Task.Run(() => one.Write(release)), Task.Run(() => other.Write(Signal(id))));
        }

        Assert.Equal(Rounds, ClaimAll(one).Count);
    }

    [Fact]
    public async Task Whoever_follows_the_feed_by_positions_misses_nothing_of_concurrent_writers()
    {
        await using var one = Join();
        await using var other = Join();
        WriteTo(one, Created(one, "e1"));
        WriteTo(other, Created(other, "e2"));
        var writing = Task.WhenAll(Task.Run(() => Write(one, "e1")), Task.Run(() => Write(other, "e2")));
        var seen = new ConcurrentDictionary<string, List<long>>(StringComparer.Ordinal);
        var position = 0L;

        while (!writing.IsCompleted)
            await NextAsync();
        while (await NextAsync())
        {
        }
        await writing;

        Assert.Equal(Enumerable.Range(1, Rounds + 1).Select(seq => (long)seq), seen["e1"]);
        Assert.Equal(Enumerable.Range(1, Rounds + 1).Select(seq => (long)seq), seen["e2"]);

        void Write(IStore store, string id)
        {
            for (var seq = 1; seq <= Rounds; seq++)
                Assert.Equal(WriteOutcome.Done, store.Write(StepOf(store, id, seq)).Outcome);
        }

        async Task<bool> NextAsync()
        {
            var entries = await one.ReadFeedAsync(Sample.Tenant, null, FeedCursor.EndOf(position), 7);
            foreach (var entry in entries)
            {
                Assert.True(entry.Position > position);
                position = entry.Position;
                seen.GetOrAdd(entry.ExecutionId, _ => []).Add(entry.Entry.FirstSeq);
            }
            return entries.Count > 0;
        }
    }

    [Fact]
    public async Task Hints_come_from_whichever_owner_commits()
    {
        await using var one = Join();
        await using var other = Join();
        List<Change> seen = [];
        using var listening = one.Changes.Listen(ChangeKind.Workflow, seen.Add);

        WriteTo(other, new SaveWorkflow(Sample.Workflow("w1")));

        Assert.Equal([new Change(ChangeKind.Workflow, Sample.Tenant, "w1")], seen);
    }

    [Fact]
    public async Task Owners_that_reserve_at_once_never_pass_a_limit_together()
    {
        IStore[] stores = [Join(), Join(), Join()];
        var line = new BudgetLine(BudgetAccount.OfTenant(BudgetPeriod.Total, Sample.Now), new BudgetLimits(Money: 1_000));
        for (var index = 0; index < stores.Length; index++)
            Assert.Equal(WriteOutcome.Done, stores[index].Write(Created(stores[index], $"e{index}")).Outcome);

        var results = await Task.WhenAll(stores.Select((store, index) => Task.Run(() => Enumerable.Range(0, Rounds)
            .Select(round => store.Write(new ReserveBudget(Sample.Tenant, new BudgetReservation($"e{index}", $"{round}", new BudgetAmounts(7, 0, 1), [line]), store.Ownership.Epoch)).Outcome)
            .ToList())));

        Assert.Equal(1_000 / 7, results.SelectMany(outcomes => outcomes).Count(outcome => outcome == WriteOutcome.Done));
        Assert.Equal(1_000 / 7 * 7, (await Store.ReadBudgetAsync(Sample.Tenant, line.Account)).Reserved.Money);
        Assert.Equal(WriteOutcome.Fenced, stores[1].Write(new ReserveBudget(Sample.Tenant, new BudgetReservation("e0", "x", default, []), stores[1].Ownership.Epoch)).Outcome);
        foreach (var store in stores)
            await store.DisposeAsync();
    }

    private static CreateExecution Created(IStore store, string id) =>
        new(Sample.Execution(id) with { Status = ExecutionStatus.Running, Owner = store.Ownership.Epoch, Seq = 1, WakeAt = null, StartedAt = Sample.Now }, Sample.Entry(1, 1));

    private static AdvanceExecution StepOf(IStore store, string id, long expectedSeq, int? known = null) => new(Sample.Tenant, id, store.Ownership.Epoch, expectedSeq)
    {
        WorkflowId = "w1",
        Entry = Sample.Entry(expectedSeq + 1, expectedSeq + 1),
        Status = ExecutionStatus.Running,
        NewOwner = store.Ownership.Epoch,
        KnownMessages = known,
    };

    private static string[] ClaimBy(IStore store, int limit = 100) => Ids(store.Write<CommitResult.Claimed>(new ClaimExecutions(Sample.Now, limit)).Executions);

    private static List<string> ClaimAll(IStore store)
    {
        List<string> all = [];
        while (ClaimBy(store, limit: 3) is { Length: > 0 } claimed)
            all.AddRange(claimed);
        return all;
    }
}
