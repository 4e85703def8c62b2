using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Storage.Tests.Conformance;

public abstract partial class StoreConformance
{
    [Fact]
    public async Task The_feed_has_all_executions_entries_in_the_order_of_their_commits()
    {
        Assert.Equal(0, await Store.ReadFeedEndAsync());
        CreateOwned("e2");
        CreateOwned("e1");
        Assert.Equal(WriteOutcome.Done, Write(new AdvanceExecution(Sample.Tenant, "e2", Store.Ownership.Epoch, 1) { WorkflowId = "w1", Entry = Sample.Entry(2, 3), NewOwner = Store.Ownership.Epoch }));

        var feed = await Store.ReadFeedAsync(Sample.Tenant, null, 0, 10);

        Assert.Equal([("e2", 1), ("e1", 1), ("e2", 2)], feed.Select(entry => (entry.ExecutionId, entry.Entry.FirstSeq)));
        Assert.Equal(feed.Select(entry => entry.Position).Order(), feed.Select(entry => entry.Position));
        Assert.Equal(feed[^1].Position, await Store.ReadFeedEndAsync());
        Assert.All(feed, entry => Assert.Equal("w1", entry.WorkflowId));
        Assert.Equal(Sample.Entry(2, 3).Events.ToString(), feed[^1].Entry.Events.ToString());
    }

    [Fact]
    public async Task The_feed_goes_on_after_a_position_and_by_pages()
    {
        foreach (var id in (string[])["e1", "e2", "e3", "e4"])
            CreateOwned(id);
        var first = await Store.ReadFeedAsync(Sample.Tenant, null, 0, 2);
        Assert.Equal(["e1", "e2"], first.Select(entry => entry.ExecutionId));
        var rest = await Store.ReadFeedAsync(Sample.Tenant, null, first[^1].Position, 10);
        Assert.Equal(["e3", "e4"], rest.Select(entry => entry.ExecutionId));
        Assert.Empty(await Store.ReadFeedAsync(Sample.Tenant, null, rest[^1].Position, 10));
    }

    [Fact]
    public async Task The_feed_is_one_tenants_and_where_asked_one_workflows()
    {
        CreateOwned("e1");
        Assert.Equal(WriteOutcome.Done, Write(new CreateExecution(Owned("e2") with { WorkflowId = "w2" }, Sample.Entry(1, 1))));
        Assert.Equal(WriteOutcome.Done, Write(new CreateExecution(Owned("e3") with { Tenant = Sample.OtherTenant }, Sample.Entry(1, 1))));

        Assert.Equal(["e1", "e2"], (await Store.ReadFeedAsync(Sample.Tenant, null, 0, 10)).Select(entry => entry.ExecutionId));
        Assert.Equal(["e2"], (await Store.ReadFeedAsync(Sample.Tenant, "w2", 0, 10)).Select(entry => entry.ExecutionId));
        Assert.Equal(["e3"], (await Store.ReadFeedAsync(Sample.OtherTenant, null, 0, 10)).Select(entry => entry.ExecutionId));
    }
}
