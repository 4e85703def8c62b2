using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Tests;

namespace Millrace.Storage.Tests.Conformance;

public abstract partial class StoreConformance
{
    [Fact]
    public void A_tenant_with_much_pending_does_not_delay_another_by_more_than_a_batch()
    {
        CreateMany("acme", 1_000, Sample.Now.AddHours(-1));
        CreateMany("globex", 3, Sample.Now);

        var claim = new ClaimExecutions(Sample.Now, 10);
        Write(claim);

        Assert.Equal(3, ResultOf<CommitResult.Claimed>(claim).Executions.Count(execution => execution.Tenant == "globex"));
        Assert.Equal(10, ResultOf<CommitResult.Claimed>(claim).Executions.Count);
        Assert.True(ResultOf<CommitResult.Claimed>(claim).HasMore);
        Assert.Equal(Enumerable.Range(0, 7).Select(number => $"acme{number:0000}"), ResultOf<CommitResult.Claimed>(claim).Executions.Where(execution => execution.Tenant == "acme").Select(execution => execution.Id));
    }

    [Fact]
    public void Where_tenants_are_more_than_fit_each_has_its_turn_before_any_has_two()
    {
        for (var tenant = 0; tenant < 12; tenant++)
            CreateMany($"t{tenant:00}", 6, Sample.Now.AddMinutes(-tenant));

        var served = new List<string>();
        for (var round = 0; round < 6; round++)
        {
            var claim = new ClaimExecutions(Sample.Now, 4);
            Write(claim);
            served.AddRange(ResultOf<CommitResult.Claimed>(claim).Executions.Select(execution => execution.Tenant));
        }

        Assert.Equal(24, served.Count);
        Assert.All(served.GroupBy(tenant => tenant), turns => Assert.Equal(2, turns.Count()));
        Assert.Equal(12, served.Take(12).Distinct().Count());
    }

    [Fact]
    public void A_higher_priority_goes_before_turns()
    {
        CreateMany("acme", 20, Sample.Now, priority: 1);
        CreateMany("globex", 20, Sample.Now);

        var claim = new ClaimExecutions(Sample.Now, 20);
        Write(claim);

        Assert.All(ResultOf<CommitResult.Claimed>(claim).Executions, execution => Assert.Equal("acme", execution.Tenant));
    }

    [Fact]
    public void Tenants_whose_executions_only_sleep_do_not_hide_those_that_are_due()
    {
        for (var tenant = 0; tenant < 2_500; tenant++)
            CreateMany($"s{tenant:0000}", 1, Sample.Now.AddDays(1));
        CreateMany("z", 10, Sample.Now);

        var claimed = new List<string>();
        ClaimExecutions claim;
        do
        {
            claim = new ClaimExecutions(Sample.Now, 4);
            Write(claim);
            claimed.AddRange(Ids(ResultOf<CommitResult.Claimed>(claim).Executions));
        }
        while (ResultOf<CommitResult.Claimed>(claim).HasMore);

        Assert.Equal(10, claimed.Distinct().Count());
    }

    [Fact]
    public void A_claim_that_took_all_says_so()
    {
        CreateMany("acme", 3, Sample.Now);
        var claim = new ClaimExecutions(Sample.Now, 4);
        Write(claim);
        Assert.Equal(3, ResultOf<CommitResult.Claimed>(claim).Executions.Count);
        Assert.False(ResultOf<CommitResult.Claimed>(claim).HasMore);
    }

    private void CreateMany(string tenant, int count, DateTimeOffset wakeAt, int priority = 0) =>
        Store.Write([.. Enumerable.Range(0, count).Select(number => new CreateExecution(Sample.Execution($"{tenant}{number:0000}") with { Tenant = tenant, WakeAt = wakeAt, Priority = priority }, null))]);
}
