using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Testing.Time;

namespace Millrace.Engine.Tests.Runtime;

/// <summary>Limits on how many executions run and how often they start.</summary>
public sealed class LimitTests
{
    private const string Effect = """{"id":"start","type":"start"},{"id":"a","type":"effect"}""";
    private const string Edge = """{"source":"start","target":"a"}""";

    [Fact]
    public async Task Never_more_than_the_limit_run_at_once_and_all_end()
    {
        var effects = new GatedEffects();
        await using var host = new TestEngine(effects.Script);
        await host.SaveAsync("w", Effect, Edge, """{"concurrency": 2}""");

        var starts = await StartAllAsync(host, 20);
        await effects.WhenStartedAsync(2);
        effects.Release(20);
        var ended = await Task.WhenAll(starts.Select(start => start.Ended)).WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken);

        Assert.All(ended, execution => Assert.Equal(ExecutionStatus.Completed, execution.Status));
        Assert.Equal(2, effects.Most);
        Assert.Empty(await host.Store.ListLimitsAsync("acme", new Page()));
    }

    [Fact]
    public async Task A_start_that_finds_room_takes_one_commit()
    {
        var effects = new GatedEffects();
        await using var host = new TestEngine(effects.Script);
        await host.SaveAsync("w", Effect, Edge, """{"concurrency": 2}""");

        var start = await host.StartAsync("w");

        Assert.Equal(ExecutionStatus.Running, start.Execution.Status);
        Assert.Single(await host.Store.ReadJournalAsync("acme", start.Execution.Id, 0, 10, cancellation: TestContext.Current.CancellationToken));
        effects.Release(1);
    }

    [Fact]
    public async Task A_limit_with_a_key_counts_for_each_value_alone()
    {
        var effects = new GatedEffects();
        await using var host = new TestEngine(effects.Script);
        await host.SaveAsync("w", Effect, Edge, """{"concurrency": {"limit": 1, "key": "{{input.customer}}"}}""");

        await host.StartAsync("w", """{"customer":"ann","n":1}""");
        var second = await host.StartAsync("w", """{"customer":"ann","n":2}""");
        await host.StartAsync("w", """{"customer":"bob","n":3}""");
        await effects.WhenStartedAsync(2);

        Assert.Equal(["1", "3"], effects.Order.Order());
        Assert.Equal(new PendingReason.Concurrency(new LimitScope("w", "ann"), 1), second.Execution.PendingReason);
        effects.Release(3);
        await effects.WhenStartedAsync(1);
        Assert.Equal(ExecutionStatus.Completed, (await second.Ended.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken)).Status);
    }

    [Fact]
    public async Task A_start_without_a_value_for_the_key_is_refused()
    {
        await using var host = new TestEngine(new ScriptedEffects());
        await host.SaveAsync("w", Effect, Edge, """{"rateLimit": {"limit": 1, "per": "1s", "key": "{{input.customer}}"}}""");

        var outcome = await host.Engine.StartAsync(new StartRequest { Tenant = "acme", WorkflowId = "w", Input = ValueJson.Parse("{}") }, TestContext.Current.CancellationToken);

        var problem = Assert.Single(Assert.IsType<StartOutcome.Invalid>(outcome).Problems);
        Assert.Equal("limit_key", problem.Code);
        Assert.Contains("settings.rateLimit uses the key '{{input.customer}}'", problem.Message);
    }

    [Fact]
    public async Task A_waiting_execution_keeps_its_slot_until_it_ends()
    {
        var time = new VirtualTime();
        await using var host = new TestEngine(new ScriptedEffects(), time: time);
        await host.SaveAsync("w", """{"id":"start","type":"start"},{"id":"p","type":"pause","config":{"duration":"PT1H"}}""", """{"source":"start","target":"p"}""", """{"concurrency": 1}""");
        var first = await host.StartAsync("w");
        var second = await host.StartAsync("w");
        Assert.Equal((ExecutionStatus.Waiting, ExecutionStatus.Pending), (first.Execution.Status, second.Execution.Status));

        time.Advance(TimeSpan.FromHours(1));
        await first.Ended.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken);
        var waiting = await host.WhenAtAsync(second.Execution.Id, ExecutionStatus.Waiting);

        Assert.Equal(time.GetUtcNow().AddHours(1), waiting.WakeAt);
    }

    [Fact]
    public async Task Starts_come_at_their_rate_by_the_engines_clock()
    {
        var time = new VirtualTime();
        var effects = new GatedEffects();
        effects.Release(10);
        await using var host = new TestEngine(effects.Script, time: time);
        await host.SaveAsync("w", Effect, Edge, """{"rateLimit": {"limit": 6, "per": "1m", "burst": 2}}""");

        var starts = await StartAllAsync(host, 4);
        await Task.WhenAll(starts[0].Ended, starts[1].Ended).WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(new PendingReason.Rate(new LimitScope("w", ""), 6, time.GetUtcNow().AddSeconds(10)), starts[2].Execution.PendingReason);
        Assert.Equal(time.GetUtcNow().AddSeconds(20), starts[3].Execution.WakeAt);

        time.Advance(TimeSpan.FromSeconds(10));
        var third = await starts[2].Ended.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(time.GetUtcNow(), third.StartedAt);
        Assert.Equal(ExecutionStatus.Pending, (await host.Store.ReadExecutionAsync("acme", starts[3].Execution.Id, TestContext.Current.CancellationToken))!.Status);

        time.Advance(TimeSpan.FromSeconds(10));
        await starts[3].Ended.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task What_is_held_back_survives_a_restart_and_the_slots_with_it()
    {
        var effects = new GatedEffects();
        await using var host = new TestEngine(effects.Script);
        await host.SaveAsync("w", Effect, Edge, """{"concurrency": 1}""");
        var starts = await StartAllAsync(host, 3);
        await effects.WhenStartedAsync(1);

        await host.RestartAsync();
        // The one that ran goes on under its old key; the others wait as before.
        await effects.WhenStartedAsync(1);
        Assert.Equal(["0", "0"], effects.Order);
        Assert.Equal([new LimitUse(new LimitScope("w", ""), 1, 1, 2)], await host.Store.ListLimitsAsync("acme", new Page(), TestContext.Current.CancellationToken));
        var ended = Task.WhenAll(starts.Select(start => host.WhenEndedAsync(start.Execution.Id)));
        effects.Release(3);

        Assert.All(await ended, execution => Assert.Equal(ExecutionStatus.Completed, execution.Status));
        Assert.Equal(1, effects.Most);
    }

    [Fact]
    public async Task One_that_waits_can_be_cancelled_without_ever_running()
    {
        var effects = new GatedEffects();
        await using var host = new TestEngine(effects.Script);
        await host.SaveAsync("w", Effect, Edge, """{"concurrency": 1}""");
        var starts = await StartAllAsync(host, 3);
        await effects.WhenStartedAsync(1);

        Assert.Equal(WriteOutcome.Done, await host.Engine.CancelAsync("acme", starts[1].Execution.Id, "no longer needed"));
        var cancelled = await starts[1].Ended.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(ExecutionStatus.Cancelled, cancelled.Status);

        effects.Release(2);
        await starts[2].Ended.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(["0", "2"], effects.Order);
        Assert.Empty(await host.Store.ListLimitsAsync("acme", new Page(), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_raised_limit_starts_at_once_what_it_lets_through()
    {
        var effects = new GatedEffects();
        await using var host = new TestEngine(effects.Script);
        await host.SaveAsync("w", Effect, Edge, """{"concurrency": 1}""");
        await StartAllAsync(host, 4);
        await effects.WhenStartedAsync(1);

        await host.SaveAsync("w", Effect, Edge, """{"concurrency": 3}""");
        await effects.WhenStartedAsync(2);
        await host.SaveAsync("w", Effect, Edge);
        await effects.WhenStartedAsync(1);

        Assert.Equal(4, effects.Most);
        effects.Release(4);
    }

    [Fact]
    public async Task A_tenants_limit_holds_over_all_its_workflows_and_follows_the_setting()
    {
        var effects = new GatedEffects();
        await using var host = new TestEngine(effects.Script, new EngineOptions { DrainGrace = TimeSpan.Zero, TenantConcurrency = 1 });
        await host.SaveAsync("w", Effect, Edge);
        await host.SaveAsync("v", Effect, Edge);
        await host.StartAsync("w", """{"n":1}""");
        var second = await host.StartAsync("v", """{"n":2}""");
        await effects.WhenStartedAsync(1);
        Assert.Equal(new PendingReason.Concurrency(new LimitScope(null, ""), 1), second.Execution.PendingReason);

        host.Options = host.Options with { TenantConcurrency = 2 };
        await host.RestartAsync();
        await effects.WhenStartedAsync(2);

        Assert.Equal(["1", "1", "2"], effects.Order.Order());
        effects.Release(2);
    }

    [Fact]
    public async Task A_tenants_start_rate_holds_over_all_its_workflows()
    {
        var time = new VirtualTime();
        await using var host = new TestEngine(new ScriptedEffects(), new EngineOptions { DrainGrace = TimeSpan.Zero, TenantStartRate = new StartRateLimit(1, TimeSpan.FromSeconds(5)) }, time: time);
        await host.SaveAsync("w", Effect, Edge);
        await host.SaveAsync("v", Effect, Edge);
        Assert.Equal(ExecutionStatus.Completed, (await host.RunAsync("w")).Status);

        var second = await host.StartAsync("v");
        Assert.Equal(new PendingReason.Rate(new LimitScope(null, ""), 1, time.GetUtcNow().AddSeconds(5)), second.Execution.PendingReason);
        time.Advance(TimeSpan.FromSeconds(5));
        await second.Ended.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("""{"concurrency": 1}""", 10_000)]
    [InlineData("{}", 1)]
    public async Task Priority_orders_what_waits_for_a_slot_or_for_room(string settings, int room)
    {
        var effects = new GatedEffects();
        await using var host = new TestEngine(effects.Script, new EngineOptions { DrainGrace = TimeSpan.Zero, MaxResidentExecutions = room });
        await host.SaveAsync("w", Effect, Edge, settings);
        await StartAsync(host, 0, null);
        await effects.WhenStartedAsync(1);
        var starts = new List<Started>();
        foreach (var (n, priority) in new (int, int?)[] { (1, -5), (2, null), (3, 10), (4, 5) })
            starts.Add(await StartAsync(host, n, priority));

        effects.Release(5);
        await Task.WhenAll(starts.Select(start => start.Ended)).WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken);

        Assert.Equal(["0", "3", "4", "2", "1"], effects.Order);
        Assert.Equal(1, effects.Most);
    }

    [Fact]
    public async Task New_starts_do_not_overtake_what_waits_for_room()
    {
        var effects = new GatedEffects();
        await using var host = new TestEngine(effects.Script, new EngineOptions { DrainGrace = TimeSpan.Zero, MaxResidentExecutions = 2 });
        await host.SaveAsync("w", Effect, Edge);
        var starts = await StartAllAsync(host, 12);
        await effects.WhenStartedAsync(2);

        // Each end makes room for one, and another start comes at that very moment.
        for (var n = 12; n < 50; n++)
        {
            effects.Release(1);
            if (n < 40)
                starts.Add(await StartAsync(host, n, null));
            await effects.WhenStartedAsync(1);
        }
        effects.Release(2);
        await Task.WhenAll(starts.Select(start => start.Ended)).WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken);

        Assert.InRange(effects.Most, 1, 2);
        // Only the first two had room at once. Those of one millisecond are in no order.
        var created = effects.Order.Skip(2).Select(n => starts[int.Parse(n)].Execution.CreatedAt).ToList();
        Assert.Equal(38, created.Count);
        Assert.Equal(created.Order(), created);
    }

    private static async Task<List<Started>> StartAllAsync(TestEngine host, int count)
    {
        var starts = new List<Started>();
        for (var n = 0; n < count; n++)
            starts.Add(await StartAsync(host, n, null));
        return starts;
    }

    private static async Task<Started> StartAsync(TestEngine host, int n, int? priority)
    {
        var request = new StartRequest { Tenant = "acme", WorkflowId = "w", Input = MapValue.Of("n", (long)n), Priority = priority };
        var accepted = Assert.IsType<StartOutcome.Accepted>(await host.Engine.StartAsync(request, TestContext.Current.CancellationToken));
        return new Started(accepted.Execution, host.WhenEndedAsync(accepted.Execution.Id));
    }
}
