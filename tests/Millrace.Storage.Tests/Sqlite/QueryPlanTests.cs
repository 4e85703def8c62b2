using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite;
using Millrace.Storage.Sqlite.Connections;
using Millrace.Storage.Tests.Conformance;

namespace Millrace.Storage.Tests.Sqlite;

/// <summary>However much has ended, no statement reads more than it must.</summary>
public sealed class QueryPlanTests : IAsyncLifetime
{
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
        await _store.ListExpiredAsync(RetentionPolicy.Of(TimeSpan.Zero), Sample.Now, 10);
        await _store.RefersToBlobAsync(Sample.Tenant, "b1");
        await _store.ListUnreferredAsync(["b1"]);

        _store.Readers.Read(
            connection =>
            {
                var texts = connection.Texts.ToArray();
                Assert.Equal(30, texts.Length);
                foreach (var text in texts)
                    AssertIndexed(text, connection);
                return texts.Length;
            },
            CancellationToken.None);
    }

    [Theory]
    [InlineData("e.owner = 0 and e.wake_at is not null and e.priority = 0 and e.wake_at <= 5 order by e.wake_at", "executions_live")]
    [InlineData("e.owner = 0 and e.wake_at is not null and e.priority = 0 and e.tenant = 'acme' and e.wake_at <= 5 order by e.wake_at, e.id", "executions_by_turn")]
    [InlineData("e.owner > 0", "executions_live")]
    [InlineData("e.tenant = 'acme' and e.status <> 'completed' and e.status = 'failed' order by e.id desc", "executions_by_status")]
    [InlineData("e.tenant = 'acme' and e.correlation_id = 'c' order by e.id desc", "executions_by_correlation")]
    [InlineData("e.tenant = 'acme' and e.workflow_id = 'w1' order by e.id desc", "executions_by_workflow")]
    [InlineData("e.tenant = 'acme' and e.id < 'e1' order by e.id desc", "executions_by_tenant")]
    public void Each_question_has_its_index(string where, string index) =>
        Assert.Contains(index, string.Join('\n', Plan($"select * from executions e where {where}", _store.Writer)), StringComparison.Ordinal);

    private static void AssertIndexed(string text, Connection connection) =>
        Assert.All(Plan(text, connection), step => Assert.False(IsScan(step) || step.Contains("ORDER BY", StringComparison.Ordinal), $"{step}\n{text}"));

    // What a JSON parameter or the recursion of a few priorities yields is scanned, of course; each policy and each workflow is asked; and
    // deletions are a queue, of which the front is read.
    private static bool IsScan(string step) =>
        step.StartsWith("SCAN TABLE", StringComparison.Ordinal)
        && !step.Contains("json_each", StringComparison.Ordinal)
        && !step.Contains("waiting", StringComparison.Ordinal)
        && !step.Contains("deletions", StringComparison.Ordinal)
        && !step.Contains("AS policy", StringComparison.Ordinal)
        && !step.Contains("AS each_workflow", StringComparison.Ordinal);

    private static List<string> Plan(string text, Connection connection)
    {
        List<string> steps = [];
        var plan = connection.Prepare("explain query plan " + text);
        while (plan.Step())
            steps.Add(plan.Text(3));
        return steps;
    }
}
