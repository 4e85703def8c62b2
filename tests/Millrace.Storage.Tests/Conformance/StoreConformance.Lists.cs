using System.Collections.Immutable;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Storage.Tests.Conformance;

public abstract partial class StoreConformance
{
    [Fact]
    public async Task Executions_are_listed_newest_first_in_pages()
    {
        for (var number = 10; number < 25; number++)
            CreatePending($"e{number}");

        var pages = new List<string[]>();
        string? after = null;
        do
        {
            var page = await ListAsync(new ExecutionFilter(), new Page(Limit: 6, After: after));
            pages.Add(page);
            after = page.LastOrDefault();
        }
        while (pages[^1].Length == 6);

        Assert.Equal([.. Enumerable.Range(10, 15).Reverse().Select(number => $"e{number}")], pages.SelectMany(page => page).ToArray());
        Assert.Equal(["e12", "e11"], await ListAsync(new ExecutionFilter(), new Page(Limit: 2, Offset: 12)));
        Assert.Single(await ListAsync(new ExecutionFilter(), new Page(Limit: 0)));
    }

    [Fact]
    public async Task Executions_are_filtered_by_workflow_status_time_and_correlation()
    {
        Write(
            Create("e1", execution => execution with { WorkflowId = "w2" }),
            Create("e2", execution => execution with { Status = ExecutionStatus.Failed }),
            Create("e3", execution => execution with { Status = ExecutionStatus.Completed }),
            Create("e4", execution => execution with { CreatedAt = Sample.Now.AddHours(1), CorrelationId = "c1" }),
            Create("e5", execution => execution with { CreatedAt = Sample.Now.AddHours(2), CorrelationId = "c1", WorkflowId = "w2" }));

        Assert.Equal(["e5", "e1"], await ListAsync(new ExecutionFilter(WorkflowId: "w2")));
        Assert.Equal(["e2"], await ListAsync(new ExecutionFilter(Statuses: [ExecutionStatus.Failed])));
        Assert.Equal(["e3"], await ListAsync(new ExecutionFilter(Statuses: [ExecutionStatus.Completed])));
        Assert.Equal(["e3", "e2"], await ListAsync(new ExecutionFilter(Statuses: [ExecutionStatus.Failed, ExecutionStatus.Completed])));
        Assert.Equal(["e5", "e4", "e2", "e1"], await ListAsync(new ExecutionFilter(Statuses: [ExecutionStatus.Failed, ExecutionStatus.Pending])));
        Assert.Equal(["e5", "e4", "e3", "e2", "e1"], await ListAsync(new ExecutionFilter(Statuses: ImmutableArray<ExecutionStatus>.Empty)));
        Assert.Equal(["e4"], await ListAsync(new ExecutionFilter(From: Sample.Now.AddHours(1), To: Sample.Now.AddHours(2))));
        Assert.Equal(["e5", "e4"], await ListAsync(new ExecutionFilter(CorrelationId: "c1")));
        Assert.Equal(["e5"], await ListAsync(new ExecutionFilter(CorrelationId: "c1", WorkflowId: "w2", Statuses: [ExecutionStatus.Pending])));
        Assert.Equal(["e4"], await ListAsync(new ExecutionFilter(CorrelationId: "c1"), new Page(After: "e5")));
    }

    [Fact]
    public async Task Text_is_found_as_it_stands_wherever_it_stands()
    {
        Write(
            Create("e1", execution => execution with { CorrelationId = "100%_done" }),
            Create("e2", execution => execution with { CorrelationId = "100 percent done" }),
            Create("e3", execution => execution with { CurrentStep = "Send\\Mail" }),
            Create("e4", execution => execution with { Status = ExecutionStatus.Failed, Error = Sample.Json("""{"type":"http","message":"said \"no\""}""") }));

        Assert.Equal(["e2", "e1"], await ListAsync(new ExecutionFilter(Text: "100")));
        Assert.Equal(["e1"], await ListAsync(new ExecutionFilter(Text: "100%")));
        Assert.Equal(["e1"], await ListAsync(new ExecutionFilter(Text: "%_d")));
        Assert.Equal(["e3"], await ListAsync(new ExecutionFilter(Text: "send\\mail")));
        Assert.Equal(["e4"], await ListAsync(new ExecutionFilter(Text: "said \"no\"")));
        Assert.Equal(["e2"], await ListAsync(new ExecutionFilter(Text: "E2")));
        Assert.Empty(await ListAsync(new ExecutionFilter(Text: "' or 1=1 --")));
    }

    [Fact]
    public async Task Workflows_are_filtered_and_paged()
    {
        Write(
            new SaveWorkflow(Sample.Workflow("w1") with { Tags = ["red", "blue"], Owner = "ann" }),
            new SaveWorkflow(Sample.Workflow("w2") with { Tags = ["red"], IsActive = false, Description = "Invoices_2" }),
            new SaveWorkflow(Sample.Workflow("w3") with { Name = "Mail", Owner = "ann" }));

        Assert.Equal(["w3", "w2", "w1"], await ListAsync(new WorkflowFilter()));
        Assert.Equal(["w2", "w1"], await ListAsync(new WorkflowFilter(Tags: ["red"])));
        Assert.Equal(["w1"], await ListAsync(new WorkflowFilter(Tags: ["red", "blue"])));
        Assert.Empty(await ListAsync(new WorkflowFilter(Tags: ["re"])));
        Assert.Equal(["w3", "w1"], await ListAsync(new WorkflowFilter(ActiveOnly: true)));
        Assert.Equal(["w3", "w1"], await ListAsync(new WorkflowFilter(Owner: "ann")));
        Assert.Equal(["w2"], await ListAsync(new WorkflowFilter(Text: "invoices_")));
        Assert.Equal(["w3"], await ListAsync(new WorkflowFilter(Text: "MAIL")));
        Assert.Empty(await ListAsync(new WorkflowFilter(Text: "_2_")));
        Assert.Equal(["w2"], await ListAsync(new WorkflowFilter(), new Page(Limit: 1, After: "w3")));
        Assert.Equal(["w1"], await ListAsync(new WorkflowFilter(), new Page(Offset: 2)));
    }

    [Fact]
    public async Task Another_tenant_sees_and_changes_nothing()
    {
        Write(new SaveWorkflow(Sample.Workflow("w1")));
        CreateOwned("e1");
        Write(Signal("e1"));

        Assert.Null(await Store.ReadWorkflowAsync(Sample.OtherTenant, "w1"));
        Assert.Null(await Store.ReadVersionAsync(Sample.OtherTenant, "w1", 1));
        Assert.Empty(await Store.ListVersionsAsync(Sample.OtherTenant, "w1", new Page()));
        Assert.Empty(await Store.ListWorkflowsAsync(Sample.OtherTenant, new WorkflowFilter(), new Page()));
        Assert.Null(await Store.ReadExecutionAsync(Sample.OtherTenant, "e1"));
        Assert.Empty(await Store.ListExecutionsAsync(Sample.OtherTenant, new ExecutionFilter(), new Page()));
        Assert.Empty(await Store.ReadJournalAsync(Sample.OtherTenant, "e1", 0, 10));
        Assert.Empty(await Store.ReadInboxAsync(Sample.OtherTenant, "e1"));
        Assert.Equal(
            [WriteOutcome.Fenced, WriteOutcome.NotFound, WriteOutcome.NotFound, WriteOutcome.NotFound],
            Write(
                new AdvanceExecution(Sample.OtherTenant, "e1", Store.Ownership.Epoch, 1) { WorkflowId = "w1", Entry = Sample.Entry(2, 2), Status = ExecutionStatus.Failed },
                new AppendInbox(Sample.OtherTenant, "e1", "cancel", Sample.Json("{}"), Sample.Now),
                new ActivateWorkflow(Sample.OtherTenant, "w1", false, Sample.Now),
                new DeleteWorkflow(Sample.OtherTenant, "w1", Sample.Now)));
        Assert.True((await Store.ReadWorkflowAsync(Sample.Tenant, "w1"))!.IsActive);
        Assert.Equal(ExecutionStatus.Running, (await ReadAsync("e1")).Status);
    }

    [Fact]
    public async Task Two_tenants_may_use_the_same_workflow_id()
    {
        Write(new SaveWorkflow(Sample.Workflow("w1")), new SaveWorkflow(Sample.Workflow("w1") with { Tenant = Sample.OtherTenant, Name = "Theirs" }));
        CreateOwned("e1");

        var theirs = (await Store.ReadWorkflowAsync(Sample.OtherTenant, "w1"))!;
        Assert.Equal(("Theirs", 1, default), (theirs.Name, theirs.Version, theirs.Stats));
    }

    private static CreateExecution Create(string id, Func<ExecutionRecord, ExecutionRecord> change) => new(change(Sample.Execution(id)), null);

    private async Task<string[]> ListAsync(ExecutionFilter filter, Page? page = null) =>
        Ids(await Store.ListExecutionsAsync(Sample.Tenant, filter, page ?? new Page()));

    private async Task<string[]> ListAsync(WorkflowFilter filter, Page? page = null) =>
        [.. (await Store.ListWorkflowsAsync(Sample.Tenant, filter, page ?? new Page())).Select(workflow => workflow.Id)];
}
