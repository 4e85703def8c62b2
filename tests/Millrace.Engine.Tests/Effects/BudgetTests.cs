using System.Collections.Concurrent;
using System.Collections.Immutable;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Budgets;
using Millrace.Engine.Nodes;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Budgets;
using Millrace.Engine.Storage.Mutations;
using Millrace.Engine.Tests.Blobs;
using Millrace.Engine.Tests.Runtime;
using Millrace.Testing.Storage;
using Millrace.Testing.Time;

namespace Millrace.Engine.Tests.Effects;

/// <summary>Calls that spend: set aside before they begin, charged once with the outcome that is recorded.</summary>
public sealed class BudgetTests
{
    private const string One = """{"id":"a","type":"model"}""";
    private const string Retried = """{"id":"a","type":"model","retry":{"maxAttempts":3,"delay":"PT0S"}}""";

    private static readonly BudgetAccount Tenant = new("tenant");

    [Fact]
    public async Task The_budget_of_a_workflow_stops_an_execution_and_says_why()
    {
        var effects = new ScriptedEffects { Estimate = new Spending(0.1m, 10, 0), Body = (_, _) => new(Spent(0.3m, 20, 5)) };
        await using var host = new TestEngine(effects);
        await host.SaveAsync("w", """{"id":"a","type":"model"},{"id":"b","type":"model"},{"id":"c","type":"model","retry":{"maxAttempts":3,"delay":"PT0S"}}""",
            """{"source":"a","target":"b"},{"source":"b","target":"c"}""", """{"budget":{"money":0.65,"tokens":1000}}""");

        var ended = await host.RunAsync("w");

        Assert.Equal((ExecutionStatus.Failed, 2), (ended.Status, effects.Runs.Count));
        var error = ValueJson.Parse(ended.Error.Utf8.Span);
        Assert.Equal(("budget_exceeded", "c", 1L), (error["type"].AsString(), error["nodeId"].AsString(), error["attempt"].AsInt()));
        Assert.Equal("The budget of this execution does not allow this call: its limit is 0.65 US dollars, 0.6 used, 0 reserved for calls under way, 0.1 asked for.", error["message"].AsString());
        Assert.Equal(new BudgetBalance(new BudgetTotals(600_000_000, 50, 2), default), await host.Store.ReadBudgetAsync("acme", BudgetAccount.OfExecution(ended.Id)));
        // Each execution begins anew.
        Assert.Equal(ExecutionStatus.Failed, (await host.RunAsync("w")).Status);
        Assert.Equal(4, effects.Runs.Count);
    }

    [Fact]
    public async Task Branches_side_by_side_never_pass_a_limit_together()
    {
        var effects = new ScriptedEffects { Body = (_, _) => new(Spent(0, 1, 0)) };
        await using var host = new TestEngine(effects);
        await host.SaveAsync("w", string.Join(',', Enumerable.Range(0, 20).Select(number => $$"""{"id":"n{{number}}","type":"model","onError":"continue"}""")), settings: """{"budget":{"calls":7}}""");

        var ended = await host.RunAsync("w");

        Assert.Equal(7, effects.Runs.Count);
        Assert.Equal(new BudgetBalance(new BudgetTotals(0, 7, 7), default), await host.Store.ReadBudgetAsync("acme", BudgetAccount.OfExecution(ended.Id)));
        Assert.Equal(13, (await host.JournalAsync(ended.Id)).Count(e => e["type"].AsString() == "node_failed" && e["data"]["error"]["type"].AsString() == "budget_exceeded"));
    }

    [Fact]
    public async Task Attempts_that_fail_are_charged_what_they_spent()
    {
        var effects = new ScriptedEffects
        {
            Body = (context, _) => new(context.Attempt < 3 ? NodeOutcome.Failed(new NodeError("model_output", "No.", Retryable: true, Details: Spent(0.1m, 3, 4).Meta)) : Spent(0.2m, 5, 6)),
        };
        await using var host = new TestEngine(effects, budgets: new TenantBudget());
        await host.SaveAsync("w", Retried);

        var ended = await host.RunAsync("w");

        Assert.Equal(ExecutionStatus.Completed, ended.Status);
        Assert.Equal(new BudgetBalance(new BudgetTotals(400_000_000, 25, 3), default), await host.Store.ReadBudgetAsync("acme", Tenant));
        Assert.Equal("""{"money":0.4,"tokensIn":11,"tokensOut":14}""", ended.Cost.ToString());
    }

    [Fact]
    public async Task A_call_is_charged_once_whenever_the_process_dies()
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isBeforeCrash = true;
        var effects = new ScriptedEffects
        {
            Estimate = new Spending(0.5m, 100, 0),
            Body = async (context, cancellation) =>
            {
                await StepAsync(context, 0.25m);
                await StepAsync(context, 0.125m);
                if (isBeforeCrash)
                {
                    reached.TrySetResult();
                    await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
                }
                return NodeOutcome.Completed(1);
            },
        };
        await using var host = new TestEngine(effects, budgets: new TenantBudget());
        await host.SaveAsync("w", One);
        var id = (await host.StartAsync("w")).Execution.Id;
        await reached.Task.InTimeAsync();
        var standing = new BudgetBalance(new BudgetTotals(375_000_000, 20, 2), new BudgetTotals(125_000_000, 80, 0));
        Assert.Equal(standing, await host.Store.ReadBudgetAsync("acme", Tenant));

        isBeforeCrash = false;
        await host.RestartAsync();

        Assert.Equal(ExecutionStatus.Completed, (await host.WhenEndedAsync(id)).Status);
        Assert.Equal(new BudgetBalance(standing.Used, default), await host.Store.ReadBudgetAsync("acme", Tenant));
        Assert.Equal(2, effects.Runs.Count);
    }

    [Fact]
    public async Task What_is_given_from_a_cache_costs_nothing()
    {
        var effects = new ScriptedEffects { Body = (_, _) => new(Spent(0.5m, 1, 1)) };
        await using var host = new TestEngine(effects, budgets: new TenantBudget(new BudgetLimits(Calls: 1)));
        await host.SaveAsync("w", """{"id":"a","type":"model","cache":{"key":"k"}}""");

        Assert.Equal(ExecutionStatus.Completed, (await host.RunAsync("w")).Status);
        Assert.Equal(ExecutionStatus.Completed, (await host.RunAsync("w")).Status);

        Assert.Single(effects.Runs);
        Assert.Equal(new BudgetTotals(500_000_000, 2, 1), (await host.Store.ReadBudgetAsync("acme", Tenant)).Used);
    }

    [Fact]
    public async Task Who_waits_for_another_ones_call_does_not_fail_by_the_others_budget()
    {
        var budgets = new OnlyFirstIsRefused();
        var effects = new ScriptedEffects { Body = (_, _) => new(Spent(0.5m, 1, 1)) };
        await using var host = new TestEngine(effects, budgets: budgets);
        await host.SaveAsync("w", """{"id":"a","type":"model","cache":{"key":"k"}}""");

        var first = await host.StartAsync("w");
        await budgets.Asked.InTimeAsync();
        var second = await host.StartAsync("w");
        budgets.Answer();

        Assert.Equal(ExecutionStatus.Failed, (await first.Ended.InTimeAsync()).Status);
        Assert.Equal(ExecutionStatus.Completed, (await second.Ended.InTimeAsync()).Status);
    }

    [Fact]
    public async Task What_is_stopped_gives_back_what_was_set_aside_while_its_execution_goes_on()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var mayEnd = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var effects = new ScriptedEffects
        {
            Estimate = new Spending(0.5m, 0, 0),
            Body = async (context, cancellation) =>
            {
                if (context.NodeId == "slow")
                {
                    begun.TrySetResult();
                    await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
                }
                await (context.NodeId == "fast" ? begun.Task : mayEnd.Task);
                return NodeOutcome.Completed(1);
            },
        };
        await using var host = new TestEngine(effects, budgets: new TenantBudget());
        await host.SaveAsync("w", """{"id":"slow","type":"model"},{"id":"fast","type":"effect"},{"id":"j","type":"join","config":{"mode":"any","cancelOthers":true}},{"id":"last","type":"effect"}""",
            """{"source":"slow","target":"j"},{"source":"fast","target":"j"},{"source":"j","target":"last"}""");

        var started = await host.StartAsync("w");
        await foreach (var _ in host.FollowAsync(started.Execution.Id))
        {
            if ((await host.JournalAsync(started.Execution.Id)).Exists(e => e["type"].AsString() == "node_started" && e["nodeId"].AsString() == "last"))
                break;
        }
        Assert.Equal(default, (await host.Store.ReadBudgetAsync("acme", Tenant)).Reserved);
        mayEnd.SetResult();
        Assert.Equal(ExecutionStatus.Completed, (await started.Ended.InTimeAsync()).Status);
        Assert.Equal(default, await host.Store.ReadBudgetAsync("acme", Tenant));
    }

    [Fact]
    public async Task What_a_node_that_is_tried_alone_spends_is_charged_as_well()
    {
        var effects = new ScriptedEffects { Body = (_, _) => new(Spent(0.5m, 1, 1)) };
        await using var host = new TestEngine(effects, budgets: new TenantBudget(new BudgetLimits(Calls: 1)));
        await host.SaveAsync("w", One);
        var graph = (await host.Workflows.FindRunnableAsync("acme", "w", null, TestContext.Current.CancellationToken))!.Value.Graph!;

        Task<NodeOutcome> TryAsync(string id) =>
            host.Engine.RunAloneAsync(new ExecutionIdentity("acme", id, "w", 1), new EffectStart(graph.Find("a")!, "", 1, 0, MapValue.Empty, default), TestContext.Current.CancellationToken);

        Assert.Null((await TryAsync("one")).Error);
        Assert.Equal(new BudgetBalance(new BudgetTotals(500_000_000, 2, 1), default), await host.Store.ReadBudgetAsync("acme", Tenant));
        Assert.Equal(("budget_exceeded", "The budget of this tenant does not allow this call: its limit is 1 call, 1 used, 0 reserved for calls under way, 1 asked for."), ((await TryAsync("two")).Error!.Type, (await TryAsync("three")).Error!.Message));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_node_that_is_tried_alone_and_breaks_keeps_nothing_reserved(bool isCancelled)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var effects = new ScriptedEffects
        {
            Estimate = new Spending(0.5m, 10, 0),
            Body = async (_, cancellation) =>
            {
                begun.SetResult();
                await (isCancelled ? Task.Delay(Timeout.InfiniteTimeSpan, cancellation) : throw new InvalidOperationException("It broke."));
                return NodeOutcome.Completed(1);
            },
        };
        await using var host = new TestEngine(effects, budgets: new TenantBudget());
        await host.SaveAsync("w", One);
        var graph = (await host.Workflows.FindRunnableAsync("acme", "w", null, TestContext.Current.CancellationToken))!.Value.Graph!;
        using var cancellation = new CancellationTokenSource();

        var start = new EffectStart(graph.Find("a")!, "", 1, 0, MapValue.Empty, default);
        var running = host.Engine.RunAloneAsync(new ExecutionIdentity("acme", "one", "w", 1), start, cancellation.Token);
        await begun.Task.InTimeAsync();
        if (isCancelled)
            await cancellation.CancelAsync();
        var outcome = await running.InTimeAsync();

        Assert.Equal(isCancelled ? "cancelled" : "unexpected", outcome.Error!.Type);
        Assert.Equal(default, await host.Store.ReadBudgetAsync("acme", Tenant));
    }

    [Fact]
    public async Task What_is_reserved_for_a_run_that_was_stopped_just_before_is_given_back()
    {
        var budgets = new LateAnswer();
        var lastMayEnd = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var lastBegun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var effects = new ScriptedEffects
        {
            Estimate = new Spending(0.5m, 0, 0),
            Body = async (context, _) =>
            {
                if (context.NodeId == "last")
                    lastBegun.SetResult();
                await (context.NodeId == "last" ? lastMayEnd.Task : budgets.Asked);
                return NodeOutcome.Completed(1);
            },
        };
        WitnessStore? witness = null;
        await using var host = new TestEngine(effects, budgets: budgets, decorate: store => witness = new WitnessStore(store));
        const string Join = """{"id":"j","type":"join","config":{"mode":"any","cancelOthers":true}}""";
        await host.SaveAsync("w", """{"id":"slow","type":"model"},{"id":"fast","type":"effect"},{"id":"last","type":"effect"},""" + Join,
            """{"source":"slow","target":"j"},{"source":"fast","target":"j"},{"source":"j","target":"last"}""");
        var started = await host.StartAsync("w");
        // Its run is stopped, and that is durable: what follows the join has begun.
        await lastBegun.Task.InTimeAsync();

        budgets.Answer();

        await witness!.WhenWrittenAsync(mutation => mutation is ReserveBudget).InTimeAsync();
        await witness.WhenWrittenAsync(mutation => mutation is AdvanceExecution { Entry: null, Settlements.Count: 1 }).InTimeAsync();
        Assert.Equal(default, await host.Store.ReadBudgetAsync("acme", Tenant));
        lastMayEnd.SetResult();
        Assert.Equal(ExecutionStatus.Completed, (await started.Ended.InTimeAsync()).Status);
        Assert.DoesNotContain(effects.Runs, run => run.Key.Contains(":slow:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_call_whose_answer_cannot_be_stored_at_once_is_made_and_charged_once()
    {
        var blobs = new FaultyBlobs { FailNextPuts = 2 };
        var time = new VirtualTime();
        var effects = new ScriptedEffects { Body = (_, _) => new(Spent(0.3m, 20, 5) with { Output = new string('x', 1_000_000) }) };
        await using var host = new TestEngine(effects, budgets: new TenantBudget(), decorateBlobs: blobs.Decorate, time: time);
        await host.SaveAsync("w", One);
        var started = await host.StartAsync("w");
        foreach (var seconds in (int[])[1, 2])
        {
            await blobs.WhenPutFailedAsync();
            await time.WhenArmedAsync(TimeSpan.FromSeconds(seconds)).InTimeAsync();
            time.Advance(TimeSpan.FromSeconds(seconds));
        }

        Assert.Equal(ExecutionStatus.Completed, (await started.Ended.InTimeAsync()).Status);
        Assert.Single(effects.Runs);
        Assert.Equal(new BudgetBalance(new BudgetTotals(300_000_000, 25, 1), default), await host.Store.ReadBudgetAsync("acme", Tenant));
    }

    [Theory]
    [InlineData("model", """{"timeout":"PT1H"}""", false)]
    [InlineData("effect", """{"budget":{"money":1}}""", false)]
    [InlineData("model", """{"budget":{"money":1}}""", true)]
    public async Task Where_there_is_no_budget_nothing_is_written_of_one(string type, string settings, bool isWritten)
    {
        WitnessStore? witness = null;
        await using var host = new TestEngine(new ScriptedEffects(), decorate: store => witness = new WitnessStore(store));
        await host.SaveAsync("w", $$"""{"id":"a","type":"{{type}}"}""", settings: settings);

        await host.RunAsync("w");

        Assert.Equal(isWritten ? 1 : 0, witness!.Written.Count(mutation => mutation is ReserveBudget));
    }

    private static NodeOutcome Spent(decimal money, long tokensIn, long tokensOut) => new()
    {
        Output = 1,
        Meta = MapValue.Of(("usage", MapValue.Of(("promptTokens", tokensIn), ("completionTokens", tokensOut))), ("cost", (double)money)),
    };

    private static ValueTask<int> StepAsync(EffectContext context, decimal money) => context.StepAsync("call", (step, _) =>
    {
        step.Usage = new Spending(money, 10, 0);
        return new ValueTask<int>(1);
    }, CancellationToken.None);

    private sealed class TenantBudget(BudgetLimits limits = default) : IBudgets
    {
        public ValueTask<ImmutableArray<BudgetLine>> LinesOfAsync(BudgetSubject subject, CancellationToken cancellation) => new([new BudgetLine(Tenant, limits)]);
    }

    /// <summary>Answers late, and does not hear that the answer is not wanted any more.</summary>
    private sealed class LateAnswer : IBudgets
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Asked => _asked.Task;

        public void Answer() => _answer.SetResult();

        public async ValueTask<ImmutableArray<BudgetLine>> LinesOfAsync(BudgetSubject subject, CancellationToken cancellation)
        {
            _asked.TrySetResult();
            await _answer.Task;
            return [new BudgetLine(Tenant, default)];
        }
    }

    private sealed class OnlyFirstIsRefused : IBudgets
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Asked => _asked.Task;

        public void Answer() => _answer.SetResult();

        public async ValueTask<ImmutableArray<BudgetLine>> LinesOfAsync(BudgetSubject subject, CancellationToken cancellation)
        {
            if (!_asked.TrySetResult())
                return [];
            await _answer.Task;
            return [new BudgetLine(Tenant, new BudgetLimits(Calls: 0))];
        }
    }

    private sealed class WitnessStore(IStore inner) : StoreDecorator(inner)
    {
        private readonly ConcurrentQueue<(Func<Mutation, bool> Is, TaskCompletionSource Written)> _awaited = new();

        public ConcurrentQueue<Mutation> Written { get; } = new();

        /// <summary>Ends once such a mutation is written.</summary>
        public Task WhenWrittenAsync(Func<Mutation, bool> isSuch)
        {
            var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited.Enqueue((isSuch, written));
            Answer();
            return written.Task;
        }

        public override async ValueTask<IReadOnlyList<CommitResult>> CommitAsync(
            IReadOnlyList<Mutation> batch, CancellationToken cancellation = default)
        {
            Mutation[] written = [.. batch];
            var results = await base.CommitAsync(batch, cancellation);
            foreach (var mutation in written)
                Written.Enqueue(mutation);
            Answer();
            return results;
        }

        private void Answer()
        {
            foreach (var (isSuch, written) in _awaited)
            {
                if (Written.Any(isSuch))
                    written.TrySetResult();
            }
        }
    }
}
