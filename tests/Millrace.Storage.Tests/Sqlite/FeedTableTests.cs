using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Storage.Sqlite;
using Millrace.Storage.Sqlite.Connections;
using Millrace.Storage.Tests.Conformance;
using Millrace.Tests;

namespace Millrace.Storage.Tests.Sqlite;

/// <summary>The rows that say which journal rows are whose.</summary>
public sealed class FeedTableTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private SqliteStoreOptions Options => new(_directory.Path);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_batch_costs_a_row_for_each_tenant_and_each_workflow()
    {
        await using var store = SqliteStore.Open(Options);
        store.Write([.. Ended(store, Sample.Tenant, "w1", "e1"), .. Ended(store, Sample.Tenant, "w1", "e2"), .. Ended(store, Sample.OtherTenant, "w1", "e3")]);
        Assert.Equal(12, Count(store, "select count(*) from journal"));
        Assert.Equal(4, Count(store, "select count(*) from feed"));
        Assert.Equal(24, Count(store, "select sum(live) from feed"));
    }

    [Fact]
    public async Task Nothing_is_left_of_what_is_deleted()
    {
        await using var store = SqliteStore.Open(Options);
        store.Write([.. Ended(store, Sample.Tenant, "w1", "e1"), .. Ended(store, Sample.Tenant, "w2", "e2")]);
        store.Write([.. Ended(store, Sample.OtherTenant, "w1", "last")]);
        store.Write([new DeleteExecutions(Sample.Tenant, ["e1"])]);
        store.Write([new PurgeDeleted(3)]);
        Assert.Equal(["e2"], (await store.ReadFeedAsync(Sample.Tenant, null, FeedCursor.Start, 100)).Select(entry => entry.ExecutionId).Distinct());
        store.Write([new PurgeDeleted(100)]);
        Assert.Equal(0, Count(store, "select count(*) from feed where workflow_id = 'w1' and tenant = 'acme'"));
        Assert.Equal(4, Count(store, "select sum(live) from feed where workflow_id = '' and tenant = 'acme'"));
        Assert.Equal(4, (await store.ReadFeedAsync(Sample.Tenant, "w2", FeedCursor.Start, 100)).Count);
        store.Write([new DeleteExecutions(Sample.Tenant, ["e2"])]);
        store.Write([new PurgeDeleted(100)]);
        Assert.Equal(0, Count(store, "select count(*) from feed where tenant = 'acme'"));
    }

    [Fact]
    public async Task What_was_stored_before_there_was_a_feed_is_in_it_after_the_upgrade()
    {
        List<FeedEntry> before;
        await using (var store = SqliteStore.Open(Options))
        {
            for (var i = 0; i < 300; i++)
                store.Write([.. Ended(store, i % 3 == 0 ? Sample.OtherTenant : Sample.Tenant, $"w{i % 2}", $"e{i}")]);
            before = [.. await store.ReadFeedAsync(Sample.Tenant, null, FeedCursor.Start, int.MaxValue)];
            store.Writer.Execute("""
                drop table feed;
                alter table deletions drop column tenant;
                alter table deletions drop column workflow_id;
                update meta set value = 11 where name = 'schema_version';
                """);
        }

        await using var upgraded = SqliteStore.Open(Options);

        var after = await upgraded.ReadFeedAsync(Sample.Tenant, null, FeedCursor.Start, int.MaxValue);
        Assert.Equal(before.Select(entry => (entry.Position, entry.ExecutionId)), after.Select(entry => (entry.Position, entry.ExecutionId)));
        var ofWorkflow = await upgraded.ReadFeedAsync(Sample.Tenant, "w1", FeedCursor.Start, int.MaxValue);
        Assert.Equal(before.Where(entry => entry.WorkflowId == "w1").Select(entry => entry.Position), ofWorkflow.Select(entry => entry.Position));
        // Several rows of both kinds were made of them.
        Assert.InRange(Count(upgraded, "select count(*) from feed"), 6, 100);
        upgraded.Write([.. Ended(upgraded, Sample.Tenant, "w1", "new")]);
        Assert.Equal(after.Count + 4, (await upgraded.ReadFeedAsync(Sample.Tenant, null, FeedCursor.Start, int.MaxValue)).Count);
    }

    [Fact]
    public async Task A_small_tenants_feed_reads_only_its_own_rows()
    {
        await using var store = SqliteStore.Open(Options);
        for (var i = 0; i < 50; i++)
            store.Write([.. Ended(store, Sample.OtherTenant, "w1", $"e{i}")]);
        store.Write([.. Ended(store, Sample.Tenant, "w1", "mine")]);
        await store.ReadFeedAsync(Sample.Tenant, null, FeedCursor.Start, 100);
        store.Readers.Read(
            connection =>
            {
                var texts = connection.Texts.Where(text => text.Contains("feed", StringComparison.Ordinal) || text.Contains("journal", StringComparison.Ordinal)).ToList();
                Assert.Equal(2, texts.Count);
                Assert.Contains(Plan(texts.Single(text => text.Contains("from feed", StringComparison.Ordinal)), connection), step => step.Contains("feed USING PRIMARY KEY (tenant=? AND workflow_id=? AND position>?)", StringComparison.Ordinal));
                Assert.Contains(Plan(texts.Single(text => text.Contains("from journal", StringComparison.Ordinal)), connection), step => step.Contains("j USING INTEGER PRIMARY KEY (rowid=?)", StringComparison.Ordinal));
                return 0;
            },
            CancellationToken.None);
    }

    [Fact]
    public async Task A_feed_can_be_cancelled_between_rows()
    {
        await using var store = SqliteStore.Open(Options);
        store.Write([.. Ended(store, Sample.Tenant, "w1", "e1")]);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.ReadFeedAsync(Sample.Tenant, null, FeedCursor.Start, 10, cancellation: new CancellationToken(canceled: true)));
        Assert.Equal(4, (await store.ReadFeedAsync(Sample.Tenant, null, FeedCursor.Start, 10)).Count);
    }

    private static List<Mutation> Ended(SqliteStore store, string tenant, string workflow, string id) =>
        Journals.Ended(tenant, workflow, id, store.Ownership.Epoch, rows: 3, eventsEach: 2, eventBytes: 10);

    private static long Count(SqliteStore store, string sql)
    {
        var statement = store.Writer.Prepare(sql);
        Assert.True(statement.Step());
        var count = statement.Long(0);
        statement.Reset();
        return count;
    }

    private static List<string> Plan(string text, Connection connection)
    {
        List<string> steps = [];
        var plan = connection.Prepare("explain query plan " + text);
        while (plan.Step())
            steps.Add(plan.Text(3));
        return steps;
    }
}
