using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Tests;
using Millrace.Storage.Sqlite;
using Millrace.Storage.Tests.Conformance;

namespace Millrace.Storage.Tests.Sqlite;

public sealed class ViewTests : IAsyncLifetime
{
    private const string Events = """
        [{"seq":1,"type":"workflow_started","time":"2026-11-20T10:00:00.000Z","data":{}},
         {"seq":2,"type":"node_started","nodeId":"a","time":"2026-11-20T10:00:00.001Z","data":{"nodeType":"http"}},
         {"seq":3,"type":"node_completed","nodeId":"a","time":"2026-11-20T10:00:00.013Z","data":{"nodeType":"http","duration":12,"attempt":1,"output":{"x":1}}},
         {"seq":4,"type":"node_skipped","nodeId":"b","iteration":"0.3","time":"2026-11-20T10:00:00.014Z","data":{"nodeType":"log"}},
         {"seq":5,"type":"node_failed","nodeId":"c","time":"2026-11-20T10:00:00.020Z","data":{"nodeType":"code","duration":6,"attempt":2,"error":{"message":"no"}}}]
        """;

    private readonly TemporaryDirectory _directory = new();
    private readonly SqliteStore _store;

    public ViewTests()
    {
        _store = SqliteStore.Open(new SqliteStoreOptions(_directory.Path));
        var execution = Sample.Execution("e1") with
        {
            Status = ExecutionStatus.Failed,
            Seq = 5,
            CurrentStep = "c",
            TotalNodes = 3,
            CompletedNodes = 2,
            StartedAt = Sample.Now,
            CompletedAt = Sample.Now.AddMilliseconds(59_876),
            Error = Sample.Json("""{"type":"code","message":"it said \"no\""}"""),
        };
        _store.Write(
        [
            new CreateExecution(execution, new JournalEntry(1, 5, Sample.Json(Events))),
            new CreateExecution(Sample.Execution("e2") with { Status = ExecutionStatus.Completed, TotalNodes = 3, CompletedNodes = 3, Result = Sample.Json("""{"ok":true}""") }, null),
            new CreateExecution(Sample.Execution("e3") with { TotalNodes = 3, CompletedNodes = 3, Status = ExecutionStatus.Running }, null),
        ]);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public void Execution_logs_has_one_row_per_finished_node_run()
    {
        Assert.Equal(
            ["e1|a|http|completed|12|2026-11-20T10:00:00.013Z", "e1|b|log|skipped||2026-11-20T10:00:00.014Z", "e1|c|code|failed|6|2026-11-20T10:00:00.020Z"],
            Query("select executionId, nodeId, nodeType, status, duration, timestamp from execution_logs where executionId = 'e1'"));
    }

    [Fact]
    public void Journal_events_has_one_row_per_event()
    {
        Assert.Equal(
            ["1|workflow_started||", "2|node_started|a|", "3|node_completed|a|", "4|node_skipped|b|0.3", "5|node_failed|c|"],
            Query("select seq, type, node_id, iteration from journal_events where execution_id = 'e1' order by seq"));
        Assert.Equal(["""{"x":1}"""], Query("select json_extract(data, '$.output') from journal_events where seq = 3"));
    }

    [Fact]
    public void Workflow_executions_renders_times_progress_and_errors_for_people()
    {
        Assert.Equal(
            ["e1|w1|failed|c|3|2|66|2026-11-20T10:00:00.123Z|2026-11-20T10:00:59.999Z|it said \"no\"|"],
            Query("select id, workflowId, status, currentNodeId, totalNodes, completedNodes, percentage, startedAt, completedAt, error, result from workflow_executions where id = 'e1'"));
        Assert.Equal(["100||{\"ok\":true}", "99||"], Query("select percentage, startedAt, result from workflow_executions where id > 'e1' order by id"));
    }

    private string[] Query(string sql) => _store.Readers.Read(
        connection =>
        {
            List<string> rows = [];
            var statement = connection.Prepare(sql);
            while (statement.Step())
                rows.Add(string.Join('|', Enumerable.Range(0, statement.Columns).Select(statement.TextOrNull)));
            return rows.ToArray();
        },
        CancellationToken.None);
}
