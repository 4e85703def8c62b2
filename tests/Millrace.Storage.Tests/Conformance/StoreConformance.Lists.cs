using System.Collections.Immutable;
using Millrace.Core.Executions;
using Millrace.Engine.Runtime;
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
            (var page, after) = await Store.ListExecutionsAsync(Sample.Tenant, new ExecutionFilter(), new Page(Limit: 5, After: after));
            pages.Add(Ids(page));
        }
        while (after is not null);

        // That nothing follows the last one is known with it.
        Assert.Equal([5, 5, 5], pages.Select(page => page.Length));
        Assert.Equal([.. Enumerable.Range(10, 15).Reverse().Select(number => $"e{number}")], pages.SelectMany(page => page).ToArray());
        Assert.Equal(["e12", "e11"], await ListAsync(new ExecutionFilter(), new Page(Limit: 2, Offset: 12)));
        Assert.Single(await ListAsync(new ExecutionFilter(), new Page(Limit: 0)));
    }

    [Fact]
    public async Task Executions_are_filtered_by_workflow_status_and_correlation()
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
        Assert.Equal(["e5", "e4"], await ListAsync(new ExecutionFilter(CorrelationId: "c1")));
        Assert.Equal(["e5"], await ListAsync(new ExecutionFilter(CorrelationId: "c1", WorkflowId: "w2", Statuses: [ExecutionStatus.Pending])));
        Assert.Equal(["e4"], await ListAsync(new ExecutionFilter(CorrelationId: "c1"), new Page(After: "e5")));
    }

    [Fact]
    public async Task Executions_of_a_time_are_found_by_when_they_were_created()
    {
        var (first, late, last) = (Sample.Now.AddHours(1), Sample.Now.AddHours(2).AddMilliseconds(-1), Sample.Now.AddHours(2));
        // The id may have been made a moment before.
        Write(
            Create(IdAt(Sample.Now), execution => execution),
            Create(IdAt(first.AddSeconds(-3)), execution => execution with { CreatedAt = first }),
            Create(IdAt(late), execution => execution with { CreatedAt = late }),
            Create(IdAt(last.AddSeconds(-3)), execution => execution with { CreatedAt = last }));

        var hour = new ExecutionFilter(From: first, To: last);
        Assert.Equal([IdAt(late), IdAt(first.AddSeconds(-3))], await ListAsync(hour));
        Assert.Equal([IdAt(first.AddSeconds(-3))], await ListAsync(hour, new Page(After: IdAt(late))));
        Assert.Empty(await ListAsync(hour, new Page(After: IdAt(first.AddSeconds(-3)))));
        Assert.Equal([IdAt(late)], await ListAsync(hour, new Page(Limit: 1)));
        Assert.Equal([IdAt(late)], await ListAsync(hour with { From = late, WorkflowId = "w1" }));
        Assert.Empty(await ListAsync(hour with { To = first }));
        Assert.Equal(4, (await ListAsync(new ExecutionFilter(From: DateTimeOffset.MinValue, To: DateTimeOffset.MaxValue))).Length);
        Assert.Equal([IdAt(last.AddSeconds(-3))], await ListAsync(new ExecutionFilter(From: last)));
        Assert.Equal([IdAt(Sample.Now)], await ListAsync(new ExecutionFilter(To: first)));
    }

    [Fact]
    public async Task A_list_has_all_of_an_execution_but_its_values()
    {
        Write(new CreateExecution(Sample.FullExecution("e1") with { Seq = 0 }, null));

        var (listed, next) = await Store.ListExecutionsAsync(Sample.Tenant, new ExecutionFilter(), new Page());

        Assert.Null(next);
        // Its type is that of a summary, however it is stored: nobody can come to rely on values that another store has not read.
        var summary = Assert.IsType<ExecutionSummary>(Assert.Single(listed));
        var whole = await ReadAsync("e1");
        Assert.Equal(whole with { Input = default, Request = default, Variables = default, Result = default, Error = default, Cost = default },
            new ExecutionRecord(summary) with { Error = default, Cost = default });
        Assert.Equal((whole.Error.ToString(), whole.Cost.ToString()), (summary.Error.ToString(), summary.Cost.ToString()));
    }

    [Fact]
    public async Task Executions_are_read_with_their_values_as_far_as_those_fit()
    {
        var large = Sample.Json($"\"{new string('x', 998)}\"");
        Write(
            Create("e1", execution => execution with { Input = large, Request = default }),
            Create("e2", execution => execution with { Variables = large, Request = default }),
            Create("e3", execution => execution with { Result = large, Request = default }));

        Assert.Equal(["e3", "e1", "e2"], Ids(await Store.ReadExecutionsAsync(Sample.Tenant, ["e3", "e1", "nobody", "e2"])));
        Assert.Equal(["e3", "e1"], Ids(await Store.ReadExecutionsAsync(Sample.Tenant, ["e3", "e1", "e2"], maxBytes: 2_000)));
        Assert.Equal(["e3"], Ids(await Store.ReadExecutionsAsync(Sample.Tenant, ["e3", "e1", "e2"], maxBytes: 1_999)));
        var first = Assert.Single(await Store.ReadExecutionsAsync(Sample.Tenant, ["nobody", "e2", "e1"], maxBytes: 1));
        Assert.Equal(("e2", large.ToString()), (first.Id, first.Variables.ToString()));
        Assert.Empty(await Store.ReadExecutionsAsync(Sample.Tenant, []));
    }

    [Fact]
    public async Task A_page_ends_before_its_errors_are_too_much_and_says_where_the_list_goes_on()
    {
        var error = Sample.Json($$"""{"message":"{{new string('x', ExecutionPage.MaxBytes / 2)}}"}""");
        for (var number = 1; number <= 5; number++)
            Write(Create($"e{number}", execution => execution with { Status = ExecutionStatus.Failed, Error = error }));

        var (first, next) = await Store.ListExecutionsAsync(Sample.Tenant, new ExecutionFilter(), new Page());
        var (second, end) = await Store.ListExecutionsAsync(Sample.Tenant, new ExecutionFilter(), new Page(After: next));

        Assert.Equal(["e5", "e4"], Ids(first));
        Assert.Equal("e4", next);
        Assert.Equal(["e3", "e2"], Ids(second));
        Assert.Equal("e2", end);
    }

    [Fact]
    public async Task A_search_looks_through_so_many_executions_at_a_time_and_finds_all_in_the_end()
    {
        const int Many = ExecutionPage.MaxSearched + 500;
        foreach (var numbers in Enumerable.Range(1, Many).Chunk(1_000))
            Write([.. numbers.Select(number => Create($"e{number:00000}", execution => number is 1 or 2 or Many ? execution with { CorrelationId = "here" } : execution))]);

        var filter = new ExecutionFilter(Text: "here");
        var (first, next) = await Store.ListExecutionsAsync(Sample.Tenant, filter, new Page());
        var (second, end) = await Store.ListExecutionsAsync(Sample.Tenant, filter, new Page(After: next));

        Assert.Equal(($"e{Many:00000}", "e00501"), (Assert.Single(first).Id, next));
        Assert.Equal(["e00002", "e00001"], Ids(second));
        Assert.Null(end);
        Assert.Equal("e00002", (await Store.ListExecutionsAsync(Sample.Tenant, filter, new Page(Limit: 1, After: next))).Next);
        // What a page leaves out is counted among what was found.
        Assert.Equal(["e00001"], await ListAsync(filter, new Page(After: next, Offset: 1)));
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
        Assert.Empty((await Store.ListExecutionsAsync(Sample.OtherTenant, new ExecutionFilter(), new Page())).Executions);
        Assert.Empty(await Store.ReadExecutionsAsync(Sample.OtherTenant, ["e1"]));
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

    private static string IdAt(DateTimeOffset time) => IdSource.FirstAt(time) + "0000000000000000";

    private static CreateExecution Create(string id, Func<ExecutionRecord, ExecutionRecord> change) => new(change(Sample.Execution(id)), null);

    private async Task<string[]> ListAsync(ExecutionFilter filter, Page? page = null) =>
        Ids((await Store.ListExecutionsAsync(Sample.Tenant, filter, page ?? new Page())).Executions);

    private async Task<string[]> ListAsync(WorkflowFilter filter, Page? page = null) =>
        [.. (await Store.ListWorkflowsAsync(Sample.Tenant, filter, page ?? new Page())).Select(workflow => workflow.Id)];
}
