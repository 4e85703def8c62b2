using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Tests;
using Millrace.Storage.Sqlite;
using Millrace.Storage.Tests.Conformance;

namespace Millrace.Storage.Tests.Sqlite;

public sealed class ConcurrentReadTests : IAsyncLifetime
{
    private const int Readers = 3;
    private const int Commits = 600;
    private const int Events = 16;
    private const long LogLimitBytes = 128 << 20;

    private readonly TemporaryDirectory _directory = new();
    private readonly SqliteStore _store;

    public ConcurrentReadTests() => _store = SqliteStore.Open(new SqliteStoreOptions(_directory.Path));

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Readers_see_whole_commits_and_do_not_let_the_log_grow_without_bound()
    {
        var ids = Enumerable.Range(0, Events).Select(number => $"e{number:D2}").ToArray();
        _store.Write([.. ids.Select(id => new CreateExecution(Sample.Execution(id) with { Status = ExecutionStatus.Running, Owner = _store.Ownership.Epoch, WakeAt = null }, null))]);
        using var stop = new CancellationTokenSource();
        var started = Enumerable.Range(0, Readers).Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).ToArray();
        var readers = started.Select(signal => Task.Run(() => ReadUntilAsync(signal, stop.Token))).ToArray();
        await Task.WhenAll(started.Select(signal => signal.Task));

        // 16 x 20 KB a commit: 230 MB in all. The log starts over at 64 MB, or 16 MB later where a reader is slow.
        var payload = Sample.Json($"[\"{new string('x', 20_000)}\"]");
        for (var seq = 0; seq < Commits; seq++)
            _store.Write([.. ids.Select(id => Step(id, seq, payload))]);
        await stop.CancelAsync();
        await Task.WhenAll(readers);

        Assert.InRange(new FileInfo(Path.Combine(_directory.Path, "millrace.db-wal")).Length, 0, LogLimitBytes);
        Assert.Equal(Commits, (await _store.ReadExecutionAsync(Sample.Tenant, "e00"))!.Seq);
    }

    private AdvanceExecution Step(string id, long expectedSeq, JsonText events) => new(Sample.Tenant, id, _store.Ownership.Epoch, expectedSeq)
    {
        WorkflowId = "w1",
        Entry = new JournalEntry(expectedSeq + 1, expectedSeq + 1, events),
        Status = ExecutionStatus.Running,
        NewOwner = _store.Ownership.Epoch,
    };

    private async Task ReadUntilAsync(TaskCompletionSource started, CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                // All executions move in one commit, so one snapshot shows them all at the same seq.
                var (executions, _) = await _store.ListExecutionsAsync(Sample.Tenant, new ExecutionFilter(), new Page(), CancellationToken.None);
                Assert.Single(executions.Select(execution => execution.Seq).Distinct());
                started.TrySetResult();
            }
        }
        finally
        {
            started.TrySetResult();
        }
    }
}
