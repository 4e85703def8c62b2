using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Testing.Storage;

namespace Millrace.Engine.Tests.Runtime;

/// <summary>Who writes what brings itself to the committer.</summary>
public sealed class CommitterTests
{
    private static ClaimExecutions Nothing => new(DateTimeOffset.MinValue, 0);

    [Fact]
    public async Task Writes_that_come_one_at_a_time_are_written_by_who_brings_them()
    {
        var threads = new List<int>();
        using var scheduler = new DedicatedThreadScheduler("committer");
        var committer = new Committer(Store(_ => threads.Add(Environment.CurrentManagedThreadId)), scheduler, borrowsCallers: true);

        var written = committer.WriteAsync(Nothing);

        Assert.True(written.IsCompleted);
        await written;
        Assert.Equal([Environment.CurrentManagedThreadId], threads);
    }

    [Fact]
    public async Task Who_brings_a_write_does_not_write_for_those_who_came_meanwhile()
    {
        var batches = new List<(int Thread, int Size)>();
        using var scheduler = new DedicatedThreadScheduler("committer");
        Committer committer = null!;
        var others = new List<Task<WriteOutcome>>();
        committer = new Committer(Store(batch =>
        {
            lock (batches)
                batches.Add((Environment.CurrentManagedThreadId, batch.Count));
            if (others.Count == 0)
                others.AddRange([committer.WriteAsync(Nothing), committer.WriteAsync(Nothing)]);
        }), scheduler, borrowsCallers: true);
        var caller = Environment.CurrentManagedThreadId;

        await committer.WriteAsync(Nothing);
        await Task.WhenAll(others).WaitAsync(EngineHost.Patience);

        Assert.Equal([1, 2], batches.Select(batch => batch.Size));
        Assert.Equal([true, false], batches.Select(batch => batch.Thread == caller));
    }

    private static FaultyStore Store(Action<IReadOnlyList<Write>> writing)
    {
        var store = new FaultyStore { Writing = writing };
        store.Decorate(MemoryStore.Open());
        return store;
    }
}
