using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Storage.Tests.Conformance;

public abstract partial class StoreConformance
{
    private static WaitRecord Wait(string executionId, string suffix = "a", string tenant = Sample.Tenant) => new()
    {
        Tenant = tenant,
        Id = $"{executionId}-{suffix}",
        ExecutionId = executionId,
        WorkflowId = "w1",
        NodeId = "ask größe",
        Iteration = "0.1",
        Kind = "approval",
        Title = "Pay?",
        Message = "It is much.",
        Assignees = ["ann", "bob"],
        Form = Sample.Json("""{"type":"object"}"""),
        CreatedAt = Sample.Now,
        DueAt = Sample.Now.AddHours(1),
    };

    private static WaitAnswer Answer(string by = "ann") => new("approved", "fine", Sample.Json("""{"x":1}"""), by, Sample.Now.AddMinutes(1));

    private static AnswerWait AnswerTo(WaitRecord wait, string by = "ann", WaitRecord? early = null, IdempotencyKey? key = null) =>
        new(wait.Tenant, wait.Id, Answer(by), new AppendInbox(wait.Tenant, wait.ExecutionId, "answer", Sample.Json($$"""{"by":"{{by}}"}"""), Sample.Now)) { Early = early, Idempotency = key };

    private void Change(string id, long seq, params WaitChange[] changes) =>
        Assert.Equal(WriteOutcome.Done, Write(new AdvanceExecution(Sample.Tenant, id, Store.Ownership.Epoch, seq) { WorkflowId = "w1", Entry = Sample.Entry(seq + 1, seq + 1), Status = ExecutionStatus.Running, NewOwner = Store.Ownership.Epoch, Waits = changes }));

    private async Task<WaitRecord> ReadWaitAsync(string id) => Assert.IsType<WaitRecord>(await Store.ReadWaitAsync(Sample.Tenant, id));

    private async Task<string[]> WaitIdsAsync(WaitFilter filter, Page? page = null) => [.. (await Store.ListWaitsAsync(Sample.Tenant, filter, page ?? new Page())).Select(wait => wait.Id)];

    [Fact]
    public async Task A_wait_opened_with_the_creation_reads_back_whole()
    {
        Write(new CreateExecution(Owned("e1"), Sample.Entry(1, 1)) { Waits = [new WaitChange.Opened(Wait("e1"))] });
        await ReopenAsync();
        var read = await ReadWaitAsync("e1-a");
        Assert.Equal(["ann", "bob"], read.Assignees);
        Assert.Equal("""{"type":"object"}""", read.Form.ToString());
        Assert.Equal(Wait("e1") with { Assignees = read.Assignees, Form = read.Form }, read);
    }

    [Fact]
    public async Task An_answer_is_kept_with_its_message_and_wakes_the_execution()
    {
        CreateOwned("e1");
        Change("e1", 1, new WaitChange.Opened(Wait("e1")));
        Write(Release("e1", 2, wakeAt: null));

        var answer = AnswerTo(Wait("e1"));
        Assert.Equal(WriteOutcome.Done, Write(answer));

        var read = await ReadWaitAsync("e1-a");
        Assert.Equal((WaitStatus.Answered, "approved", "fine", """{"x":1}""", "ann"), (read.Status, read.Answer!.Decision, read.Answer.Comment, read.Answer.Data.ToString(), read.Answer.By));
        Assert.Equal(Sample.Now.AddMinutes(1), read.Answer.At);
        Assert.Equal(ResultOf<CommitResult.Appended>(answer).MessageId, Assert.Single(await Store.ReadInboxAsync(Sample.Tenant, "e1")).Id);
        Assert.Equal(["e1"], Claim(Sample.Now));
    }

    [Fact]
    public async Task Of_two_answers_in_one_batch_the_second_is_refused_and_leaves_no_message()
    {
        CreateOwned("e1");
        Change("e1", 1, new WaitChange.Opened(Wait("e1")));

        Assert.Equal([WriteOutcome.Done, WriteOutcome.Conflict], Write(AnswerTo(Wait("e1"), "ann"), AnswerTo(Wait("e1"), "bob")));
        Assert.Equal(WriteOutcome.Conflict, Write(AnswerTo(Wait("e1"), "eve")));

        Assert.Equal("ann", (await ReadWaitAsync("e1-a")).Answer!.By);
        Assert.Single(await Store.ReadInboxAsync(Sample.Tenant, "e1"));
    }

    [Fact]
    public async Task A_repeated_answer_under_one_key_is_a_duplicate()
    {
        CreateOwned("e1");
        Change("e1", 1, new WaitChange.Opened(Wait("e1")));
        var key = new IdempotencyKey("approval/e1-a", "k");

        Assert.Equal([WriteOutcome.Done, WriteOutcome.Duplicate], Write(AnswerTo(Wait("e1"), key: key), AnswerTo(Wait("e1"), key: key)));
        Assert.Single(await Store.ReadInboxAsync(Sample.Tenant, "e1"));
    }

    [Fact]
    public async Task A_wait_that_is_not_there_or_closed_takes_no_answer()
    {
        CreateOwned("e1");
        Assert.Equal(WriteOutcome.NotFound, Write(AnswerTo(Wait("e1"))));
        Change("e1", 1, new WaitChange.Opened(Wait("e1")), new WaitChange.Closed("e1-a"));
        Assert.Equal(WriteOutcome.Conflict, Write(AnswerTo(Wait("e1"))));
        Assert.Equal(WriteOutcome.Conflict, Write(AnswerTo(Wait("e1"), early: Wait("e1"))));
        Assert.Empty(await Store.ReadInboxAsync(Sample.Tenant, "e1"));
        Assert.Null((await ReadWaitAsync("e1-a")).Answer);
    }

    [Fact]
    public async Task An_early_answer_stays_one_when_the_wait_begins()
    {
        CreateOwned("e1");
        Assert.Equal(WriteOutcome.Done, Write(AnswerTo(Wait("e1"), early: Wait("e1"))));
        Change("e1", 1, new WaitChange.Opened(Wait("e1")));
        Assert.Equal(WaitStatus.Answered, (await ReadWaitAsync("e1-a")).Status);
        Assert.Equal(WriteOutcome.Conflict, Write(AnswerTo(Wait("e1"), early: Wait("e1"))));
    }

    [Fact]
    public async Task A_closed_wait_that_begins_again_is_open_and_unanswered()
    {
        CreateOwned("e1");
        Change("e1", 1, new WaitChange.Opened(Wait("e1")));
        Write(AnswerTo(Wait("e1")));
        Change("e1", 2, new WaitChange.Closed("e1-a"), new WaitChange.Opened(Wait("e1") with { Title = "Again?" }));
        var read = await ReadWaitAsync("e1-a");
        Assert.Equal((WaitStatus.Open, "Again?", null), (read.Status, read.Title, read.Answer));
    }

    [Fact]
    public async Task A_wait_that_took_its_answer_keeps_it()
    {
        CreateOwned("e1");
        Change("e1", 1, new WaitChange.Opened(Wait("e1")));
        Write(AnswerTo(Wait("e1")));
        Change("e1", 2, new WaitChange.Taken("e1-a"));
        Assert.Equal((WaitStatus.Answered, "ann"), ((await ReadWaitAsync("e1-a")).Status, (await ReadWaitAsync("e1-a")).Answer!.By));
    }

    [Fact]
    public async Task The_end_of_an_execution_closes_what_is_open_of_it_and_nothing_else()
    {
        CreateOwned("e1");
        CreateOwned("e1-x");
        Change("e1", 1, new WaitChange.Opened(Wait("e1", "a")), new WaitChange.Opened(Wait("e1", "b")));
        Change("e1-x", 1, new WaitChange.Opened(Wait("e1-x")));
        Write(AnswerTo(Wait("e1", "b")));

        Write(End("e1", 2, ExecutionStatus.Cancelled));

        Assert.Equal(WaitStatus.Closed, (await ReadWaitAsync("e1-a")).Status);
        Assert.Equal(WaitStatus.Answered, (await ReadWaitAsync("e1-b")).Status);
        Assert.Equal(WaitStatus.Open, (await ReadWaitAsync("e1-x-a")).Status);
        Assert.Equal(WriteOutcome.Terminal, Write(AnswerTo(Wait("e1", "c"), early: Wait("e1", "c"))));
        Assert.Null(await Store.ReadWaitAsync(Sample.Tenant, "e1-c"));
    }

    [Fact]
    public async Task A_refused_commit_changes_no_wait()
    {
        CreateOwned("e1");
        var stale = new AdvanceExecution(Sample.Tenant, "e1", Store.Ownership.Epoch, 7) { WorkflowId = "w1", Status = ExecutionStatus.Running, NewOwner = Store.Ownership.Epoch, Waits = [new WaitChange.Opened(Wait("e1"))] };
        Assert.Equal(WriteOutcome.Fenced, Write(stale));
        Assert.Null(await Store.ReadWaitAsync(Sample.Tenant, "e1-a"));
    }

    [Fact]
    public async Task Waits_are_listed_newest_first_by_what_is_asked()
    {
        CreateOwned("e1");
        CreateOwned("e2");
        Change("e1", 1, new WaitChange.Opened(Wait("e1", "a")), new WaitChange.Opened(Wait("e1", "b") with { Assignees = [], Kind = "form" }));
        Change("e2", 1, new WaitChange.Opened(Wait("e2", "a") with { Assignees = ["eve"] }), new WaitChange.Opened(Wait("e2", "b") with { Kind = "callback" }));
        Write(AnswerTo(Wait("e1", "a")));

        Assert.Equal(["e2-b", "e2-a", "e1-b", "e1-a"], await WaitIdsAsync(new WaitFilter()));
        Assert.Equal(["e2-a"], await WaitIdsAsync(new WaitFilter(Assignee: "eve")));
        Assert.Equal(["e1-b", "e1-a"], await WaitIdsAsync(new WaitFilter(ExecutionId: "e1")));
        Assert.Equal(["e2-a", "e1-b"], await WaitIdsAsync(new WaitFilter(Statuses: [WaitStatus.Open], Kinds: ["approval", "form"])));
        Assert.Equal(["e2-a", "e1-b", "e1-a"], await WaitIdsAsync(new WaitFilter(Statuses: [WaitStatus.Open, WaitStatus.Answered], Kinds: ["approval", "form"])));
        Assert.Equal(["e1-b"], await WaitIdsAsync(new WaitFilter(), new Page(1, "e2-a")));
    }

    [Fact]
    public async Task Waits_of_one_tenant_are_none_of_another()
    {
        CreateOwned("e1");
        Change("e1", 1, new WaitChange.Opened(Wait("e1")));

        Assert.Null(await Store.ReadWaitAsync(Sample.OtherTenant, "e1-a"));
        Assert.Empty(await Store.ListWaitsAsync(Sample.OtherTenant, new WaitFilter(), new Page()));
        Assert.Equal(WriteOutcome.NotFound, Write(AnswerTo(Wait("e1", tenant: Sample.OtherTenant))));
        Assert.Equal(WriteOutcome.NotFound, Write(AnswerTo(Wait("e1", tenant: Sample.OtherTenant), early: Wait("e1", tenant: Sample.OtherTenant))));
        Assert.Equal(WaitStatus.Open, (await ReadWaitAsync("e1-a")).Status);
    }

    [Fact]
    public async Task An_acknowledged_answer_survives_a_crash()
    {
        CreateOwned("e1");
        Change("e1", 1, new WaitChange.Opened(Wait("e1")));
        Write(AnswerTo(Wait("e1")));
        await using var after = OpenAfterCrash();
        Assert.Equal(WaitStatus.Answered, (await after.ReadWaitAsync(Sample.Tenant, "e1-a"))!.Status);
        Assert.Single(await after.ReadInboxAsync(Sample.Tenant, "e1"));
    }

    [Fact]
    public async Task A_deleted_execution_takes_its_waits_along()
    {
        CreateOwned("e1");
        Change("e1", 1, new WaitChange.Opened(Wait("e1")));
        Write(End("e1", 2));
        Write(new DeleteExecutions(Sample.Tenant, ["e1"]));
        Assert.Empty(await Store.ListWaitsAsync(Sample.Tenant, new WaitFilter(), new Page()));
    }

    [Theory]
    [InlineData(ExecutionStatus.Running, WriteOutcome.Done)]
    [InlineData(ExecutionStatus.Paused, WriteOutcome.Conflict)]
    public async Task A_message_for_certain_statuses_is_refused_in_others(ExecutionStatus allowed, WriteOutcome outcome)
    {
        CreateOwned("e1");
        var message = new AppendInbox(Sample.Tenant, "e1", "pause", Sample.Json("{}"), Sample.Now) { Statuses = [allowed] };
        Assert.Equal(outcome, Write(message));
        Assert.Equal(outcome == WriteOutcome.Done ? 1 : 0, (await Store.ReadInboxAsync(Sample.Tenant, "e1")).Count);
    }
}
