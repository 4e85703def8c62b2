using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Storage.Sqlite;
using Millrace.Storage.Sqlite.Connections;
using Millrace.Storage.Sqlite.Writing;
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
    public async Task Commits_write_notes_together()
    {
        await using var store = SqliteStore.Open(Options);
        store.Write([.. Ended(store, Sample.Tenant, "w1", "e1"), .. Ended(store, Sample.Tenant, "w1", "e2"), .. Ended(store, Sample.OtherTenant, "w1", "e3")]);
        Assert.Equal(0, Count(store, "select count(*) from feed"));
        Assert.Equal(8, (await ReadAsync(store, Sample.Tenant)).Count);

        Fill(store);

        Assert.Equal(2, Count(store, "select count(*) from feed where tenant = 'acme'"));
        // Those of a tenant with many rows are parted before one would take pages of its own.
        Assert.InRange(Count(store, "select max(live) from feed"), 17, 96);
        Assert.Equal(16, Count(store, "select sum(live) from feed where tenant = 'acme'"));
        Assert.Equal(8, (await ReadAsync(store, Sample.Tenant)).Count);
        Assert.Equal(8, (await ReadAsync(store, Sample.Tenant, "w1")).Count);
    }

    [Fact]
    public async Task What_has_no_note_yet_is_known_after_a_restart()
    {
        await using (var store = SqliteStore.Open(Options))
            store.Write([.. Ended(store, Sample.Tenant, "w1", "e1")]);
        await using var reopened = SqliteStore.Open(Options);
        Assert.Equal(4, (await ReadAsync(reopened, Sample.Tenant)).Count);

        Fill(reopened);

        Assert.Equal(4, Count(reopened, "select live from feed where tenant = 'acme' and workflow_id = ''"));
        Assert.Equal(4, (await ReadAsync(reopened, Sample.Tenant)).Count);
    }

    [Fact]
    public async Task What_a_transaction_wrote_that_was_undone_has_no_note()
    {
        await using var store = SqliteStore.Open(Options);
        var twice = Ended(store, Sample.Tenant, "w1", "e1");
        var first = (CreateExecution)twice[0];
        // A seq that is taken undoes the whole batch.
        store.Write([first]);
        store.Writer.Execute("insert into journal (execution_id, first_seq, last_seq, events) values ('e2', 1, 1, '[]')");
        Assert.Throws<StoreException>(() => store.Write([.. Ended(store, Sample.Tenant, "w1", "e3"), .. Ended(store, Sample.Tenant, "w1", "e2")]));

        Fill(store);

        Assert.Equal(1, Count(store, "select live from feed where tenant = 'acme' and workflow_id = ''"));
        Assert.Equal(["e1"], (await ReadAsync(store, Sample.Tenant)).Select(entry => entry.ExecutionId));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_is_left_of_what_is_deleted(bool isNoted)
    {
        await using var store = SqliteStore.Open(Options);
        store.Write([.. Ended(store, Sample.Tenant, "w1", "e1"), .. Ended(store, Sample.Tenant, "w2", "e2")]);
        store.Write([.. Ended(store, Sample.OtherTenant, "w1", "last")]);
        if (isNoted)
            Fill(store);
        store.Write([new DeleteExecutions(Sample.Tenant, ["e1"])]);
        store.Write([new PurgeDeleted(3)]);
        Assert.Equal(["e2"], (await ReadAsync(store, Sample.Tenant)).Select(entry => entry.ExecutionId).Distinct());
        store.Write([new PurgeDeleted(100)]);
        if (!isNoted)
            Fill(store);
        Assert.Equal(0, Count(store, "select count(*) from feed where workflow_id = 'w1' and tenant = 'acme'"));
        Assert.Equal(4, Count(store, "select sum(live) from feed where workflow_id = '' and tenant = 'acme'"));
        Assert.Equal(4, (await ReadAsync(store, Sample.Tenant, "w2")).Count);
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
                drop table budget_accounts;
                drop table budget_reservations;
                drop table node_runs;
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
                Assert.Equal(4, texts.Count);
                Assert.Contains(Plan(texts.Single(text => text.Contains("from feed", StringComparison.Ordinal)), connection), step => step.Contains("feed USING PRIMARY KEY (tenant=? AND workflow_id=? AND position>?)", StringComparison.Ordinal));
                Assert.Contains(Plan(texts.Single(text => text.Contains("j.position = ?", StringComparison.Ordinal)), connection), step => step.Contains("j USING INTEGER PRIMARY KEY (rowid=?)", StringComparison.Ordinal));
                Assert.Contains(Plan(texts.Single(text => text.Contains("j.position > ?", StringComparison.Ordinal)), connection), step => step.Contains("j USING INTEGER PRIMARY KEY (rowid>?)", StringComparison.Ordinal));
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

    private static ValueTask<IReadOnlyList<FeedEntry>> ReadAsync(SqliteStore store, string tenant, string? workflow = null) =>
        store.ReadFeedAsync(tenant, workflow, FeedCursor.Start, int.MaxValue);

    // Enough that whatever has no note yet gets one.
    private static void Fill(SqliteStore store)
    {
        for (var i = 0; i <= FeedIndex.MaxPending / 4; i++)
            store.Write([.. Ended(store, Sample.OtherTenant, "w1", $"fill{i}")]);
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
