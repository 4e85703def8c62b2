using System.Text;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Storage.Tests.Conformance;

public abstract partial class StoreConformance
{
    private static CachedValue CachedResult(string key, string value = "0") =>
        new("node:w1/a", key, new JsonText(Encoding.UTF8.GetBytes(value)), Sample.Now, Sample.Now.AddHours(1));

    private static TakeComputation Take(string execution, string holder, string key = "k", string tenant = Sample.Tenant) => new(tenant, "node:w1/a", key, execution, holder, Sample.Now);

    [Theory]
    [InlineData("0")]
    [InlineData("null")]
    [InlineData("\"\"")]
    public async Task A_cached_result_is_good_until_its_time_and_for_its_tenant(string value)
    {
        Write(new PutCached(Sample.Tenant, CachedResult("k", "1")), new PutCached(Sample.Tenant, CachedResult("k", value)));
        await ReopenAsync();

        Assert.Equal(value, (await Store.ReadCachedAsync(Sample.Tenant, "node:w1/a", "k", Sample.Now))!.Value.ToString());
        Assert.Null(await Store.ReadCachedAsync(Sample.Tenant, "node:w1/a", "k", Sample.Now.AddHours(1)));
        Assert.Null(await Store.ReadCachedAsync(Sample.Tenant, "node:w1/a", "other", Sample.Now));
        Assert.Null(await Store.ReadCachedAsync(Sample.Tenant, "name:a", "k", Sample.Now));
        Assert.Null(await Store.ReadCachedAsync(Sample.OtherTenant, "node:w1/a", "k", Sample.Now));
    }

    [Fact]
    public async Task One_execution_computes_at_a_time_until_the_result_is_there()
    {
        CreateOwned("e1");
        CreateOwned("e2");

        Assert.Equal([WriteOutcome.Done, WriteOutcome.Conflict, WriteOutcome.Done], Write(Take("e1", "e1:a:"), Take("e2", "e2:a:"), Take("e2", "e2:a:", "other")));
        await ReopenAsync();
        Assert.Equal(WriteOutcome.Done, Write(Take("e1", "e1:a:")));
        Assert.Equal(WriteOutcome.Conflict, Write(Take("e2", "e2:a:")));

        Write(new PutCached(Sample.Tenant, CachedResult("k", "7")));
        var take = Take("e2", "e2:a:");
        Assert.Equal(WriteOutcome.Done, Write(take));
        Assert.Equal("7", ResultOf<CommitResult.Found>(take).Value.Value.ToString());
    }

    [Fact]
    public void Who_gave_up_or_ended_computes_no_more()
    {
        CreateOwned("e1");
        CreateOwned("e2");
        Write(Take("e1", "e1:a:"));
        Assert.Equal(WriteOutcome.Conflict, Write(Take("e2", "e2:a:")));

        Assert.Equal(WriteOutcome.Done, Write(new AdvanceExecution(Sample.Tenant, "e1", Store.Ownership.Epoch, 1) { WorkflowId = "w1", Status = ExecutionStatus.Running, NewOwner = Store.Ownership.Epoch, GivenUp = ["e1:a:"] }));
        Assert.Equal(WriteOutcome.Done, Write(Take("e2", "e2:a:")));
        Assert.Equal(WriteOutcome.Conflict, Write(Take("e1", "e1:a:")));
        Assert.Equal(WriteOutcome.Done, Write(new AdvanceExecution(Sample.Tenant, "e2", Store.Ownership.Epoch, 1) { WorkflowId = "w1", Status = ExecutionStatus.Failed }));
        Assert.Equal(WriteOutcome.Terminal, Write(Take("e2", "e2:a:")));
        Assert.Equal(WriteOutcome.Done, Write(Take("e1", "e1:a:")));
        Assert.Equal(WriteOutcome.Terminal, Write(Take("e1", "e1:a:", tenant: Sample.OtherTenant)));
    }

    [Fact]
    public async Task Results_that_are_no_longer_good_are_removed_some_at_a_time()
    {
        Write(new PutCached(Sample.Tenant, CachedResult("a")), new PutCached(Sample.OtherTenant, CachedResult("b")), new PutCached(Sample.Tenant, CachedResult("c") with { ExpiresAt = Sample.Now.AddHours(3) }));

        PruneCache[] prunes = [new(Sample.Now.AddHours(2), 1), new(Sample.Now.AddHours(2), 2), new(Sample.Now.AddHours(2), 2)];
        Write(prunes);

        Assert.Equal([1, 1, 0], prunes.Select(prune => ResultOf<CommitResult.Pruned>(prune).Count));
        Assert.NotNull(await Store.ReadCachedAsync(Sample.Tenant, "node:w1/a", "c", Sample.Now));
    }
}
