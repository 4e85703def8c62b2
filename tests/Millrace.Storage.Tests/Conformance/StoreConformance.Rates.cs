using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Tests;

namespace Millrace.Storage.Tests.Conformance;

public abstract partial class StoreConformance
{
    [Fact]
    public async Task Starts_beyond_a_burst_are_spaced_out_evenly()
    {
        var rate = new StartRate(Workflow, 10, TimeSpan.FromSeconds(1), 3);
        var starts = Enumerable.Range(0, 6).Select(number => Limited($"e{number}", [], [rate])).ToArray();

        var outcomes = Write([.. starts]);

        Assert.Equal([WriteOutcome.Done, WriteOutcome.Done, WriteOutcome.Done, WriteOutcome.Throttled, WriteOutcome.Throttled, WriteOutcome.Throttled], outcomes);
        for (var number = 3; number < 6; number++)
        {
            var until = Sample.Now.AddMilliseconds(100 * (number - 2));
            var read = await ReadAsync($"e{number}");
            Assert.Equal((ExecutionStatus.Pending, until), (read.Status, read.WakeAt));
            Assert.Equal(new PendingReason.Rate(Workflow, 10, until), read.PendingReason);
        }
        Assert.Equal(Sample.Now.AddMilliseconds(100), await Store.NextWakeAsync());
        Assert.Empty(Claim(Sample.Now.AddMilliseconds(99)));
        Assert.Equal(["e3"], Claim(Sample.Now.AddMilliseconds(100)));
        Assert.Equal(["e4", "e5"], Claim(Sample.Now.AddMilliseconds(300)));
    }

    [Fact]
    public void With_a_burst_of_one_no_span_has_more_starts_than_the_limit()
    {
        var rate = new StartRate(Workflow, 3, TimeSpan.FromMilliseconds(1_000), 1);
        var starts = Enumerable.Range(0, 20).Select(number => Limited($"e{number:00}", [], [rate])).ToArray();
        Write([.. starts]);

        var times = starts.Select(start => (ResultOf(start) as CommitResult.Throttled)?.Execution.WakeAt ?? Sample.Now).ToList();

        Assert.All(times, time => Assert.InRange(times.Count(other => other >= time && other < time.AddMilliseconds(1_000)), 1, 3));
        Assert.InRange(times[^1], Sample.Now.AddMilliseconds(6_333), Sample.Now.AddMilliseconds(6_360));
    }

    [Fact]
    public void A_quiet_time_fills_the_bucket_up_but_no_further()
    {
        var rate = new StartRate(Workflow, 2, TimeSpan.FromSeconds(1), 2);
        Assert.Equal([WriteOutcome.Done, WriteOutcome.Done, WriteOutcome.Throttled], Write(Three(Sample.Now)));

        Assert.Equal([WriteOutcome.Done, WriteOutcome.Done, WriteOutcome.Throttled], Write(Three(Sample.Now.AddHours(1))));

        Mutation[] Three(DateTimeOffset now) => [.. Enumerable.Range(0, 3).Select(number => Limited($"{now.Hour}-{number}", [], [rate], now: now))];
    }

    [Fact]
    public void Buckets_of_other_keys_and_tenants_are_their_own_and_stay_so_after_a_crash()
    {
        StartRate Rate(string key) => new(new LimitScope("w1", key), 1, TimeSpan.FromHours(1), 1);
        Assert.Equal(WriteOutcome.Done, Write(Limited("e1", [], [Rate("ann")])));
        Assert.Equal(WriteOutcome.Done, Write(Limited("e2", [], [Rate("bob")])));
        Assert.Equal(WriteOutcome.Done, Write(Limited("e3", [], [Rate("ann")], tenant: Sample.OtherTenant)));
        Assert.Equal(WriteOutcome.Throttled, Write(Limited("e4", [], [Rate("ann")])));

        using var survivor = new Disposing(OpenAfterCrash());
        var start = Limited("e5", [], [Rate("ann")]);
        WriteTo(survivor.Store, start);

        Assert.Equal(Sample.Now.AddHours(2), ResultOf<CommitResult.Throttled>(start).Execution.WakeAt);
    }

    [Fact]
    public async Task The_slowest_of_several_rates_decides()
    {
        StartRate[] rates = [new(Workflow, 1, TimeSpan.FromMinutes(1), 1), new(WholeTenant, 1, TimeSpan.FromSeconds(1), 1)];
        Write(Limited("e1", [], [.. rates]));
        Write(Limited("e2", [], [.. rates]));

        Assert.Equal(new PendingReason.Rate(Workflow, 1, Sample.Now.AddMinutes(1)), (await ReadAsync("e2")).PendingReason);
    }

    [Fact]
    public async Task A_start_whose_time_has_come_still_needs_its_slot()
    {
        var slot = new SlotLimit(Workflow, 1);
        var rate = new StartRate(Workflow, 1, TimeSpan.FromSeconds(1), 1);
        Write(Limited("e1", [slot], [rate]), Limited("e2", [slot], [rate]));
        Assert.IsType<PendingReason.Rate>((await ReadAsync("e2")).PendingReason);
        Assert.Equal(1, Assert.Single(await Store.ListLimitsAsync(Sample.Tenant, new Page())).InUse);

        Assert.Empty(Claim(Sample.Now.AddSeconds(1)));
        Assert.Equal(new PendingReason.Concurrency(Workflow, 1), (await ReadAsync("e2")).PendingReason);
        Assert.Null((await ReadAsync("e2")).WakeAt);
        Write(End("e1", 1));
        Assert.Equal(["e2"], Claim(Sample.Now.AddSeconds(1)));
    }

    [Fact]
    public async Task A_start_that_waits_for_its_time_can_be_cancelled()
    {
        var slot = new SlotLimit(Workflow, 1);
        var rate = new StartRate(Workflow, 1, TimeSpan.FromHours(1), 1);
        Write(Limited("e1", [slot], [rate]), Limited("e2", [slot], [rate]));

        Write(new AppendInbox(Sample.Tenant, "e2", InboxMessage.Cancel, Sample.Json("{}"), Sample.Now));
        Assert.Equal(["e2"], Claim(Sample.Now));
        Write(End("e2", 0, ExecutionStatus.Cancelled));

        Assert.Equal([new LimitUse(Workflow, 1, 1, 0)], await Store.ListLimitsAsync(Sample.Tenant, new Page()));
    }

    private sealed class Disposing(IStore store) : IDisposable
    {
        public IStore Store { get; } = store;

        public void Dispose() => Store.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
