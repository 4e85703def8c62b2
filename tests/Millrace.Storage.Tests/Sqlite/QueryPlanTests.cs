using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite;
using Millrace.Storage.Sqlite.Connections;
using Millrace.Storage.Tests.Conformance;
using Xunit.Sdk;

namespace Millrace.Storage.Tests.Sqlite;

/// <summary>However much has ended, no statement reads more than it must.</summary>
public sealed class QueryPlanTests : IAsyncLifetime
{
    // The recursion over the few priorities that wait; the policies and workflows that are each asked; deletions, a queue whose front is read.
    private static readonly string[] ReadWhole = ["waiting", "policy", "each_workflow", "deletions"];

    private static readonly Page Next = new(After: "e1");

    private readonly TemporaryDirectory _directory = new();
    private readonly SqliteStore _store;

    public QueryPlanTests() => _store = SqliteStore.Open(new SqliteStoreOptions(_directory.Path));

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public void No_write_scans_or_sorts_a_table()
    {
        var texts = _store.Writer.Texts.Where(text => !text.StartsWith("pragma", StringComparison.Ordinal) && !text.Contains("sqlite_master", StringComparison.Ordinal)).ToArray();

        Assert.Contains(texts, text => text.Contains("set owner = 0, wake_at = 0", StringComparison.Ordinal));
        Assert.True(texts.Length >= 20);
        foreach (var text in texts)
            AssertIndexed(text, _store.Writer);
    }

    [Fact]
    public async Task No_read_scans_or_sorts_a_table()
    {
        await _store.ReadWorkflowAsync(Sample.Tenant, "w1");
        await _store.ReadVersionAsync(Sample.Tenant, "w1", 1);
        await _store.ListVersionsAsync(Sample.Tenant, "w1", Next);
        await _store.ListWorkflowsAsync(Sample.Tenant, new WorkflowFilter(["red"], ActiveOnly: true, "x", "ann"), Next);
        await _store.ReadExecutionAsync(Sample.Tenant, "e1");
        await _store.ListExecutionsAsync(Sample.Tenant, new ExecutionFilter(), Next);
        await _store.ListExecutionsAsync(Sample.Tenant, new ExecutionFilter(WorkflowId: "w1", Text: "x", From: Sample.Now, To: Sample.Now), Next);
        await _store.ListExecutionsAsync(Sample.Tenant, new ExecutionFilter(From: Sample.Now, To: Sample.Now), new Page());
        await _store.ReadExecutionsAsync(Sample.Tenant, ["e1"]);
        await _store.ListExecutionsAsync(Sample.Tenant, new ExecutionFilter(Statuses: [ExecutionStatus.Failed]), Next);
        await _store.ListExecutionsAsync(Sample.Tenant, new ExecutionFilter(Statuses: [ExecutionStatus.Completed]), Next);
        await _store.ListExecutionsAsync(Sample.Tenant, new ExecutionFilter(CorrelationId: "c"), Next);
        await _store.ReadJournalAsync(Sample.Tenant, "e1", 5, 10);
        await _store.ReadInboxAsync(Sample.Tenant, "e1");
        await _store.ListSecretsAsync(Sample.Tenant);
        await _store.ReadIntegrationAsync(Sample.Tenant, "crm");
        await _store.ListIntegrationsAsync(Sample.Tenant);
        await _store.ListEventsAsync(Sample.Tenant, new EventFilter(), new Page(After: "9"));
        await _store.ListEventsAsync(Sample.Tenant, new EventFilter("order", "/shop", "7"), new Page());
        await _store.ReadTaskAsync(Sample.Tenant, "e1-a");
        await _store.ListWorkerTypesAsync(Sample.Tenant);
        await _store.ListLimitsAsync(Sample.Tenant, new Page());
        await _store.ListLimitsAsync(Sample.Tenant, new Page(After: "w1/key"));
        await _store.NextWakeAsync();
        await _store.ReadWaitAsync(Sample.Tenant, "e1-a");
        await _store.ListWaitsAsync(Sample.Tenant, new WaitFilter(Assignee: "ann", Statuses: [WaitStatus.Open], Kinds: ["approval"]), Next);
        await _store.ListWaitsAsync(Sample.Tenant, new WaitFilter(ExecutionId: "e1", Statuses: [WaitStatus.Closed]), Next);
        await _store.ReadSnapshotAsync(Sample.Tenant, "e1");
        await _store.ReadRunsAsync(Sample.Tenant, "e1", 5, 50);
        await _store.ListExpiredAsync(RetentionPolicy.Of(TimeSpan.Zero), Sample.Now, 10);
        await _store.RefersToBlobAsync(Sample.Tenant, "b1");
        await _store.ListUnreferredAsync(["b1"]);
        await _store.ReadFeedAsync(Sample.Tenant, workflowId: null, after: FeedCursor.EndOf(7), limit: 10);
        await _store.ReadFeedAsync(Sample.Tenant, "w1", after: FeedCursor.EndOf(7), limit: 10);
        await _store.ReadFeedEndAsync();
        await _store.ReadCachedAsync(Sample.Tenant, "s", "k", Sample.Now);

        _store.Readers.Read(
            connection =>
            {
                var texts = connection.Texts.ToArray();
                Assert.Equal(38, texts.Length);
                foreach (var text in texts)
                    AssertIndexed(text, connection);
                return texts.Length;
            },
            CancellationToken.None);
    }

    [Theory]
    [InlineData(null, "", false, false, "executions_by_tenant (tenant=? AND id>? AND id<?)")]
    [InlineData("w1", "", false, false, "executions_by_workflow (tenant=? AND workflow_id=? AND id>? AND id<?)")]
    [InlineData(null, "c", false, false, "executions_by_correlation (tenant=? AND correlation_id=? AND id>? AND id<?)")]
    [InlineData(null, "", true, false, "executions_by_status (tenant=? AND status=? AND id>? AND id<?)")]
    [InlineData(null, "", false, true, "executions_by_tenant (tenant=? AND id>? AND id<?)")]
    [InlineData("w1", "", false, true, "executions_by_workflow (tenant=? AND workflow_id=? AND id>? AND id<?)")]
    public async Task A_span_of_time_is_one_of_ids_in_the_index(string? workflow, string correlation, bool failed, bool isSearch, string index)
    {
        var filter = new ExecutionFilter(
            workflow, failed ? [ExecutionStatus.Failed] : [], Sample.Now, Sample.Now.AddHours(1), correlation.Length > 0 ? correlation : null, isSearch ? "x" : null);
        foreach (var page in (Page[])[new Page(), new Page(After: IdSource.FirstAt(Sample.Now.AddMinutes(5)))])
            await _store.ListExecutionsAsync(Sample.Tenant, filter, page);

        _store.Readers.Read(
            connection =>
            {
                // One text for both: the cursor and the end of the time are one bound.
                var text = Assert.Single(connection.Texts);
                Assert.Contains(Plan(text, connection), step => step.StartsWith("SEARCH e USING", StringComparison.Ordinal) && step.EndsWith(index, StringComparison.Ordinal));
                AssertIndexed(text, connection);
                return 0;
            },
            CancellationToken.None);
    }

    [Theory]
    [InlineData("e.owner = 0 and e.wake_at is not null and e.priority = 0 and e.wake_at <= 5 order by e.wake_at", "executions_live")]
    [InlineData("e.owner > 0", "executions_live")]
    [InlineData("e.tenant = 'acme' and e.status <> 'completed' and e.status = 'failed' order by e.id desc", "executions_by_status")]
    [InlineData("e.tenant = 'acme' and e.correlation_id = 'c' order by e.id desc", "executions_by_correlation")]
    [InlineData("e.tenant = 'acme' and e.workflow_id = 'w1' order by e.id desc", "executions_by_workflow")]
    [InlineData("e.tenant = 'acme' and e.id < 'e1' order by e.id desc", "executions_by_tenant")]
    public void Each_question_has_its_index(string where, string index) =>
        Assert.Contains(index, string.Join('\n', Plan($"select * from executions e where {where}", _store.Writer)), StringComparison.Ordinal);

    [Fact]
    public void What_is_due_of_one_tenant_is_found_without_walking_over_the_others()
    {
        var text = Assert.Single(_store.Writer.Texts, text => text.Contains("e.tenant = ? and e.wake_at <= ?", StringComparison.Ordinal));

        Assert.Contains(Plan(text, _store.Writer), step => step.Contains("executions_by_turn (priority=? AND tenant=? AND wake_at", StringComparison.Ordinal));
    }

    [Fact]
    public void A_scan_a_sort_and_an_index_made_for_one_query_are_found()
    {
        var writer = _store.Writer;

        Assert.Throws<FalseException>(() => AssertIndexed("select events from journal", writer));
        Assert.Throws<FalseException>(() => AssertIndexed("select 1 from executions e join journal j on j.events = e.id", writer));
        Assert.Throws<FalseException>(() => AssertIndexed("select events from journal where execution_id = 'e1' order by last_seq", writer));
        Assert.Throws<FalseException>(() => AssertIndexed("select kind, count(*) from inbox where execution_id = 'e1' group by kind", writer));
        Assert.Throws<FalseException>(() => AssertIndexed("select 1 from executions e cross join inbox i on i.kind = e.status where e.id > 'e1'", writer));
    }

    [Theory]
    [InlineData("SCAN TABLE journal", true)]
    [InlineData("SCAN journal", true)]
    [InlineData("SCAN TABLE executions AS e USING INDEX executions_by_tenant", true)]
    [InlineData("SCAN e USING COVERING INDEX executions_by_tenant", true)]
    [InlineData("SEARCH e USING INDEX executions_by_tenant (tenant=?)", false)]
    [InlineData("SCAN CONSTANT ROW", false)]
    [InlineData("SCAN 3 CONSTANT ROWS", false)]
    [InlineData("SCAN SUBQUERY 4", false)]
    [InlineData("SCAN (subquery-4)", false)]
    [InlineData("SCAN TABLE json_each VIRTUAL TABLE INDEX 1:", false)]
    [InlineData("SCAN json_each VIRTUAL TABLE INDEX 1:", false)]
    public void Old_and_new_SQLite_tell_a_scan_in_different_words(string step, bool isScan) => Assert.Equal(isScan, IsScan(step));

    private static void AssertIndexed(string text, Connection connection)
    {
        foreach (var step in Plan(text, connection))
            Assert.False(IsScan(step) || step.Contains("USE TEMP B-TREE", StringComparison.Ordinal) || step.Contains(" AUTOMATIC ", StringComparison.Ordinal), $"{step}\n{text}");
    }

    // Before 3.36 SQLite wrote "SCAN TABLE x". What has no rows on disk may be scanned: constants, what a subquery yields, the elements of a JSON
    // parameter. So may what ReadWhole names.
    private static bool IsScan(string step) =>
        step.StartsWith("SCAN ", StringComparison.Ordinal)
        && !step.Contains("CONSTANT ROW", StringComparison.Ordinal)
        && !step.StartsWith("SCAN SUBQUERY", StringComparison.Ordinal)
        && !step.StartsWith("SCAN (subquery", StringComparison.Ordinal)
        && !step.Contains("VIRTUAL TABLE", StringComparison.Ordinal)
        && !ReadWhole.Contains(step.Replace("SCAN TABLE ", "SCAN ", StringComparison.Ordinal).Split(' ')[1], StringComparer.Ordinal);

    private static List<string> Plan(string text, Connection connection)
    {
        List<string> steps = [];
        var plan = connection.Prepare("explain query plan " + text);
        while (plan.Step())
            steps.Add(plan.Text(3));
        return steps;
    }
}
