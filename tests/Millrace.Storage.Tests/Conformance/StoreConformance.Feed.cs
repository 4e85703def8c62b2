using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Tests;

namespace Millrace.Storage.Tests.Conformance;

public abstract partial class StoreConformance
{
    [Fact]
    public async Task The_feed_has_all_executions_entries_in_the_order_of_their_commits()
    {
        Assert.Equal(0, await Store.ReadFeedEndAsync());
        CreateOwned("e2");
        CreateOwned("e1");
        Assert.Equal(WriteOutcome.Done, Write(new AdvanceExecution(Sample.Tenant, "e2", Store.Ownership.Epoch, 1) { WorkflowId = "w1", Entry = Sample.Entry(2, 3), NewOwner = Store.Ownership.Epoch }));

        var feed = await Store.ReadFeedAsync(Sample.Tenant, null, FeedCursor.Start, 10);

        Assert.Equal([("e2", 1), ("e1", 1), ("e2", 2)], feed.Select(entry => (entry.ExecutionId, entry.Entry.FirstSeq)));
        Assert.Equal(feed.Select(entry => entry.Position).Order(), feed.Select(entry => entry.Position));
        Assert.Equal(feed[^1].Position, await Store.ReadFeedEndAsync());
        Assert.All(feed, entry => Assert.Equal("w1", entry.WorkflowId));
        Assert.Equal(Sample.Entry(2, 3).Events.ToString(), feed[^1].Entry.Events.ToString());
    }

    [Fact]
    public async Task The_feed_goes_on_after_a_position_and_by_pages()
    {
        foreach (var id in (string[])["e1", "e2", "e3", "e4"])
            CreateOwned(id);
        var first = await Store.ReadFeedAsync(Sample.Tenant, null, FeedCursor.Start, 2);
        Assert.Equal(["e1", "e2"], first.Select(entry => entry.ExecutionId));
        var rest = await Store.ReadFeedAsync(Sample.Tenant, null, FeedCursor.EndOf(first[^1].Position), 10);
        Assert.Equal(["e3", "e4"], rest.Select(entry => entry.ExecutionId));
        Assert.Empty(await Store.ReadFeedAsync(Sample.Tenant, null, FeedCursor.EndOf(rest[^1].Position), 10));
    }

    [Fact]
    public async Task The_feed_is_one_tenants_and_where_asked_one_workflows()
    {
        CreateOwned("e1");
        Assert.Equal(WriteOutcome.Done, Write(new CreateExecution(Owned("e2") with { WorkflowId = "w2" }, Sample.Entry(1, 1))));
        Assert.Equal(WriteOutcome.Done, Write(new CreateExecution(Owned("e3") with { Tenant = Sample.OtherTenant }, Sample.Entry(1, 1))));

        Assert.Equal(["e1", "e2"], (await Store.ReadFeedAsync(Sample.Tenant, null, FeedCursor.Start, 10)).Select(entry => entry.ExecutionId));
        Assert.Equal(["e2"], (await Store.ReadFeedAsync(Sample.Tenant, "w2", FeedCursor.Start, 10)).Select(entry => entry.ExecutionId));
        Assert.Equal(["e3"], (await Store.ReadFeedAsync(Sample.OtherTenant, null, FeedCursor.Start, 10)).Select(entry => entry.ExecutionId));
    }

    [Fact]
    public async Task Pages_are_bounded_in_bytes_and_a_row_that_is_larger_comes_in_parts()
    {
        Write([.. Journals.Ended(Sample.Tenant, "w1", "e1", Store.Ownership.Epoch, rows: 3, eventsEach: 100)]);
        const int maxBytes = 20_000;
        List<long> ofJournal = [], ofFeed = [];
        for (var seq = 0L; await Store.ReadJournalAsync(Sample.Tenant, "e1", seq, 1_000, maxBytes) is { Count: > 0 } page; seq = page[^1].LastSeq)
        {
            Assert.InRange(page.Sum(entry => entry.Events.Utf8.Length), 1, maxBytes);
            ofJournal.AddRange(page.SelectMany(SeqsOf));
        }
        for (var after = FeedCursor.Start; await Store.ReadFeedAsync(Sample.Tenant, null, after, 1_000, maxBytes) is { Count: > 0 } page; after = new FeedCursor(page[^1].Position, page[^1].Entry.LastSeq))
        {
            Assert.InRange(page.Sum(entry => entry.Entry.Events.Utf8.Length), 1, maxBytes);
            ofFeed.AddRange(page.SelectMany(entry => SeqsOf(entry.Entry)));
        }
        var all = Enumerable.Range(1, 301).Select(seq => (long)seq);
        Assert.Equal(all, ofJournal);
        Assert.Equal(all, ofFeed);
    }

    [Fact]
    public async Task An_event_that_is_larger_than_a_page_comes_alone()
    {
        Write([.. Journals.Ended(Sample.Tenant, "w1", "e1", Store.Ownership.Epoch, rows: 1, eventsEach: 2, eventBytes: 10_000)]);
        var page = Assert.Single(await Store.ReadJournalAsync(Sample.Tenant, "e1", 1, 10, maxBytes: 500));
        Assert.Equal((2, 2, 3), (page.FirstSeq, page.LastSeq, page.PartOf));
        Assert.Equal([2L], SeqsOf(page));
        var rest = Assert.Single(await Store.ReadJournalAsync(Sample.Tenant, "e1", 2, 10, maxBytes: 500));
        Assert.Equal([3L], SeqsOf(rest));
        Assert.Null(rest.PartOf);
        Assert.Equal(3, Assert.Single(await Store.ReadFeedAsync(Sample.Tenant, null, new FeedCursor(2, 0), 1, maxBytes: 500)).Entry.PartOf);
        Assert.All(await Store.ReadJournalAsync(Sample.Tenant, "e1", 0, 10), entry => Assert.Null(entry.PartOf));
    }

    private static IEnumerable<long> SeqsOf(JournalEntry entry)
    {
        var seqs = JournalText.Marks(entry.Events.Utf8.Span).ConvertAll(mark => mark.Seq);
        Assert.Equal((entry.FirstSeq, entry.LastSeq), (seqs[0], seqs[^1]));
        return seqs;
    }
}
