using System.Text;
using Millrace.Core.Executions;
using Millrace.Engine.History;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Testing.Storage;
using Millrace.Tests;

namespace Millrace.Engine.Tests.History;

/// <summary>Pages of journals and logs, bounded in items and bytes.</summary>
public sealed class JournalReaderTests
{
    private readonly MemoryStore _store = MemoryStore.Open();
    private readonly JournalReader _reader;
    private ExecutionRecord _execution = new()
    {
        Tenant = "acme", Id = "e1", WorkflowId = "w1", Version = 1, Status = ExecutionStatus.Running, CreatedAt = DateTimeOffset.UnixEpoch,
    };

    public JournalReaderTests() => _reader = new JournalReader(_store);

    [Theory]
    [InlineData(1, 100, 7)]
    [InlineData(7, 100, 100)]
    [InlineData(10, 30, 100)]
    public async Task All_events_are_read_once_however_rows_and_pages_are_cut(int perRow, int limit, int count)
    {
        Append(count, perRow, size: 10);

        var seqs = await ReadAllAsync(limit, page => Assert.InRange(page.Items.Count, 1, limit));

        Assert.Equal(Enumerable.Range(1, count).Select(seq => (long)seq), seqs);
    }

    [Fact]
    public async Task A_page_ends_with_the_event_that_goes_beyond_its_bytes()
    {
        Append(count: 30, perRow: 1, size: 600_000);

        var first = await _reader.ReadAsync(_execution, 0, 10_000, TestContext.Current.CancellationToken);

        Assert.Equal((7, 7L), (first.Items.Count, first.Next));
        Assert.Equal(30, (await ReadAllAsync(10_000, page => Assert.InRange(page.Items.Count, 1, 7))).Count);
    }

    [Fact]
    public async Task A_row_that_is_larger_than_what_is_read_at_once_is_read_in_parts()
    {
        Append(count: 60, perRow: 60, size: 60_000);

        Assert.Equal(60, (await ReadAllAsync(25, page => Assert.InRange(page.Items.Count, 1, 25))).Count);
    }

    [Fact]
    public async Task The_last_page_is_known_to_be_the_last()
    {
        Append(count: 20, perRow: 3, size: 10);

        Assert.Null((await _reader.ReadAsync(_execution, 0, 20, TestContext.Current.CancellationToken)).Next);
        Assert.Equal(19, (await _reader.ReadAsync(_execution, 0, 19, TestContext.Current.CancellationToken)).Next);
        Assert.Null((await _reader.ReadAsync(_execution, 20, 5, TestContext.Current.CancellationToken)).Next);
    }

    [Fact]
    public async Task A_search_ends_after_some_bytes_and_goes_on_on_the_next_page()
    {
        Append(count: 40, perRow: 2, size: 500_000);
        Append(count: 1, perRow: 1, size: 10, node: "rare");

        var seen = new List<ExecutionLogLine>();
        var pages = 0;
        long? after = 0;
        while (after is { } from)
        {
            var filter = new LogFilter(NodeId: "rare");
            var page = await _reader.ReadLogAsync(_execution, from, 10, filter, TestContext.Current.CancellationToken);
            seen.AddRange(page.Items);
            after = page.Next;
            pages++;
        }

        Assert.Equal(41, Assert.Single(seen).Seq);
        Assert.Equal(2, pages);
    }

    [Theory]
    [InlineData("debug", 6)]
    [InlineData("info", 4)]
    [InlineData("error", 0)]
    public async Task Lines_are_filtered_by_level_and_the_next_page_begins_after_the_last_line(string level, int count)
    {
        Append(count: 4, perRow: 2, size: 10);
        Append(count: 2, perRow: 1, size: 10, level: "debug");

        var filter = new LogFilter(level);
        Assert.Equal(count, (await _reader.ReadLogAsync(_execution, 0, 10, filter, TestContext.Current.CancellationToken)).Items.Count);
        var page = await _reader.ReadLogAsync(_execution, 0, 4, filter, TestContext.Current.CancellationToken);
        Assert.Equal(count > 4 ? 4 : null, page.Next);
    }

    private async Task<List<long>> ReadAllAsync(int limit, Action<JournalPage<JournaledEvent>> check)
    {
        var seqs = new List<long>();
        long? after = 0;
        while (after is { } from)
        {
            var page = await _reader.ReadAsync(_execution, from, limit, TestContext.Current.CancellationToken);
            check(page);
            seqs.AddRange(page.Items.Select(e => e.Seq));
            after = page.Next;
        }
        return seqs;
    }

    private void Append(int count, int perRow, int size, string node = "a", string level = "info")
    {
        for (var written = 0; written < count; written += perRow)
        {
            var first = _execution.Seq + 1;
            var last = Math.Min(first + perRow - 1, first + count - written - 1);
            var data = $$"""{"level":"{{level}}","message":"{{new string('x', size)}}"}""";
            var events = string.Join(',', Enumerable.Range((int)first, (int)(last - first + 1)).Select(seq =>
                $$"""{"seq":{{seq}},"type":"log","time":"2026-11-30T00:00:00Z","nodeId":"{{node}}","data":{{data}}}"""));
            var entry = new JournalEntry(first, last, new JsonText(Encoding.UTF8.GetBytes($"[{events}]")));
            Mutation write = first == 1
                ? new CreateExecution(_execution with { Owner = _store.Ownership.Epoch, Seq = last }, entry)
                : new AdvanceExecution("acme", "e1", _store.Ownership.Epoch, first - 1)
                {
                    WorkflowId = "w1", Entry = entry, Status = ExecutionStatus.Running, NewOwner = _store.Ownership.Epoch,
                };
            Assert.Equal(WriteOutcome.Done, _store.Write(write).Outcome);
            _execution = _execution with { Seq = last };
        }
    }
}
