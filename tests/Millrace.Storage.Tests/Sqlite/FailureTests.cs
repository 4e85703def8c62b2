using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Tests;
using Millrace.Storage.Sqlite;
using Millrace.Storage.Tests.Conformance;

namespace Millrace.Storage.Tests.Sqlite;

public sealed class FailureTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private readonly SqliteStore _store;

    public FailureTests() => _store = SqliteStore.Open(new SqliteStoreOptions(_directory.Path));

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_failure_before_the_commit_undoes_the_whole_batch_and_says_so()
    {
        _store.Writer.Execute("create temp trigger poison before insert on main.executions when new.id = 'poison' begin select raise(abort, 'poisoned'); end");
        Mutation[] batch = [Create("good"), Create("poison"), Create("later")];

        var failure = Assert.Throws<StoreException>(() => _store.Write(batch));

        Assert.True(failure.RolledBack);
        Assert.Contains("poisoned", failure.Message, StringComparison.Ordinal);
        Assert.Empty(failure.Results);
        Assert.Empty(await ListAsync());
        await AssertWorksAsync("good");
    }

    [Fact]
    public async Task A_failure_of_the_commit_itself_is_told_apart()
    {
        // A constraint that is checked only at the commit.
        _store.Writer.Execute("""
            create table parents (id integer primary key);
            create table children (id integer references parents (id) deferrable initially deferred);
            create temp trigger orphan after insert on main.executions when new.id = 'poison' begin insert into children values (1); end;
            """);

        var failure = Assert.Throws<StoreException>(() => _store.Write([Create("poison")]));

        Assert.False(failure.RolledBack);
        Assert.Equal([CommitResult.Done], failure.Results);
        Assert.Empty(await ListAsync());
        await AssertWorksAsync("good");
    }

    [Fact]
    public async Task A_seq_that_is_taken_is_never_written_twice()
    {
        _store.Write([new CreateExecution(Sample.Execution("e1") with { Owner = _store.Ownership.Epoch, Seq = 1 }, Sample.Entry(1, 1))]);
        _store.Writer.Execute("""insert into journal (execution_id, first_seq, last_seq, events) values ('e1', 2, 2, '["first"]')""");

        var failure = Assert.Throws<StoreException>(() => _store.Write(
        [
            new AdvanceExecution(Sample.Tenant, "e1", _store.Ownership.Epoch, 1) { WorkflowId = "w1", Entry = Sample.Entry(2, 2), Status = Core.Executions.ExecutionStatus.Running, NewOwner = _store.Ownership.Epoch },
        ]));

        Assert.True(failure.RolledBack);
        Assert.Equal("""["first"]""", (await _store.ReadJournalAsync(Sample.Tenant, "e1", 1, 10))[0].Events.ToString());
    }

    [Fact]
    public async Task A_full_disk_is_named_and_survived()
    {
        _store.Writer.Execute("pragma max_page_count = 1");
        var large = new CreateExecution(Sample.Execution("e1") with { Input = Sample.Json($"\"{new string('x', 1_000_000)}\"") }, null);

        var failure = Assert.Throws<StoreException>(() => _store.Write([large]));

        Assert.True(failure.RolledBack);
        Assert.Contains("full", failure.Message, StringComparison.Ordinal);
        _store.Writer.Execute("pragma max_page_count = 1000000");
        await AssertWorksAsync("e1");
    }

    [Fact]
    public async Task Another_programs_write_lock_is_named_and_survived()
    {
        _store.Writer.Execute("pragma busy_timeout = 1");
        using (var other = Millrace.Storage.Sqlite.Connections.Connection.OpenWriter(Path.Combine(_directory.Path, "millrace.db")))
        {
            other.Execute("begin immediate");

            var failure = Assert.Throws<StoreException>(() => _store.Write([Create("e1")]));

            Assert.True(failure.RolledBack);
            Assert.Contains("write lock", failure.Message, StringComparison.Ordinal);
        }
        await AssertWorksAsync("e1");
    }

    [Fact]
    public async Task What_is_counted_in_a_batch_that_failed_is_not_counted_later()
    {
        _store.Write([new SaveWorkflow(Sample.Workflow("w1"))]);
        _store.Writer.Execute("create temp trigger poison before insert on main.executions when new.id = 'poison' begin select raise(abort, 'poisoned'); end");
        Assert.Throws<StoreException>(() => _store.Write([Create("good"), Create("poison")]));

        _store.Write([Create("good")]);

        Assert.Equal(1, (await _store.ReadWorkflowAsync(Sample.Tenant, "w1"))!.Stats.Total);
    }

    [Fact]
    public async Task What_was_listed_in_a_batch_that_failed_is_listed_later()
    {
        _store.Write([new SaveWorkflow(Sample.Workflow("w1")), new CreateExecution(Sample.Execution("e1") with { Status = ExecutionStatus.Completed, CompletedAt = Sample.Now }, null)]);
        _store.Writer.Execute("create temp trigger poison before insert on main.executions when new.id = 'poison' begin select raise(abort, 'poisoned'); end");
        Assert.Throws<StoreException>(() => _store.Write([new IndexEnded(100, begin: true), Create("poison")]));

        _store.Write([new IndexEnded(100, begin: true)]);

        Assert.Equal(["e1"], (await _store.ListExpiredAsync(RetentionPolicy.Of(TimeSpan.Zero), Sample.Now, 10)).Select(key => key.Id));
    }

    private static CreateExecution Create(string id) => new(Sample.Execution(id), null);

    private async Task AssertWorksAsync(string id)
    {
        Assert.Equal(CommitResult.Done, _store.Write(Create(id)));
        Assert.Equal(id, Assert.Single(await ListAsync()).Id);
    }

    private async Task<IReadOnlyList<ExecutionSummary>> ListAsync() => (await _store.ListExecutionsAsync(Sample.Tenant, new ExecutionFilter(), new Page())).Executions;
}
