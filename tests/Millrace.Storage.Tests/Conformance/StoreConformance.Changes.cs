using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Storage.Tests.Conformance;

// Hints about what was committed. They may be lost, but a store does not lose them for no reason.
public abstract partial class StoreConformance
{
    [Fact]
    public void A_commit_hints_at_what_it_changed()
    {
        var seen = Listen(Enum.GetValues<ChangeKind>());

        Write(new SaveWorkflow(Sample.Workflow("w1")));
        Write(new PutSecret(new StoredSecret(Sample.Tenant, "s1", "k", "x", Sample.Now, null)));
        Write(new PutWorkerTypes(Sample.Tenant, []));
        CreateOwned("e1");
        Write(Signal("e1"));
        Write(End("e1", 1));

        Assert.Equal(
            [
                new Change(ChangeKind.Workflow, Sample.Tenant, "w1"), new Change(ChangeKind.Secret, Sample.Tenant, "s1"), new Change(ChangeKind.WorkerTypes, Sample.Tenant, ""),
                new Change(ChangeKind.Journaled, Sample.Tenant, "e1"), new Change(ChangeKind.ExecutionWoken, Sample.Tenant, "e1"),
                new Change(ChangeKind.Journaled, Sample.Tenant, "e1"), new Change(ChangeKind.ExecutionEnded, Sample.Tenant, "e1"),
            ],
            seen);
    }

    [Fact]
    public async Task Whoever_is_hinted_at_a_change_reads_it()
    {
        CreateOwned("e1");
        ExecutionStatus? read = null;
        using var listening = Store.Changes.Listen(ChangeKind.ExecutionEnded, change => read = Store.ReadExecutionAsync(change.Tenant, change.Id).AsTask().Result!.Status);

        Write(End("e1", 1));

        Assert.Equal(ExecutionStatus.Completed, read);
        Assert.Equal(ExecutionStatus.Completed, (await ReadAsync("e1")).Status);
    }

    [Fact]
    public void What_is_refused_hints_at_nothing_and_who_has_left_hears_nothing()
    {
        List<Change> left = [];
        Store.Changes.Listen(ChangeKind.Workflow, left.Add).Dispose();
        var seen = Listen(ChangeKind.Workflow, ChangeKind.ExecutionWoken);

        Write(new DeleteWorkflow(Sample.Tenant, "none", Sample.Now));
        Write(Signal("none"));
        Assert.Empty(seen);

        Write(new SaveWorkflow(Sample.Workflow("w1")));
        Assert.Single(seen);
        Assert.Empty(left);
    }

    private List<Change> Listen(params ChangeKind[] kinds)
    {
        List<Change> seen = [];
        foreach (var kind in kinds)
            Store.Changes.Listen(kind, seen.Add);
        return seen;
    }
}
