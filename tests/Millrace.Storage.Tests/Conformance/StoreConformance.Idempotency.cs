using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Storage.Tests.Conformance;

public abstract partial class StoreConformance
{
    private static readonly IdempotencyKey Key = new("execute", "k1");

    [Fact]
    public async Task A_key_makes_one_thing_however_often_it_is_used()
    {
        var first = new CreateExecution(Sample.Execution("e1"), null) { Idempotency = Key };
        var second = new CreateExecution(Sample.Execution("e2"), null) { Idempotency = Key };

        Assert.Equal([WriteOutcome.Done, WriteOutcome.Duplicate], Write(first, second));
        await ReopenAsync();
        var third = new CreateExecution(Sample.Execution("e3"), null) { Idempotency = Key };
        Assert.Equal(WriteOutcome.Duplicate, Write(third));

        Assert.All([first, second, third], write => Assert.Equal("e1", ResourceIdOf(write)));
        Assert.Equal("e1", Assert.Single((await Store.ListExecutionsAsync(Sample.Tenant, new ExecutionFilter(), new Page())).Executions).Id);
    }

    [Fact]
    public void A_key_counts_per_tenant_and_scope()
    {
        Assert.Equal(
            [WriteOutcome.Done, WriteOutcome.Done, WriteOutcome.Done],
            Write(
                new CreateExecution(Sample.Execution("e1"), null) { Idempotency = Key },
                new CreateExecution(Sample.Execution("e2"), null) { Idempotency = Key with { Scope = "fork" } },
                new CreateExecution(Sample.Execution("e3") with { Tenant = Sample.OtherTenant }, null) { Idempotency = Key }));
    }

    [Fact]
    public void A_refused_write_leaves_its_key_free()
    {
        CreateOwned("e1");

        Assert.Equal(WriteOutcome.Conflict, Write(new CreateExecution(Sample.Execution("e1"), null) { Idempotency = Key }));
        Assert.Equal(WriteOutcome.Done, Write(new CreateExecution(Sample.Execution("e2"), null) { Idempotency = Key }));
    }

    [Fact]
    public async Task Every_kind_of_write_takes_a_key_and_names_what_it_made()
    {
        CreateOwned("e1");
        Write(new SaveWorkflow(Sample.Workflow("w2")), new SaveWorkflow(Sample.Workflow("w3")));

        foreach (var make in Kinds())
        {
            var first = make();
            var second = make();
            Assert.Equal([WriteOutcome.Done, WriteOutcome.Duplicate], Write(first, second));
            Assert.NotNull(ResourceIdOf(first));
            Assert.Equal(ResourceIdOf(first), ResourceIdOf(second));
        }
        Assert.Single(await Store.ReadInboxAsync(Sample.Tenant, "e1"));
        Assert.Equal(1, (await Store.ReadWorkflowAsync(Sample.Tenant, "w1"))!.Version);
        await AssertJournalAsync("e1", 1, 2);

        IEnumerable<Func<Mutation>> Kinds() =>
        [
            () => new CreateExecution(Sample.Execution("e2"), null) { Idempotency = Key with { Scope = "create" } },
            () => new AppendInbox(Sample.Tenant, "e1", "signal", Sample.Json("{}"), Sample.Now) { Idempotency = Key with { Scope = "signal" } },
            () => new SaveWorkflow(Sample.Workflow("w1")) { Idempotency = Key with { Scope = "save" } },
            () => new ActivateWorkflow(Sample.Tenant, "w2", false, Sample.Now) { Idempotency = Key with { Scope = "activate" } },
            () => new DeleteWorkflow(Sample.Tenant, "w3", Sample.Now) { Idempotency = Key with { Scope = "delete" } },
            () => new AdvanceExecution(Sample.Tenant, "e1", Store.Ownership.Epoch, 1)
            {
                WorkflowId = "w1",
                Entry = Sample.Entry(2, 2),
                Status = Core.Executions.ExecutionStatus.Running,
                NewOwner = Store.Ownership.Epoch,
                Idempotency = Key with { Scope = "advance" },
            },
        ];
    }
}
