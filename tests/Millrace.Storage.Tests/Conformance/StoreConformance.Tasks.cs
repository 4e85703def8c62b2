using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Storage.Tests.Conformance;

public abstract partial class StoreConformance
{
    private static WorkerTask Task(string executionId, string suffix = "a", string type = "mail", int priority = 0, string tenant = Sample.Tenant) => new()
    {
        Tenant = tenant,
        Id = $"{executionId}-{suffix}",
        ExecutionId = executionId,
        WorkflowId = "w1",
        Version = 3,
        NodeId = "send größe",
        Iteration = "0.1",
        Attempt = 2,
        Type = type,
        Priority = priority,
        Config = Sample.Json("""{"to":"ü"}"""),
        Data = Sample.Json("[1]"),
        IdempotencyKey = $"{executionId}:send:0.1:0",
        QueuedAt = Sample.Now,
        DueAt = Sample.Now.AddHours(1),
    };

    private static LeaseTasks Lease(string token, int limit = 10, DateTimeOffset? now = null, int seconds = 60, int? concurrency = null, string tenant = Sample.Tenant, params string[] types) =>
        new(tenant, [.. (types.Length == 0 ? ["mail"] : types).Select(type => new TaskQueueKey(type, concurrency))], limit, new TaskLease(token, "worker", (now ?? Sample.Now).AddSeconds(seconds)), now ?? Sample.Now);

    private static AnswerTask Done(WorkerTask task, string token) =>
        new(task.Tenant, task.Id, token, new AppendInbox(task.Tenant, task.ExecutionId, "task", Sample.Json($$"""{"by":"{{token}}"}"""), Sample.Now));

    private void Queue(string executionId, params WorkerTask[] tasks)
    {
        CreateOwned(executionId);
        Change(executionId, 1, [.. tasks.Select(task => new WaitChange.Queued(task))]);
    }

    private string[] Leased(LeaseTasks lease)
    {
        Assert.Equal(WriteOutcome.Done, Write(lease));
        return [.. ResultOf<CommitResult.Leased>(lease).Tasks.Select(task => task.Id)];
    }

    private async Task<WorkerTask> ReadTaskAsync(string id) => Assert.IsType<WorkerTask>(await Store.ReadTaskAsync(Sample.Tenant, id));

    [Fact]
    public async Task A_task_is_queued_with_its_commit_and_reads_back_whole()
    {
        Write(new CreateExecution(Owned("e1"), Sample.Entry(1, 1)) { Waits = [new WaitChange.Queued(Task("e1"))] });
        await ReopenAsync();
        var read = await ReadTaskAsync("e1-a");
        Assert.Equal(("""{"to":"ü"}""", "[1]", true), (read.Config.ToString(), read.Data.ToString(), read.Progress.IsEmpty));
        Assert.Equal(Task("e1") with { Config = read.Config, Data = read.Data, Progress = read.Progress }, read);
        Assert.Null(await Store.ReadTaskAsync(Sample.OtherTenant, "e1-a"));
    }

    [Fact]
    public async Task A_commit_that_is_fenced_queues_nothing()
    {
        CreateOwned("e1");
        var stale = new AdvanceExecution(Sample.Tenant, "e1", Store.Ownership.Epoch, 7) { WorkflowId = "w1", Status = ExecutionStatus.Running, NewOwner = Store.Ownership.Epoch, Waits = [new WaitChange.Queued(Task("e1"))] };
        Assert.Equal(WriteOutcome.Fenced, Write(stale));
        Assert.Null(await Store.ReadTaskAsync(Sample.Tenant, "e1-a"));
    }

    [Fact]
    public async Task What_is_leased_is_not_leased_again_while_the_lease_lasts_also_after_a_restart()
    {
        Queue("e1", Task("e1"));
        var first = Lease("t1");
        Assert.Equal(["e1-a"], Leased(first));
        Assert.Equal(new TaskLease("t1", "worker", Sample.Now.AddSeconds(60)), ResultOf<CommitResult.Leased>(first).Tasks[0].Lease);
        Assert.Equal(("""{"to":"ü"}""", "[1]"), (ResultOf<CommitResult.Leased>(first).Tasks[0].Config.ToString(), ResultOf<CommitResult.Leased>(first).Tasks[0].Data.ToString()));
        await ReopenAsync();
        Assert.Empty(Leased(Lease("t2", now: Sample.Now.AddSeconds(59))));
        Assert.Equal("t1", (await ReadTaskAsync("e1-a")).Lease!.Token);
    }

    [Fact]
    public void Two_leases_in_one_batch_share_nothing()
    {
        Queue("e1", Task("e1", "a"), Task("e1", "b"), Task("e1", "c"));
        var (one, two) = (Lease("t1", limit: 2), Lease("t2", limit: 2));
        Assert.Equal([WriteOutcome.Done, WriteOutcome.Done], Write(one, two));
        Assert.Equal(["e1-a", "e1-b"], ResultOf<CommitResult.Leased>(one).Tasks.Select(task => task.Id));
        Assert.Equal(["e1-c"], ResultOf<CommitResult.Leased>(two).Tasks.Select(task => task.Id));
    }

    [Fact]
    public void The_highest_priority_goes_first_and_then_the_oldest_over_all_types()
    {
        Queue("e1", Task("e1", "a"), Task("e1", "b", type: "sms"), Task("e1", "c", priority: 5), Task("e1", "d", type: "sms", priority: 9), Task("e1", "e"));
        Assert.Equal(["e1-d", "e1-c", "e1-a", "e1-b"], Leased(Lease("t1", limit: 4, types: ["sms", "mail"])));
        Assert.Equal(["e1-e"], Leased(Lease("t2", types: ["sms", "mail", "none"])));
    }

    [Fact]
    public void Tasks_of_other_tenants_and_types_stay_where_they_are()
    {
        Queue("e1", Task("e1"));
        Assert.Empty(Leased(Lease("t1", tenant: Sample.OtherTenant)));
        Assert.Empty(Leased(Lease("t1", types: ["sms"])));
        Assert.Equal(WriteOutcome.NotFound, Write(new ExtendLease(Sample.OtherTenant, "e1-a", "t1", Sample.Now, default)));
        Assert.Equal(WriteOutcome.NotFound, Write(Done(Task("e1", tenant: Sample.OtherTenant), "t1")));
    }

    [Fact]
    public void When_a_lease_has_run_out_the_next_takes_the_task_in_its_old_place_and_the_first_has_lost_it()
    {
        Queue("e1", Task("e1", "a"), Task("e1", "b"));
        var first = Lease("t1", limit: 1, seconds: 30);
        Assert.Equal(["e1-a"], Leased(first));
        Assert.Equal([Sample.Now.AddSeconds(30)], ResultOf<CommitResult.Leased>(first).NextExpiry);

        Assert.Equal(["e1-a"], Leased(Lease("t2", limit: 1, now: Sample.Now.AddSeconds(30))));
        Assert.Equal(WriteOutcome.Fenced, Write(new ExtendLease(Sample.Tenant, "e1-a", "t1", Sample.Now.AddHours(1), default)));
        Assert.Equal(WriteOutcome.Fenced, Write(Done(Task("e1"), "t1")));
        Assert.Equal(WriteOutcome.Done, Write(Done(Task("e1"), "t2")));
    }

    [Fact]
    public void A_lease_that_has_run_out_is_good_as_long_as_nobody_has_taken_the_task()
    {
        Queue("e1", Task("e1", "a"), Task("e1", "b"));
        Assert.Equal(2, Leased(Lease("t1", seconds: 1)).Length);
        // One of the two goes to somebody else.
        Assert.Equal(["e1-a"], Leased(Lease("t2", limit: 1, now: Sample.Now.AddSeconds(2))));
        Assert.Equal(WriteOutcome.Done, Write(new ExtendLease(Sample.Tenant, "e1-b", "t1", Sample.Now.AddSeconds(90), default)));
        Assert.Empty(Leased(Lease("t3", now: Sample.Now.AddSeconds(3))));
        Assert.Equal(WriteOutcome.Done, Write(Done(Task("e1", "b"), "t1")));
    }

    [Fact]
    public async Task A_heartbeat_extends_the_lease_and_keeps_what_was_said()
    {
        Queue("e1", Task("e1"));
        Leased(Lease("t1", seconds: 10));
        Assert.Equal(WriteOutcome.Done, Write(new ExtendLease(Sample.Tenant, "e1-a", "t1", Sample.Now.AddSeconds(100), Sample.Json("""{"page":7}"""))));
        Assert.Equal(WriteOutcome.Done, Write(new ExtendLease(Sample.Tenant, "e1-a", "t1", Sample.Now.AddSeconds(120), default)));
        Assert.Empty(Leased(Lease("t2", now: Sample.Now.AddSeconds(119))));
        var next = Lease("t3", now: Sample.Now.AddSeconds(120));
        Assert.Equal(["e1-a"], Leased(next));
        Assert.Equal("""{"page":7}""", ResultOf<CommitResult.Leased>(next).Tasks[0].Progress.ToString());
        Assert.Equal("""{"page":7}""", (await ReadTaskAsync("e1-a")).Progress.ToString());
    }

    [Fact]
    public async Task An_end_is_kept_with_its_message_once_and_wakes_the_execution()
    {
        Queue("e1", Task("e1"));
        Write(Release("e1", 2, wakeAt: null));
        Leased(Lease("t1"));
        var done = Done(Task("e1"), "t1");
        Assert.Equal([WriteOutcome.Done, WriteOutcome.Duplicate], Write(done, Done(Task("e1"), "t1")));
        Assert.Equal(WriteOutcome.Duplicate, Write(Done(Task("e1"), "t1")));
        Assert.Equal(WriteOutcome.Terminal, Write(Done(Task("e1"), "t2")));
        Assert.Equal(WriteOutcome.Terminal, Write(new ExtendLease(Sample.Tenant, "e1-a", "t1", Sample.Now, default)));
        Assert.Equal(ResultOf<CommitResult.Appended>(done).MessageId, Assert.Single(await Store.ReadInboxAsync(Sample.Tenant, "e1")).Id);
        Assert.Equal(["e1"], Claim(Sample.Now));
        Assert.Empty(Leased(Lease("t3", now: Sample.Now.AddDays(1))));
    }

    [Fact]
    public async Task What_nobody_has_cannot_be_ended()
    {
        Queue("e1", Task("e1"));
        Assert.Equal(WriteOutcome.Fenced, Write(Done(Task("e1"), "t1")));
        Assert.Equal(WriteOutcome.Fenced, Write(Done(Task("e1"), "")));
        Assert.Empty(await Store.ReadInboxAsync(Sample.Tenant, "e1"));
        Assert.Equal(WriteOutcome.NotFound, Write(Done(Task("e1", "z"), "t1")));
    }

    [Fact]
    public async Task A_finished_task_is_given_to_nobody_and_lets_its_data_go()
    {
        Queue("e1", Task("e1", "a"), Task("e1", "b"));
        Leased(Lease("t1", limit: 1));
        Write(Done(Task("e1"), "t1"));
        Change("e1", 2, new WaitChange.Finished("e1-a", "mail"), new WaitChange.Finished("e1-b", "mail"));
        Assert.Empty(Leased(Lease("t2", now: Sample.Now.AddHours(1))));
        // Who asks again whether it counts is answered as before.
        Assert.Equal(WriteOutcome.Duplicate, Write(Done(Task("e1"), "t1")));
        Assert.Equal(WriteOutcome.Terminal, Write(Done(Task("e1", "b"), "t1")));
        var (answered, closed) = (await ReadTaskAsync("e1-a"), await ReadTaskAsync("e1-b"));
        Assert.Equal((WorkerTaskStatus.Answered, WorkerTaskStatus.Closed), (answered.Status, closed.Status));
        Assert.True(answered.Config.IsEmpty && answered.Data.IsEmpty && closed.Config.IsEmpty && closed.Data.IsEmpty);
    }

    [Fact]
    public async Task The_end_of_an_execution_ends_its_tasks_and_its_deletion_removes_them()
    {
        Queue("e1", Task("e1", "a"), Task("e1", "b"));
        Queue("e1x", Task("e1x"));
        Leased(Lease("t1", limit: 1));
        Assert.Equal(WriteOutcome.Done, Write(End("e1", 2, ExecutionStatus.Cancelled)));
        Assert.Equal(WriteOutcome.Terminal, Write(new ExtendLease(Sample.Tenant, "e1-a", "t1", Sample.Now.AddHours(1), default)));
        Assert.Equal(WriteOutcome.Terminal, Write(Done(Task("e1"), "t1")));
        Assert.Equal(["e1x-a"], Leased(Lease("t2", now: Sample.Now.AddMinutes(2))));
        Write(new DeleteExecutions(Sample.Tenant, ["e1"]));
        Assert.Null(await Store.ReadTaskAsync(Sample.Tenant, "e1-a"));
        Assert.NotNull(await Store.ReadTaskAsync(Sample.Tenant, "e1x-a"));
    }

    [Fact]
    public void Of_a_limited_type_no_more_are_leased_at_once()
    {
        Queue("e1", Task("e1", "a"), Task("e1", "b"), Task("e1", "c"));
        Assert.Equal(["e1-a", "e1-b"], Leased(Lease("t1", concurrency: 2)));
        Assert.Empty(Leased(Lease("t2", concurrency: 2)));
        Write(Done(Task("e1"), "t1"));
        Assert.Equal(["e1-c"], Leased(Lease("t3", concurrency: 2)));
        // Leases that have run out count no more.
        Assert.Equal(["e1-b", "e1-c"], Leased(Lease("t4", concurrency: 2, now: Sample.Now.AddMinutes(2))));
    }

    [Fact]
    public void Whose_time_is_over_is_given_to_nobody()
    {
        Queue("e1", Task("e1") with { DueAt = Sample.Now.AddSeconds(5) }, Task("e1", "b") with { DueAt = null });
        Assert.Equal(["e1-b"], Leased(Lease("t1", now: Sample.Now.AddSeconds(5))));
    }

    [Fact]
    public void The_next_expiry_is_that_of_each_queue()
    {
        Queue("e1", Task("e1", "a"), Task("e1", "b", type: "sms"), Task("e1", "c", type: "fax"));
        Leased(Lease("t1", seconds: 20));
        Leased(Lease("t2", seconds: 30, types: ["sms"]));
        var look = Lease("t3", limit: 1, types: ["mail", "sms", "none"]);
        Assert.Empty(Leased(look));
        Assert.Equal([Sample.Now.AddSeconds(20), Sample.Now.AddSeconds(30), null], ResultOf<CommitResult.Leased>(look).NextExpiry);
    }

    [Fact]
    public async Task Types_of_workers_are_kept_by_tenant_and_replaced()
    {
        var mail = new WorkerTypeRecord(Sample.Tenant, "mail", Sample.Json("""{"type":"mail"}"""), "w-1", Sample.Now);
        Assert.Equal(WriteOutcome.Done, Write(new PutWorkerTypes(Sample.Tenant, [mail with { Key = "sms" }, mail])));
        Assert.Equal(WriteOutcome.Done, Write(new PutWorkerTypes(Sample.Tenant, [mail with { Definition = Sample.Json("2"), Worker = "w-2", RegisteredAt = Sample.Now.AddDays(1) }])));
        await ReopenAsync();
        var types = await Store.ListWorkerTypesAsync(Sample.Tenant);
        Assert.Equal([("mail", "2", "w-2", Sample.Now.AddDays(1)), ("sms", """{"type":"mail"}""", "w-1", Sample.Now)], types.Select(type => (type.Key, type.Definition.ToString(), type.Worker, type.RegisteredAt)));
        Assert.Empty(await Store.ListWorkerTypesAsync(Sample.OtherTenant));
    }
}
