using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Budgets;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Storage.Tests.Conformance;

public abstract partial class StoreConformance
{
    private static readonly BudgetAccount ThisMonth = BudgetAccount.OfTenant(BudgetPeriod.Month, Sample.Now);
    private static readonly BudgetAccount OfWorkflow = BudgetAccount.OfWorkflow("w1", BudgetPeriod.Total, Sample.Now);

    private static BudgetLine Line(BudgetAccount account, long? money = null, long? tokens = null, long? calls = null) => new(account, new BudgetLimits(money, tokens, calls));

    private static BudgetAmounts Money(long money) => new(money, 0, 0);

    private ReserveBudget Reserve(string execution, string id, BudgetAmounts estimate, params BudgetLine[] lines) =>
        new(Sample.Tenant, new BudgetReservation(execution, id, estimate, [.. lines]), Store.Ownership.Epoch);

    private static ReserveBudget ReserveUntil(DateTimeOffset expiry, string id, BudgetAmounts estimate, params BudgetLine[] lines) =>
        new(Sample.Tenant, new BudgetReservation("alone", id, estimate, [.. lines]) { ExpiresAt = expiry });

    private AdvanceExecution Settling(string execution, long expectedSeq, params BudgetSettlement[] settlements) =>
        new(Sample.Tenant, execution, Store.Ownership.Epoch, expectedSeq)
        {
            WorkflowId = "w1",
            Entry = Sample.Entry(expectedSeq + 1, expectedSeq + 1),
            Status = ExecutionStatus.Running,
            NewOwner = Store.Ownership.Epoch,
            StartedAt = Sample.Now,
            Settlements = settlements,
        };

    private async Task AssertMoney(BudgetAccount account, long used, long reserved, string tenant = Sample.Tenant)
    {
        var balance = await Store.ReadBudgetAsync(tenant, account);
        Assert.Equal((used, reserved), (balance.Used.Money, balance.Reserved.Money));
    }

    [Fact]
    public async Task What_is_reserved_and_used_is_counted_in_every_account()
    {
        CreateOwned("e1");
        var estimate = new BudgetAmounts(700, 50, 1);

        Assert.Equal(WriteOutcome.Done, Write(Reserve("e1", "a::1", estimate, Line(ThisMonth, money: 1_000), Line(OfWorkflow, tokens: 60, calls: 5))));
        await ReopenAsync();
        Assert.Equal(new BudgetBalance(default, new BudgetTotals(700, 50, 1)), await Store.ReadBudgetAsync(Sample.Tenant, ThisMonth));
        Assert.Equal(new BudgetBalance(default, new BudgetTotals(700, 50, 1)), await Store.ReadBudgetAsync(Sample.Tenant, OfWorkflow));

        Claim(Sample.Now);
        Assert.Equal(WriteOutcome.Done, Write(Settling("e1", 1, new BudgetSettlement("a::1", new BudgetAmounts(300, 20, 1)))));
        await ReopenAsync();
        Assert.Equal(new BudgetBalance(new BudgetTotals(300, 20, 1), default), await Store.ReadBudgetAsync(Sample.Tenant, ThisMonth));
        Assert.Equal(new BudgetBalance(new BudgetTotals(300, 20, 1), default), await Store.ReadBudgetAsync(Sample.Tenant, OfWorkflow));
    }

    [Fact]
    public async Task A_call_that_passes_a_limit_by_one_is_refused_and_reserves_nothing_anywhere()
    {
        CreateOwned("e1");
        Write(Reserve("e1", "a::1", Money(400), Line(ThisMonth, money: 1_000)), Settling("e1", 1, new BudgetSettlement("a::1", Money(450))));
        Write(Reserve("e1", "b::1", Money(50), Line(ThisMonth, money: 1_000)));

        var over = Reserve("e1", "c::1", Money(501), Line(OfWorkflow, money: 9_000), Line(ThisMonth, money: 1_000));
        Assert.Equal(WriteOutcome.OverBudget, Write(over));
        Assert.Equal(new BudgetShortage(ThisMonth, BudgetUnit.Money, 1_000, 450, 50, 501), ResultOf<CommitResult.OverBudget>(over).Shortage);
        await AssertMoney(OfWorkflow, 0, 0);
        await AssertMoney(ThisMonth, 450, 50);

        Assert.Equal(WriteOutcome.Done, Write(Reserve("e1", "c::1", Money(500), Line(OfWorkflow, money: 9_000), Line(ThisMonth, money: 1_000))));
        await AssertMoney(ThisMonth, 450, 550);
    }

    [Theory]
    [InlineData(BudgetUnit.Money)]
    [InlineData(BudgetUnit.Tokens)]
    [InlineData(BudgetUnit.Calls)]
    public void Each_unit_has_a_limit_of_its_own_and_where_nothing_is_left_nothing_fits(BudgetUnit unit)
    {
        CreateOwned("e1");
        var line = Line(ThisMonth, unit == BudgetUnit.Money ? 3 : null, unit == BudgetUnit.Tokens ? 3 : null, unit == BudgetUnit.Calls ? 3 : null);
        var amounts = BudgetAmounts.Of(one => one == unit ? 2 : 900);

        Assert.Equal([WriteOutcome.Done, WriteOutcome.OverBudget], Write(Reserve("e1", "a::1", amounts, line), Reserve("e1", "b::1", amounts, line)));
        Write(Settling("e1", 1, new BudgetSettlement("a::1", BudgetAmounts.Of(one => one == unit ? 3 : 900))));
        Assert.Equal([WriteOutcome.OverBudget], Write([Reserve("e1", "b::1", default, line)]));
    }

    [Fact]
    public async Task The_same_call_reserves_and_is_charged_once()
    {
        CreateOwned("e1");
        var line = Line(ThisMonth, money: 100);
        var settled = new BudgetSettlement("a::1", Money(30));

        Assert.Equal([WriteOutcome.Done, WriteOutcome.Done], Write(Reserve("e1", "a::1", Money(60), line), Reserve("e1", "a::1", Money(60), line)));
        await AssertMoney(ThisMonth, 0, 60);
        Write(Settling("e1", 1, settled), Settling("e1", 2, settled));
        await AssertMoney(ThisMonth, 30, 0);
        await ReopenAsync();
        Claim(Sample.Now);
        var again = Reserve("e1", "a::1", Money(60), line);
        Assert.Equal(WriteOutcome.Duplicate, Write(again));
        Assert.Equal("a::1", ResultOf<CommitResult.Duplicate>(again).ResourceId);
        await AssertMoney(ThisMonth, 30, 0);
    }

    [Fact]
    public async Task What_was_spent_may_be_more_than_what_was_reserved_or_allowed()
    {
        CreateOwned("e1");
        Write(Reserve("e1", "a::1", Money(60), Line(ThisMonth, money: 100)));

        Write(Settling("e1", 1, new BudgetSettlement("a::1", Money(250))));

        await AssertMoney(ThisMonth, 250, 0);
        Assert.Equal(WriteOutcome.OverBudget, Write(Reserve("e1", "b::1", default, Line(ThisMonth, money: 100))));
    }

    [Fact]
    public async Task A_call_is_charged_in_parts_until_the_last()
    {
        CreateOwned("e1");
        Write(Reserve("e1", "a::1", Money(60), Line(ThisMonth, money: 100)));

        Write(Settling("e1", 1, new BudgetSettlement("a::1", Money(20), IsFinal: false)));
        await AssertMoney(ThisMonth, 20, 40);
        Write(Settling("e1", 2, new BudgetSettlement("a::1", Money(50), IsFinal: false)));
        await AssertMoney(ThisMonth, 70, 0);
        Write(Settling("e1", 3, new BudgetSettlement("a::1", Money(1)), new BudgetSettlement("a::1", Money(1))));
        await AssertMoney(ThisMonth, 71, 0);
    }

    [Fact]
    public async Task A_commit_that_is_refused_charges_nothing_and_one_call_too_many_harms_no_commit()
    {
        CreateOwned("e1");
        Write(Reserve("e1", "a::1", Money(60), Line(ThisMonth, money: 100)));

        Assert.Equal(WriteOutcome.Fenced, Write(Settling("e1", 7, new BudgetSettlement("a::1", Money(20)))));
        await AssertMoney(ThisMonth, 0, 60);
        Assert.Equal(WriteOutcome.Done, Write(Settling("e1", 1, new BudgetSettlement("unknown::1", Money(20)))));
        await AssertMoney(ThisMonth, 0, 60);
    }

    [Fact]
    public async Task What_an_execution_has_not_settled_is_given_back_when_it_ends()
    {
        CreateOwned("e1");
        CreateOwned("e2");
        var line = Line(ThisMonth, money: 100);
        Write(Reserve("e1", "a::1", Money(40), line), Reserve("e1", "b::1", Money(40), line), Reserve("e2", "a::1", Money(20), line));
        Write(Settling("e1", 1, new BudgetSettlement("a::1", Money(5), IsFinal: false)));

        Write(End("e1", 2));

        await AssertMoney(ThisMonth, 5, 20);
        Assert.Equal(WriteOutcome.Terminal, Write(Reserve("e1", "c::1", Money(1), line)));
        await AssertMoney(ThisMonth, 5, 20);
    }

    [Fact]
    public async Task What_the_last_commit_settles_is_charged_and_not_given_back()
    {
        CreateOwned("e1");
        Write(Reserve("e1", "a::1", Money(40), Line(ThisMonth, money: 100)));

        Write(new AdvanceExecution(Sample.Tenant, "e1", Store.Ownership.Epoch, 1) { WorkflowId = "w1", Status = ExecutionStatus.Failed, Settlements = [new BudgetSettlement("a::1", Money(33))] });

        await AssertMoney(ThisMonth, 33, 0);
    }

    [Fact]
    public async Task A_deleted_execution_takes_its_own_account_with_it_and_leaves_the_others()
    {
        CreateOwned("e1");
        CreateOwned("e2");
        foreach (var id in new[] { "e1", "e2" })
            Write(Reserve(id, "a::1", Money(10), Line(BudgetAccount.OfExecution(id), money: 50), Line(ThisMonth, money: 100)), Settling(id, 1, new BudgetSettlement("a::1", Money(9))));
        Write(End("e1", 2));

        Write(new DeleteExecutions(Sample.Tenant, ["e1"]), new PurgeDeleted(1_000));

        await AssertMoney(BudgetAccount.OfExecution("e1"), 0, 0);
        await AssertMoney(BudgetAccount.OfExecution("e2"), 9, 0);
        await AssertMoney(ThisMonth, 18, 0);
        Assert.Equal(WriteOutcome.NotFound, Write(Reserve("e1", "a::1", Money(1), Line(ThisMonth, money: 100))));
    }

    [Fact]
    public async Task An_account_for_which_nothing_is_reserved_any_more_goes_with_its_execution_after_a_new_opening()
    {
        CreateOwned("e1");
        Write(Reserve("e1", "a::1", Money(10), Line(BudgetAccount.OfExecution("e1"))));
        // What is still reserved at the end is forgotten; the account is not.
        Write(End("e1", 1));
        Assert.Single(await Store.ListBudgetsAsync(Sample.Tenant, null, new Page()));

        await ReopenAsync();
        Write(new DeleteExecutions(Sample.Tenant, ["e1"]), new PurgeDeleted(1_000));

        Assert.Empty(await Store.ListBudgetsAsync(Sample.Tenant, null, new Page()));
    }

    [Fact]
    public async Task Only_its_owner_reserves_for_an_execution()
    {
        CreateOwned("e1");
        CreatePending("e2");
        var reservation = new BudgetReservation("e1", "a::1", Money(1), [Line(ThisMonth)]);

        Assert.Equal(WriteOutcome.Fenced, Write(new ReserveBudget(Sample.Tenant, reservation, Store.Ownership.Epoch - 1)));
        Assert.Equal(WriteOutcome.Fenced, Write(Reserve("e2", "a::1", Money(1), Line(ThisMonth))));
        Assert.Equal(WriteOutcome.NotFound, Write(Reserve("unknown", "a::1", Money(1), Line(ThisMonth))));
        Assert.Equal(WriteOutcome.NotFound, Write(new ReserveBudget(Sample.OtherTenant, reservation, Store.Ownership.Epoch)));
        await AssertMoney(ThisMonth, 0, 0);
    }

    [Fact]
    public async Task Tenants_have_accounts_of_their_own()
    {
        ReserveBudget[] both = [.. new[] { Sample.Tenant, Sample.OtherTenant }.Select(tenant =>
            new ReserveBudget(tenant, new BudgetReservation("alone", "a", Money(60), [Line(ThisMonth, money: 100)]) { ExpiresAt = Sample.Now }))];

        Assert.Equal([WriteOutcome.Done, WriteOutcome.Done], Write([.. both]));
        Assert.Equal([WriteOutcome.Done], Write([new SettleBudget(Sample.OtherTenant, "alone", new BudgetSettlement("a", Money(50)))]));

        await AssertMoney(ThisMonth, 0, 60);
        await AssertMoney(ThisMonth, 50, 0, Sample.OtherTenant);
        Assert.Equal([ThisMonth], (await Store.ListBudgetsAsync(Sample.OtherTenant, null, new Page())).Select(use => use.Account));
    }

    [Fact]
    public async Task A_new_period_begins_at_nothing_and_a_call_is_charged_to_the_one_that_it_began_in()
    {
        CreateOwned("e1");
        var evening = new DateTimeOffset(2026, 11, 30, 23, 59, 59, TimeSpan.Zero);
        var today = BudgetAccount.OfTenant(BudgetPeriod.Day, evening);
        var tomorrow = BudgetAccount.OfTenant(BudgetPeriod.Day, evening.AddSeconds(1));
        Assert.Equal(("2026-11-30", "2026-12-01"), (today.Period, tomorrow.Period));
        Assert.Equal(evening.AddSeconds(1), today.EndsAt);

        Write(Reserve("e1", "a::1", Money(100), Line(today, money: 100)));
        Assert.Equal([WriteOutcome.OverBudget, WriteOutcome.Done], Write(Reserve("e1", "b::1", Money(1), Line(today, money: 100)), Reserve("e1", "b::1", Money(100), Line(tomorrow, money: 100))));
        Write(Settling("e1", 1, new BudgetSettlement("a::1", Money(70))));

        await AssertMoney(today, 70, 0);
        await AssertMoney(tomorrow, 0, 100);
    }

    [Fact]
    public async Task What_belongs_to_no_execution_is_settled_by_itself_or_given_back_in_time()
    {
        var line = Line(ThisMonth, money: 100);
        Write(ReserveUntil(Sample.Now, "a", Money(10), line), ReserveUntil(Sample.Now, "b", Money(20), line), ReserveUntil(Sample.Now.AddHours(1), "c", Money(40), line));
        var settle = new SettleBudget(Sample.Tenant, "alone", new BudgetSettlement("a", Money(7)));

        Assert.Equal([WriteOutcome.Done], Write([settle]));
        Assert.Equal([WriteOutcome.Duplicate], Write([new SettleBudget(Sample.Tenant, "alone", new BudgetSettlement("a", Money(7)))]));
        Assert.Equal([WriteOutcome.Duplicate], Write([ReserveUntil(Sample.Now, "a", Money(10), line)]));
        Assert.Equal([WriteOutcome.NotFound], Write([new SettleBudget(Sample.Tenant, "alone", new BudgetSettlement("unknown", Money(7)))]));
        await AssertMoney(ThisMonth, 7, 60);

        PruneBudgets[] prunes = [new(Sample.Now, Sample.Now.AddYears(-1), 1), new(Sample.Now, Sample.Now.AddYears(-1), 8), new(Sample.Now, Sample.Now.AddYears(-1), 8)];
        Write(prunes);
        Assert.Equal([1, 1, 0], prunes.Select(prune => ResultOf<CommitResult.Pruned>(prune).Count));
        await AssertMoney(ThisMonth, 7, 40);
    }

    [Fact]
    public async Task Accounts_of_periods_that_ended_long_ago_go_once_nothing_is_reserved_there()
    {
        var day = BudgetAccount.OfTenant(BudgetPeriod.Day, Sample.Now);
        var other = BudgetAccount.OfKey("k1", BudgetPeriod.Day, Sample.Now);
        Write(ReserveUntil(Sample.Now.AddDays(9), "a", Money(10), Line(day), Line(OfWorkflow)), ReserveUntil(Sample.Now.AddDays(9), "b", Money(20), Line(other)));
        Write(new SettleBudget(Sample.Tenant, "alone", new BudgetSettlement("a", Money(7))));

        Write(new PruneBudgets(Sample.Now, day.EndsAt!.Value.AddTicks(-1), 10));
        Assert.Equal([other, day, OfWorkflow], (await Store.ListBudgetsAsync(Sample.Tenant, null, new Page())).Select(use => use.Account));
        Write(new PruneBudgets(Sample.Now, day.EndsAt!.Value, 10));
        Assert.Equal([other, OfWorkflow], (await Store.ListBudgetsAsync(Sample.Tenant, null, new Page())).Select(use => use.Account));
    }

    [Fact]
    public async Task Accounts_are_listed_by_scope_and_period_in_pages()
    {
        BudgetAccount[] accounts = [new("key:ä|b"), new("tenant"), new("tenant", "2026-11"), new("tenant", "2026-12"), new("workflow:w1", "2026-11")];
        Write(ReserveUntil(Sample.Now, "a", Money(3), [.. accounts.Reverse().Select(account => Line(account))]));

        List<BudgetAccount> seen = [];
        for (var page = new Page(2); await Store.ListBudgetsAsync(Sample.Tenant, null, page) is { Count: > 0 } uses; page = page with { After = uses[^1].Account.ToString() })
            seen.AddRange(uses.Select(use => use.Account));

        Assert.Equal(accounts, seen);
        Assert.All(await Store.ListBudgetsAsync(Sample.Tenant, null, new Page()), use => Assert.Equal(3, use.Balance.Reserved.Money));
        Assert.Equal(accounts[1..4], (await Store.ListBudgetsAsync(Sample.Tenant, "tenant", new Page())).Select(use => use.Account));
        Assert.Equal([accounts[2]], (await Store.ListBudgetsAsync(Sample.Tenant, "tenant", new Page(1, Offset: 1))).Select(use => use.Account));
    }

    [Fact]
    public async Task Sums_stop_before_they_overflow()
    {
        CreateOwned("e1");
        const int Calls = 4_100;
        Write([.. Enumerable.Range(0, Calls).Select(number => Reserve("e1", $"a:{number}:1", default, Line(OfWorkflow)))]);

        var spent = new BudgetAmounts(BudgetAmounts.Max, 1, 1);
        Write(Settling("e1", 1, [.. Enumerable.Range(0, Calls).Select(number => new BudgetSettlement($"a:{number}:1", spent))]));

        var expected = new BudgetBalance(new BudgetTotals(BudgetTotals.Max, Calls, Calls), default);
        Assert.Equal(expected, await Store.ReadBudgetAsync(Sample.Tenant, OfWorkflow));
        Assert.Equal(WriteOutcome.OverBudget, Write(Reserve("e1", "b::1", default, Line(OfWorkflow))));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BudgetAmounts(BudgetAmounts.Max + 1, 0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BudgetAmounts(0, -1, 0));
    }

    [Fact]
    public async Task Whatever_is_reserved_and_settled_the_accounts_stand_as_a_simple_model_says()
    {
        for (var seed = 0; seed < 12; seed++)
        {
            var walk = new BudgetWalk(seed, $"s{seed}", Store.Ownership.Epoch);
            foreach (var id in walk.Executions)
                CreateOwned(id);
            for (var step = 0; step < 120; step++)
            {
                var batch = walk.Next();
                Assert.Equal(walk.Expected, Write([.. batch]));
            }
            foreach (var (account, balance) in walk.Accounts())
                Assert.Equal(balance, await Store.ReadBudgetAsync(Sample.Tenant, account));
        }
    }
}
