using System.Collections.Concurrent;
using System.Globalization;
using Millrace.Engine.Storage;
using Millrace.Engine.Tests.Runtime;
using Millrace.Testing.Time;

namespace Millrace.Engine.Tests.Storage;

public sealed class TenantCacheTests
{
    private readonly ChangeHub _changes = new();
    private readonly VirtualTime _time = new();
    private readonly ConcurrentDictionary<(string, string), string> _rows = new();
    private int _reads;
    private Func<Task> _afterRead = () => Task.CompletedTask;

    [Fact]
    public async Task It_reads_once_until_something_changes()
    {
        var cache = Things();
        _rows[("acme", "a")] = "1";
        Assert.Equal("1", await cache.GetAsync("acme", "a"));
        Assert.Equal("1", await cache.GetAsync("acme", "a"));
        Assert.Equal(1, _reads);
        Change("acme", "a", "2");
        Assert.Equal("2", await cache.GetAsync("acme", "a"));
        Assert.Equal(2, _reads);
    }

    [Fact]
    public async Task A_change_of_one_thing_or_tenant_leaves_the_others()
    {
        var cache = Things();
        foreach (var key in (string[])["a", "b"])
            Assert.Equal("", await cache.GetAsync("acme", key));
        Assert.Equal("", await cache.GetAsync("globex", "a"));
        Change("acme", "a", "2");
        Assert.Equal("", await cache.GetAsync("acme", "b"));
        Assert.Equal("", await cache.GetAsync("globex", "a"));
        Assert.Equal(3, _reads);
        Assert.Equal("2", await cache.GetAsync("acme", "a"));
    }

    [Theory]
    [InlineData("acme", 1)]
    [InlineData("", 0)]
    public async Task A_hint_that_does_not_say_which_takes_out_all_that_it_may_mean(string tenant, int left)
    {
        var cache = Things();
        await cache.GetAsync("acme", "a");
        await cache.GetAsync("acme", "b");
        await cache.GetAsync("globex", "a");
        _changes.Publish(new Change(ChangeKind.Workflow, tenant, ""));
        Assert.Equal(left, cache.Count);
    }

    [Fact]
    public async Task What_changes_while_it_is_read_is_read_again_by_the_next()
    {
        var cache = Things();
        _rows[("acme", "a")] = "1";
        var read = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        _afterRead = () =>
        {
            read.SetResult();
            return goOn.Task;
        };
        var first = cache.GetAsync("acme", "a").AsTask();
        await read.Task;
        _afterRead = () => Task.CompletedTask;
        Change("acme", "a", "2");
        Assert.Equal("2", await cache.GetAsync("acme", "a"));
        goOn.SetResult();
        Assert.Equal("1", await first);
        Assert.Equal("2", await cache.GetAsync("acme", "a"));
        Assert.Equal(2, _reads);
    }

    [Fact]
    public async Task Whoever_asks_after_a_change_sees_it_whatever_else_happens_at_once()
    {
        var cache = Things();
        _rows[("acme", "a")] = "0";
        using var stop = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                var before = int.Parse(_rows[("acme", "a")], CultureInfo.InvariantCulture);
                // The hint of what is stored may still be on its way; that of the one before is not.
                Assert.InRange(int.Parse((await cache.GetAsync("acme", "a"))!, CultureInfo.InvariantCulture), before - 1, int.MaxValue);
            }
        })).ToArray();
        for (var i = 1; i <= 20_000; i++)
            Change("acme", "a", i.ToString(CultureInfo.InvariantCulture));
        await stop.CancelAsync();
        await Task.WhenAll(readers).WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken);
        Assert.Equal("20000", await cache.GetAsync("acme", "a"));
    }

    [Fact]
    public async Task A_lost_hint_is_made_up_for_in_time()
    {
        var cache = Things();
        _rows[("acme", "a")] = "1";
        await cache.GetAsync("acme", "a");
        _rows[("acme", "a")] = "2";
        _time.Advance(CacheBounds.Usual.MaxAge - TimeSpan.FromMilliseconds(1));
        Assert.Equal("1", await cache.GetAsync("acme", "a"));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("2", await cache.GetAsync("acme", "a"));
    }

    [Fact]
    public async Task It_keeps_no_more_than_it_may_whoever_invents_tenants()
    {
        var cache = TenantCache.OfTenants(_changes, ChangeKind.Secret, tenant => ReadAsync(tenant, ""), _time, new CacheBounds(100, TimeSpan.FromHours(1)));
        for (var i = 0; i < 1_000; i++)
        {
            Assert.Equal("", await cache.GetAsync($"tenant{i}"));
            Assert.InRange(cache.Count, 1, 100);
        }
    }

    [Fact]
    public async Task What_is_not_there_is_not_kept()
    {
        var cache = TenantCache.OfTenants(_changes, ChangeKind.Secret, _ => new ValueTask<string?>((string?)null), _time);
        Assert.Null(await cache.GetAsync("acme"));
        Assert.Equal(0, cache.Count);
    }

    [Fact]
    public async Task A_failure_is_told_to_those_who_wait_and_not_kept()
    {
        var cache = Things();
        _afterRead = () => throw new StoreException("It cannot be read (a test says so).", rolledBack: true);
        await Assert.ThrowsAsync<StoreException>(async () => await cache.GetAsync("acme", "a"));
        Assert.Equal(0, cache.Count);
        _afterRead = () => Task.CompletedTask;
        Assert.Equal("", await cache.GetAsync("acme", "a"));
    }

    [Fact]
    public async Task Those_who_ask_at_once_share_a_read_and_may_give_up_alone()
    {
        var cache = Things();
        var goOn = new TaskCompletionSource();
        _afterRead = () => goOn.Task;
        using var gaveUp = new CancellationTokenSource();
        var first = cache.GetAsync("acme", "a", gaveUp.Token).AsTask();
        var second = cache.GetAsync("acme", "a").AsTask();
        await gaveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        goOn.SetResult();
        Assert.Equal("", await second);
        Assert.Equal(1, _reads);
    }

    [Fact]
    public async Task An_entry_that_takes_a_change_in_stays()
    {
        var taken = new List<Change>();
        var cache = TenantCache.OfTenants(_changes, ChangeKind.Workflow, tenant => ReadAsync(tenant, ""), _time, takesIn: (_, change) =>
        {
            taken.Add(change);
            return change.Id is not "all";
        });
        await cache.GetAsync("acme");
        _changes.Publish(new Change(ChangeKind.Workflow, "acme", "w1"));
        Assert.Equal(1, cache.Count);
        _changes.Publish(new Change(ChangeKind.Workflow, "acme", "all"));
        Assert.Equal(0, cache.Count);
        Assert.Equal(["w1", "all"], taken.Select(change => change.Id));
    }

    private TenantCache<string> Things() => TenantCache.OfThings(_changes, ChangeKind.Workflow, ReadAsync, _time);

    private async ValueTask<string?> ReadAsync(string tenant, string id)
    {
        Interlocked.Increment(ref _reads);
        var value = _rows.GetValueOrDefault((tenant, id), "");
        await _afterRead();
        return value;
    }

    private void Change(string tenant, string id, string value)
    {
        _rows[(tenant, id)] = value;
        _changes.Publish(new Change(ChangeKind.Workflow, tenant, id));
    }
}
