using System.Text.Json;
using Millrace.Core.Executions;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Reading;

/// <summary>Lists executions without their values, along an index that has their ids in order.</summary>
internal static class ExecutionList
{
    // An execution's id is made a moment before its creation is recorded; this is more than any such moment.
    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(1);

    public static ExecutionPage Read(Connection connection, string tenant, ExecutionFilter filter, Page page)
    {
        var limit = Math.Clamp(page.Limit, 1, Page.MaxLimit);
        var offset = Math.Max(page.Offset, 0);
        var isSearch = filter.Text is { Length: > 0 };
        var query = new Query($"select {ExecutionRow.SummaryColumns}");
        if (isSearch)
            query.WithMatch(filter.Text!, "e.id", "e.correlation_id", "e.current_step", "json_extract(d.error, '$.type')", "json_extract(d.error, '$.message')");
        Where(query.With($" from {ExecutionRow.From} where e.tenant = ?", tenant), filter, page.After);
        query.With(" order by e.id desc limit ?", isSearch ? ExecutionPage.MaxSearched + 1 : limit + 1).With(" offset ?", isSearch ? 0 : offset);
        var reading = new Reading(limit, isSearch ? offset : 0, isSearch);
        var statement = query.Prepare(connection);
        while (statement.Step())
        {
            if (reading.Take(statement))
                continue;
            statement.Reset();
            break;
        }
        return reading.Page;
    }

    private static void Where(Query query, ExecutionFilter filter, string? after)
    {
        // Without the hint a span of ids looks more selective than a workflow, and all workflows' executions of that time are walked along.
        if (filter.WorkflowId is { } workflow)
            query.With(" and unlikely(e.workflow_id = ?)", workflow);
        WithStatuses(query, filter.Statuses.IsDefault ? [] : filter.Statuses.AsSpan());
        if (filter.CorrelationId is { } correlation)
            query.With(" and e.correlation_id = ?", correlation);
        // What bounds the walk along the index is the id; the time itself is exact.
        if (filter.From is { } from)
            query.With(" and e.id >= ?", IdSource.FirstAt(Shifted(from, -Slack))).With(" and e.created_at >= ?", from);
        if (filter.To is { } to)
        {
            query.With(" and e.created_at < ?", to);
            // One bound: of two, SQLite would walk from either.
            var last = IdSource.FirstAt(Shifted(to, Slack));
            after = after is null || string.CompareOrdinal(last, after) < 0 ? last : after;
        }
        if (after is not null)
            query.With(" and e.id < ?", after);
    }

    private static DateTimeOffset Shifted(DateTimeOffset time, TimeSpan by) =>
        by < TimeSpan.Zero
            ? (time - DateTimeOffset.MinValue < -by ? DateTimeOffset.MinValue : time + by)
            : (DateTimeOffset.MaxValue - time < by ? DateTimeOffset.MaxValue : time + by);

    private static void WithStatuses(Query query, ReadOnlySpan<ExecutionStatus> statuses)
    {
        if (statuses.IsEmpty)
            return;
        // SQLite sees that the partial index applies only where its condition is repeated word for word.
        if (!statuses.Contains(ExecutionStatus.Completed))
            query.With(" and e.status <> 'completed'");
        if (statuses.Length == 1)
            query.With(" and e.status = ?", statuses[0].Name());
        else
            query.With(" and e.status in (select value from json_each(?))", JsonSerializer.Serialize(Names(statuses)));
    }

    private static string[] Names(ReadOnlySpan<ExecutionStatus> statuses)
    {
        var names = new string[statuses.Length];
        for (var index = 0; index < names.Length; index++)
            names[index] = statuses[index].Name();
        return names;
    }

    // What of the rows comes on the page, and where the next one begins.
    private sealed class Reading(int limit, int offset, bool isSearch)
    {
        private readonly List<ExecutionSummary> _found = [];
        private string? _last;
        private string? _next;
        private int _searched;
        private int _skipped;
        private long _bytes;

        public ExecutionPage Page => new(_found, _next);

        // False: the page is full, and something follows.
        public bool Take(Statement row)
        {
            var isFull = _found.Count == limit || _bytes > ExecutionPage.MaxBytes || (isSearch && _searched == ExecutionPage.MaxSearched);
            if (isFull)
            {
                _next = _last;
                return false;
            }
            _searched++;
            _last = row.Text(0);
            if (isSearch && (row.Int(ExecutionRow.SummaryWidth) == 0 || _skipped++ < offset))
                return true;
            var execution = ExecutionRow.ReadSummary(row);
            _bytes += execution.Error.Utf8.Length + execution.Cost.Utf8.Length;
            _found.Add(execution);
            return true;
        }
    }
}
