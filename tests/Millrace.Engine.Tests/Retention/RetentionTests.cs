using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Engine.Blobs;
using Millrace.Engine.Retention;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Tests.Blobs;
using Millrace.Engine.Storage.Mutations;
using Millrace.Storage.Sqlite;
using Millrace.Testing.Time;

namespace Millrace.Engine.Tests.Retention;

/// <summary>What is swept, and when, over a real store and by a clock that the test moves.</summary>
public sealed class RetentionTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("millrace-retention-");
    private readonly VirtualTime _time = new(Start);
    private readonly DedicatedThreadScheduler _commits = new("committer");
    private readonly SqliteStore _store;
    private readonly Committer _committer;
    private readonly FileBlobStore _blobs;
    private int _created;

    public RetentionTests()
    {
        _store = SqliteStore.Open(new SqliteStoreOptions(_directory.FullName));
        _committer = new Committer(_store, _commits);
        _blobs = new FileBlobStore(Path.Combine(_directory.FullName, "blobs"), _time);
    }

    public async ValueTask DisposeAsync()
    {
        await _committer.CloseAsync();
        _commits.Dispose();
        await _store.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Executions_go_when_they_were_kept_long_enough_and_their_blobs_with_them()
    {
        await using var sweeper = Sweeper(new RetentionOptions { Defaults = RetentionPolicy.Of(Day) });
        await SaveAsync("w");
        var blob = await _blobs.StoreAsync("acme", "large"u8);
        await EndAsync("w", blob);
        _time.Advance(Day / 2);
        var later = await EndAsync("w");

        Assert.Equal(0, await sweeper.SweepAsync());
        _time.Advance(Day / 2);
        Assert.Equal(1, await sweeper.SweepAsync());

        Assert.Equal([later], await IdsAsync());
        Assert.Null(await _blobs.GetAsync("acme", blob));
    }

    [Fact]
    public async Task A_blob_that_somebody_still_refers_to_stays()
    {
        await using var sweeper = Sweeper(new RetentionOptions { Defaults = RetentionPolicy.Of(Day) });
        await SaveAsync("w");
        var blob = await _blobs.StoreAsync("acme", "large"u8);
        await EndAsync("w", blob);
        _time.Advance(Day / 2);
        await EndAsync("w", blob);

        _time.Advance(Day / 2);
        await sweeper.SweepAsync();
        Assert.NotNull(await _blobs.GetAsync("acme", blob));
        _time.Advance(Day / 2);
        await sweeper.SweepAsync();
        Assert.Null(await _blobs.GetAsync("acme", blob));
    }

    [Fact]
    public async Task A_blob_that_was_just_written_again_stays_until_it_is_known_to_be_lost()
    {
        await using var sweeper = Sweeper(new RetentionOptions { Defaults = RetentionPolicy.Of(Day) });
        await SaveAsync("w");
        var blob = await _blobs.StoreAsync("acme", "large"u8);
        await EndAsync("w", blob);
        _time.Advance(Day);
        // Somebody has the same value, and is about to commit that he refers to it.
        Assert.Equal(blob, await _blobs.StoreAsync("acme", "large"u8));

        Assert.Equal(1, await sweeper.SweepAsync());
        Assert.NotNull(await _blobs.GetAsync("acme", blob));
        _time.Advance(Day);
        await sweeper.SweepAsync();
        Assert.Null(await _blobs.GetAsync("acme", blob));
    }

    [Fact]
    public async Task Blobs_that_a_crash_left_behind_are_found()
    {
        await using var sweeper = Sweeper(new RetentionOptions());
        await SaveAsync("w");
        var lost = await _blobs.StoreAsync("acme", "lost"u8);
        var referred = await _blobs.StoreAsync("acme", "referred"u8);
        await EndAsync("w", referred);

        await sweeper.SweepAsync();
        Assert.NotNull(await _blobs.GetAsync("acme", lost));
        _time.Advance(Day);
        await sweeper.SweepAsync();

        Assert.Null(await _blobs.GetAsync("acme", lost));
        Assert.NotNull(await _blobs.GetAsync("acme", referred));
    }

    [Fact]
    public async Task Many_go_in_one_sweep_of_whichever_tenant()
    {
        await using var sweeper = Sweeper(new RetentionOptions { Defaults = RetentionPolicy.Of(Day) });
        await SaveAsync("w");
        await SaveAsync("w", "globex");
        for (var i = 0; i < 3 * ExecutionDeletion.Piece; i++)
            await EndAsync("w", tenant: i % 2 == 0 ? "acme" : "globex");
        var running = await CreateAsync("w", ExecutionStatus.Running, null, "acme");
        _time.Advance(2 * Day);

        Assert.Equal(3 * ExecutionDeletion.Piece, await sweeper.SweepAsync());
        Assert.Equal([running], await IdsAsync());
        Assert.Equal(0, await sweeper.SweepAsync());
    }

    [Fact]
    public async Task It_sweeps_by_itself_again_and_again_also_after_trouble()
    {
        var trouble = new Runtime.FaultyStore();
        var store = trouble.Decorate(_store);
        await using var sweeper = Sweeper(new RetentionOptions { Defaults = RetentionPolicy.Of(Day), Interval = TimeSpan.FromMinutes(1) }, store);
        await SaveAsync("w");
        await EndAsync("w");
        sweeper.Start();
        await _time.WhenArmedAsync(TimeSpan.FromMinutes(1)).WaitAsync(Patience);
        _time.Advance(Day);
        await NextSweepAsync();
        Assert.Empty(await IdsAsync());

        await EndAsync("w");
        trouble.FailNextExpiredReads = 1;
        _time.Advance(Day);
        await NextSweepAsync();
        Assert.Single(await IdsAsync());
        _time.Advance(TimeSpan.FromMinutes(1));
        await NextSweepAsync();
        Assert.Empty(await IdsAsync());
    }

    [Fact]
    public async Task A_sweep_ends_with_the_engine()
    {
        var sweeper = Sweeper(new RetentionOptions { Defaults = RetentionPolicy.Of(Day) });
        await SaveAsync("w");
        await EndAsync("w");
        sweeper.Start();

        await sweeper.DisposeAsync().AsTask().WaitAsync(Patience);
        _time.Advance(2 * Day);

        Assert.Single(await IdsAsync());
    }

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // A sweep is over when the next one is armed.
    private Task NextSweepAsync() => _time.WhenArmedAsync(TimeSpan.FromMinutes(1)).WaitAsync(Patience);

    private RetentionSweeper Sweeper(RetentionOptions options, IStore? store = null)
    {
        var deletion = new ExecutionDeletion(store ?? _store, _committer, _blobs, _time, options, NullLogger<ExecutionDeletion>.Instance);
        return new RetentionSweeper(store ?? _store, deletion, _time, options, NullLogger<RetentionSweeper>.Instance);
    }

    private async Task SaveAsync(string id, string tenant = "acme") =>
        Assert.Equal(WriteOutcome.Done, (await _committer.CommitAsync(new SaveWorkflow(new WorkflowRecord { Tenant = tenant, Id = id, Name = id, Document = new JsonText("{}"u8.ToArray()) }))).Outcome);

    private Task<string> EndAsync(string workflow, string? blob = null, string tenant = "acme") => CreateAsync(workflow, ExecutionStatus.Completed, blob, tenant);

    private async Task<string> CreateAsync(string workflow, ExecutionStatus status, string? blob, string tenant)
    {
        var id = $"e{_created++:d5}";
        var record = new ExecutionRecord
        {
            Tenant = tenant,
            Id = id,
            WorkflowId = workflow,
            Status = status,
            Seq = 1,
            CreatedAt = _time.GetUtcNow(),
            CompletedAt = status.IsTerminal() ? _time.GetUtcNow() : null,
        };
        var create = new CreateExecution(record, new JournalEntry(1, 1, new JsonText("[]"u8.ToArray()))) { Blobs = blob is null ? [] : [blob] };
        Assert.Equal(WriteOutcome.Done, (await _committer.CommitAsync(create)).Outcome);
        return id;
    }

    private async Task<string[]> IdsAsync()
    {
        var ids = new List<string>();
        foreach (var tenant in (string[])["acme", "globex"])
            ids.AddRange((await _store.ListExecutionsAsync(tenant, new ExecutionFilter(), new Page(200))).Executions.Select(execution => execution.Id));
        return [.. ids];
    }
}
