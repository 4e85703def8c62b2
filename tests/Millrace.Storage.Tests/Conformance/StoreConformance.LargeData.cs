using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Storage.Tests.Conformance;

public abstract partial class StoreConformance
{
    [Fact]
    public async Task Blobs_are_referred_to_by_whatever_was_written_with_them()
    {
        Write(new CreateExecution(Owned("e1"), Sample.Entry(1, 1)) { Blobs = ["a"] });
        Write(WithBlobs(1, "b", "a"));
        Write(new AppendInbox(Sample.Tenant, "e1", "signal", Sample.Json("{}"), Sample.Now) { Blobs = ["c"] });

        Assert.Equal(["d"], await Store.ListUnreferredAsync(["a", "b", "c", "d"]));
        Assert.Empty(await Store.ListUnreferredAsync([]));
        Assert.True(await Store.RefersToBlobAsync(Sample.Tenant, "c"));
    }

    [Fact]
    public async Task A_refused_write_refers_to_nothing()
    {
        CreateOwned("e1");
        Write(WithBlobs(7, "a"));
        Write(new CreateExecution(Owned("e1"), Sample.Entry(1, 1)) { Blobs = ["b"] });
        Write(new AppendInbox(Sample.Tenant, "nobody", "signal", Sample.Json("{}"), Sample.Now) { Blobs = ["c"] });

        Assert.Equal(["a", "b", "c"], await Store.ListUnreferredAsync(["a", "b", "c"]));
    }

    [Fact]
    public async Task Another_tenant_refers_to_no_blob_of_this_one()
    {
        Write(new CreateExecution(Owned("e1"), Sample.Entry(1, 1)) { Blobs = ["a"] });

        Assert.False(await Store.RefersToBlobAsync(Sample.OtherTenant, "a"));
        Assert.Empty(await Store.ListUnreferredAsync(["a"]));
    }

    [Fact]
    public async Task References_outlive_the_process()
    {
        Write(new CreateExecution(Owned("e1"), Sample.Entry(1, 1)) { Blobs = ["a"] });

        await using var after = OpenAfterCrash();

        Assert.True(await after.RefersToBlobAsync(Sample.Tenant, "a"));
    }

    [Fact]
    public async Task An_execution_has_its_last_snapshot()
    {
        Assert.Null(await Store.ReadSnapshotAsync(Sample.Tenant, "e1"));
        Write(new CreateExecution(Owned("e1"), Sample.Entry(1, 1)) { Snapshot = new ExecutionSnapshot(1, Sample.Json("""{"at":1}""")) });
        Assert.Equal((1, """{"at":1}"""), await SnapshotAsync(Sample.Tenant));

        Write(Snapshotted(1, """{"at":"ü"}"""));
        Write(Step("e1", 2));

        Assert.Equal((2, """{"at":"ü"}"""), await SnapshotAsync(Sample.Tenant));
        Assert.Null(await SnapshotAsync(Sample.OtherTenant));
        await ReopenAsync();
        Assert.Equal((2, """{"at":"ü"}"""), await SnapshotAsync(Sample.Tenant));
    }

    [Fact]
    public async Task A_refused_commit_leaves_the_snapshot()
    {
        Write(new CreateExecution(Owned("e1"), Sample.Entry(1, 1)) { Snapshot = new ExecutionSnapshot(1, Sample.Json("1")) });

        Assert.Equal(WriteOutcome.Fenced, Write(Snapshotted(5, "2")));

        Assert.Equal((1, "1"), await SnapshotAsync(Sample.Tenant));
    }

    private AdvanceExecution WithBlobs(long expectedSeq, params string[] blobs) =>
        new(Sample.Tenant, "e1", Store.Ownership.Epoch, expectedSeq)
        {
            WorkflowId = "w1",
            Entry = Sample.Entry(expectedSeq + 1, expectedSeq + 1),
            Status = ExecutionStatus.Running,
            NewOwner = Store.Ownership.Epoch,
            Blobs = [.. blobs],
        };

    private AdvanceExecution Snapshotted(long expectedSeq, string state) =>
        new(Sample.Tenant, "e1", Store.Ownership.Epoch, expectedSeq)
        {
            WorkflowId = "w1",
            Entry = Sample.Entry(expectedSeq + 1, expectedSeq + 1),
            Status = ExecutionStatus.Running,
            NewOwner = Store.Ownership.Epoch,
            Snapshot = new ExecutionSnapshot(expectedSeq + 1, Sample.Json(state)),
        };

    private async Task<(long Seq, string State)?> SnapshotAsync(string tenant) =>
        await Store.ReadSnapshotAsync(tenant, "e1") is { } snapshot ? (snapshot.Seq, snapshot.State.ToString()) : null;
}
