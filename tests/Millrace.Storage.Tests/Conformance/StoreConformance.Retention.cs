using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Storage.Tests.Conformance;

public abstract partial class StoreConformance
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    [Fact]
    public async Task A_deleted_execution_is_there_for_nobody()
    {
        CreateEnded("e1");
        CreateEnded("e2");

        Assert.Equal([WriteOutcome.Done], Delete("e1"));

        Assert.Null(await Store.ReadExecutionAsync(Sample.Tenant, "e1"));
        Assert.Empty(await JournalSeqsAsync("e1"));
        Assert.Empty(await Store.ReadInboxAsync(Sample.Tenant, "e1"));
        Assert.Null(await Store.ReadSnapshotAsync(Sample.Tenant, "e1"));
        Assert.False(await Store.RefersToBlobAsync(Sample.Tenant, "blob of e1"));
        Assert.Equal(["e2"], Ids((await Store.ListExecutionsAsync(Sample.Tenant, new ExecutionFilter(), new Page())).Executions));
        Assert.Equal(["e2"], (await Store.ReadFeedAsync(Sample.Tenant, null, FeedCursor.Start, 100)).Select(entry => entry.ExecutionId).Distinct());
        Assert.Equal(WriteOutcome.NotFound, Write(Signal("e1")));
        Assert.Equal([WriteOutcome.NotFound], Delete("e1"));
    }

    [Fact]
    public async Task Only_what_has_ended_is_deleted_and_only_by_its_tenant()
    {
        CreateEnded("ended");
        CreateOwned("running");
        CreatePending("pending");
        Write(new CreateExecution(Sample.Execution("other") with { Tenant = Sample.OtherTenant, Status = ExecutionStatus.Failed }, null));

        Assert.Equal([WriteOutcome.NotEnded, WriteOutcome.NotEnded, WriteOutcome.NotFound, WriteOutcome.Done, WriteOutcome.NotFound], Delete("running", "pending", "other", "ended", "none"));

        Assert.NotNull(await Store.ReadExecutionAsync(Sample.OtherTenant, "other"));
        await AssertJournalAsync("running", 1);
        Assert.Equal(WriteOutcome.Done, Write(Step("running", 1)));
    }

    [Fact]
    public async Task What_is_left_of_the_deleted_goes_in_pieces()
    {
        CreateOwned("e1");
        for (var seq = 1; seq < 30; seq++)
            Write(WithBlobs(seq, $"b{seq}"));
        Write(End("e1", 30));
        CreateOwned("later");
        Delete("e1");

        var freed = new List<string>();
        var pieces = 0;
        PurgeDeleted purge;
        do
        {
            purge = new PurgeDeleted(10);
            Assert.Equal(WriteOutcome.Done, Write(purge));
            Assert.True(ResultOf<CommitResult.Purged>(purge).FreedBlobs.Count <= 10);
            freed.AddRange(ResultOf<CommitResult.Purged>(purge).FreedBlobs);
            pieces++;
        }
        while (ResultOf<CommitResult.Purged>(purge).HasMore);

        Assert.InRange(pieces, 6, 8);
        Assert.Equal(Enumerable.Range(1, 29).Select(seq => $"b{seq}").Order(StringComparer.Ordinal), freed.Order(StringComparer.Ordinal));
        Assert.Equal(freed.Count, (await Store.ListUnreferredAsync(freed)).Count);
        await AssertJournalAsync("later", 1);
    }

    [Fact]
    public void A_blob_is_freed_with_the_last_that_refers_to_it()
    {
        CreateEnded("e1", blob: "shared");
        CreateEnded("e2", blob: "shared");
        CreateOwned("later");

        Delete("e1");
        Assert.Empty(Purge());
        Delete("e2");
        Assert.Equal(["shared"], Purge());
        Assert.Empty(Purge());
    }

    [Fact]
    public async Task Who_has_seen_what_was_deleted_still_sees_what_comes_after_it()
    {
        CreateEnded("e1");
        var seen = await Store.ReadFeedEndAsync();
        Delete("e1");
        Purge();

        await ReopenAsync();
        Purge();
        CreateOwned("e2");

        Assert.Equal(["e2"], (await Store.ReadFeedAsync(Sample.Tenant, null, FeedCursor.EndOf(seen), 10)).Select(entry => entry.ExecutionId));
        Purge();
        Assert.Equal(["e2"], (await Store.ReadFeedAsync(Sample.Tenant, null, FeedCursor.Start, 10)).Select(entry => entry.ExecutionId));
    }

    [Fact]
    public async Task Deleting_leaves_the_counts_of_the_workflow()
    {
        Write(new SaveWorkflow(Sample.Workflow("w1")));
        CreateEnded("e1");
        Delete("e1");

        Assert.Equal(1, (await Store.ReadWorkflowAsync(Sample.Tenant, "w1"))!.Stats.Completed);
    }

    [Fact]
    public async Task Without_a_policy_nothing_expires()
    {
        Write(new SaveWorkflow(Sample.Workflow("w1")));
        CreateEnded("e1");

        Assert.Empty(await ExpiredAsync(RetentionPolicy.Unsaid, 10_000));
        Assert.Empty(await ExpiredAsync(RetentionPolicy.Of(RetentionPolicy.Forever), 10_000));
    }

    [Fact]
    public async Task A_workflows_policy_counts_before_the_default_and_for_each_status_alone()
    {
        Write(new SaveWorkflow(Sample.Workflow("w1")) { Retention = new RetentionPolicy(Completed: Day, Failed: RetentionPolicy.Forever) });
        Write(new SaveWorkflow(Sample.Workflow("w2")));
        CreateEnded("c1");
        CreateEnded("f1", status: ExecutionStatus.Failed);
        CreateEnded("x1", status: ExecutionStatus.Cancelled);
        CreateEnded("c2", workflow: "w2");
        CreateEnded("f2", workflow: "w2", status: ExecutionStatus.Failed);
        CreateOwned("running");
        var defaults = new RetentionPolicy(2 * Day, 2 * Day, 3 * Day);

        Assert.Empty(await ExpiredAsync(defaults, 0.9));
        Assert.Equal(["c1"], await ExpiredAsync(defaults, 1.1));
        Assert.Equal(["c1", "c2", "f2"], await ExpiredAsync(defaults, 2.1));
        Assert.Equal(["c1", "c2", "f2", "x1"], await ExpiredAsync(defaults, 9));
        Assert.Equal(["c1"], await ExpiredAsync(RetentionPolicy.Unsaid, 9));
    }

    [Fact]
    public async Task The_policy_of_the_last_save_counts_also_for_what_ended_before()
    {
        Write(new SaveWorkflow(Sample.Workflow("w1")) { Retention = RetentionPolicy.Of(Day) });
        CreateEnded("e1");

        Write(new SaveWorkflow(Sample.Workflow("w1")) { Retention = RetentionPolicy.Of(5 * Day) });
        Assert.Empty(await ExpiredAsync(RetentionPolicy.Unsaid, 2));
        Write(new SaveWorkflow(Sample.Workflow("w1")));
        Assert.Equal(["e1"], await ExpiredAsync(RetentionPolicy.Unsaid, 6));
        Write(new SaveWorkflow(Sample.Workflow("w1")) { Retention = RetentionPolicy.Unsaid });
        Assert.Empty(await ExpiredAsync(RetentionPolicy.Unsaid, 6));
    }

    [Fact]
    public async Task What_ended_before_a_retention_was_set_is_listed_in_pieces()
    {
        Write(new SaveWorkflow(Sample.Workflow("w1")));
        for (var i = 0; i < 10; i++)
            CreateEnded($"a{i}");
        CreateOwned("running");
        Write(new SaveWorkflow(Sample.Workflow("w1")) { Retention = RetentionPolicy.Of(Day) });
        CreateEnded("b");
        Assert.Equal(WriteOutcome.Done, Write(End("running", 1)));
        var pieces = 0;
        IndexEnded list;
        do
        {
            await ReopenAsync();
            list = new IndexEnded(4, begin: false);
            Assert.Equal(WriteOutcome.Done, Write(list));
            pieces++;
            CreateEnded($"a{pieces}x");
        }
        while (ResultOf<CommitResult.Indexed>(list).HasMore);

        Assert.InRange(pieces, 4, 5);
        Assert.Equal(12 + pieces, (await Store.ListExpiredAsync(RetentionPolicy.Unsaid, Sample.Now + 2 * Day, 100)).Distinct().Count());
        Assert.Equal([WriteOutcome.Done], Delete("a0"));
        Assert.Equal(11 + pieces, (await Store.ListExpiredAsync(RetentionPolicy.Unsaid, Sample.Now + 2 * Day, 100)).Count);
        Assert.False(ResultOf<CommitResult.Indexed>(Listed(begin: true)).HasMore);
    }

    [Fact]
    public async Task Executions_of_deleted_workflows_expire_too()
    {
        Write(new SaveWorkflow(Sample.Workflow("w1")) { Retention = RetentionPolicy.Of(Day) }, new SaveWorkflow(Sample.Workflow("w2")));
        CreateEnded("e1");
        CreateEnded("e2", workflow: "w2");
        Write(new DeleteWorkflow(Sample.Tenant, "w1", Sample.Now), new DeleteWorkflow(Sample.Tenant, "w2", Sample.Now));

        Assert.Equal(["e1", "e2"], await ExpiredAsync(RetentionPolicy.Of(Day), 2));
    }

    [Fact]
    public async Task A_child_is_kept_as_long_as_its_parent_runs()
    {
        Write(new SaveWorkflow(Sample.Workflow("w1")) { Retention = RetentionPolicy.Of(Day) }, new SaveWorkflow(Sample.Workflow("w2")));
        CreateOwned("p1");
        foreach (var (id, workflow) in new[] { ("c1", "w1"), ("c2", "w2") })
            Write(new CreateExecution(Owned(id) with { WorkflowId = workflow, ParentId = "p1", Owner = 0, Status = ExecutionStatus.Completed, CompletedAt = Sample.Now }, Sample.Entry(1, 1)));
        Assert.Empty(await ExpiredAsync(RetentionPolicy.Of(Day), 2));

        Write(End("p1", 1));

        Assert.Equal(["c1", "c2", "p1"], await ExpiredAsync(RetentionPolicy.Of(Day), 2));
    }

    [Fact]
    public async Task No_more_expired_are_listed_than_asked_for()
    {
        Write(new SaveWorkflow(Sample.Workflow("w1")) { Retention = new RetentionPolicy(Completed: Day) });
        foreach (var id in (string[])["e1", "e2", "e3"])
            CreateEnded(id);
        CreateEnded("f1", status: ExecutionStatus.Failed);
        Listed(begin: true);

        Assert.Equal(2, (await Store.ListExpiredAsync(RetentionPolicy.Of(Day), Sample.Now + 2 * Day, 2)).Count);
        Assert.Equal(4, (await Store.ListExpiredAsync(RetentionPolicy.Of(Day), Sample.Now + 2 * Day, 100)).Count);
    }

    [Fact]
    public void An_idempotency_key_is_forgotten_once_it_is_old()
    {
        CreateExecution Keyed(string id) => new(Sample.Execution(id), null) { Idempotency = new IdempotencyKey("execute", "k") };
        Assert.Equal(WriteOutcome.Done, Write(Keyed("e1")));

        Assert.Equal(0, Prune(Day));
        Assert.Equal(WriteOutcome.Duplicate, Write(Keyed("e2")));
        Assert.Equal(1, Prune(TimeSpan.Zero));
        Assert.Equal(WriteOutcome.Done, Write(Keyed("e3")));
    }

    [Fact]
    public void Keys_are_forgotten_some_at_a_time()
    {
        for (var i = 0; i < 5; i++)
            Write(new CreateExecution(Sample.Execution($"e{i}"), null) { Idempotency = new IdempotencyKey("execute", $"k{i}") });

        Assert.Equal([3, 2, 0], [Prune(TimeSpan.Zero, 3), Prune(TimeSpan.Zero, 3), Prune(TimeSpan.Zero, 3)]);
    }

    private void CreateEnded(string id, string workflow = "w1", ExecutionStatus status = ExecutionStatus.Completed, string? blob = null)
    {
        var ended = Owned(id) with { WorkflowId = workflow, Owner = 0, Status = status, CompletedAt = Sample.Now };
        var create = new CreateExecution(ended, Sample.Entry(1, 1)) { Blobs = [blob ?? $"blob of {id}"], Snapshot = new ExecutionSnapshot(1, Sample.Json("{}")) };
        Assert.Equal(WriteOutcome.Done, Write(create));
    }

    private IReadOnlyList<WriteOutcome> Delete(params string[] ids)
    {
        var delete = new DeleteExecutions(Sample.Tenant, [.. ids]);
        Assert.Equal(WriteOutcome.Done, Write(delete));
        return ResultOf<CommitResult.Deleted>(delete).Outcomes;
    }

    private IReadOnlyList<string> Purge()
    {
        var purge = new PurgeDeleted(1_000);
        Assert.Equal(WriteOutcome.Done, Write(purge));
        Assert.False(ResultOf<CommitResult.Purged>(purge).HasMore);
        return ResultOf<CommitResult.Purged>(purge).FreedBlobs;
    }

    private IndexEnded Listed(bool begin)
    {
        var list = new IndexEnded(100, begin);
        Assert.Equal(WriteOutcome.Done, Write(list));
        return list;
    }

    private int Prune(TimeSpan keep, int limit = 100)
    {
        var prune = new PruneIdempotencyKeys(keep, limit);
        Assert.Equal(WriteOutcome.Done, Write(prune));
        return ResultOf<CommitResult.Pruned>(prune).Count;
    }

    private async Task<string[]> ExpiredAsync(RetentionPolicy defaults, double daysLater)
    {
        Listed(begin: defaults != RetentionPolicy.Unsaid);
        var expired = await Store.ListExpiredAsync(defaults, Sample.Now.AddDays(daysLater), 100);
        Assert.All(expired, key => Assert.Equal(Sample.Tenant, key.Tenant));
        return [.. expired.Select(key => key.Id).Order(StringComparer.Ordinal)];
    }
}
