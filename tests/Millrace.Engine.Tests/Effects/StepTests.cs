using System.Collections.Concurrent;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Tests.Runtime;

namespace Millrace.Engine.Tests.Effects;

/// <summary>Steps inside effects: recorded before they return, and never run again.</summary>
public sealed class StepTests
{
    private const string Node = """{"id":"a","type":"effect"}""";
    private const string Twice = """{"id":"a","type":"effect","retry":{"maxAttempts":2,"delay":"PT0S"}}""";

    private readonly ConcurrentQueue<string> _ran = new();

    [Fact]
    public async Task A_step_is_in_the_journal_before_its_effect_goes_on_and_does_not_run_again_after_a_crash()
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isBeforeCrash = true;
        var effects = new ScriptedEffects
        {
            Body = async (context, cancellation) =>
            {
                var one = await StepAsync(context, "ask", 41);
                var two = await context.StepAsync("ask", async (step, inner) =>
                {
                    _ran.Enqueue(step.IdempotencyKey);
                    if (!isBeforeCrash)
                        return one + 1;
                    reached.TrySetResult();
                    await Task.Delay(Timeout.InfiniteTimeSpan, inner);
                    return 0;
                }, cancellation);
                return NodeOutcome.Completed((long)two);
            },
        };
        await using var host = new TestEngine(effects);
        await host.SaveAsync("w", Node);
        var id = (await host.StartAsync("w")).Execution.Id;
        await reached.Task.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken);
        var step = Assert.Single(await host.JournalAsync(id), e => e["type"].AsString() == "step_completed");
        Assert.Equal(("a", "ask", 1L, 41L, 1L), (step["nodeId"].AsString(), step["data"]["name"].AsString(), step["data"]["step"].AsInt(), step["data"]["output"].AsInt(), step["data"]["attempt"].AsInt()));

        isBeforeCrash = false;
        await host.RestartAsync();
        var ended = await host.WhenEndedAsync(id);

        Assert.Equal((ExecutionStatus.Completed, "42"), (ended.Status, ended.Result.ToString()));
        Assert.Equal([$"{id}:a::0:ask:1", $"{id}:a::0:ask:2", $"{id}:a::0:ask:2"], _ran);
    }

    [Fact]
    public async Task The_next_attempt_is_given_the_steps_of_the_one_that_failed()
    {
        await using var host = new TestEngine(new ScriptedEffects
        {
            Body = async (context, _) =>
            {
                var value = await StepAsync(context, "pay", 7);
                return context.Attempt == 1 ? NodeOutcome.Failed("busy", "Later.", retryable: true) : NodeOutcome.Completed((long)value);
            },
        });
        await host.SaveAsync("w", Twice);

        var ended = await host.RunAsync("w");

        Assert.Equal((ExecutionStatus.Completed, "7"), (ended.Status, ended.Result.ToString()));
        Assert.Single(_ran);
    }

    [Fact]
    public async Task Steps_side_by_side_keep_the_numbers_with_which_they_began()
    {
        var isFirst = true;
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = new TestEngine(new ScriptedEffects
        {
            Body = async (context, cancellation) =>
            {
                var slow = context.StepAsync("slow", async (_, _) =>
                {
                    _ran.Enqueue("slow");
                    await release.Task;
                    return 1;
                }, cancellation).AsTask();
                var fast = context.StepAsync("fast", (_, _) => new ValueTask<int>(Ran("fast", 2)), cancellation).AsTask();
                await fast;
                release.TrySetResult();
                var sum = await slow + await fast;
                if (!isFirst)
                    return NodeOutcome.Completed((long)sum);
                isFirst = false;
                return NodeOutcome.Failed("busy", "Later.", retryable: true);
            },
        });
        await host.SaveAsync("w", Twice);

        var ended = await host.RunAsync("w");

        Assert.Equal("3", ended.Result.ToString());
        Assert.Equal(["slow", "fast"], _ran);
        Assert.Equal(["fast 2", "slow 1"], (await host.JournalAsync(ended.Id)).Where(e => e["type"].AsString() == "step_completed").Select(e => $"{e["data"]["name"].AsString()} {e["data"]["step"].AsInt()}"));
    }

    [Fact]
    public async Task Other_steps_than_those_that_are_recorded_fail_the_node_whatever_its_code_makes_of_it()
    {
        await using var host = new TestEngine(new ScriptedEffects
        {
            Body = async (context, _) =>
            {
                try
                {
                    await StepAsync(context, context.Attempt == 1 ? "first" : "other", 1);
                }
                catch (Exception e) when (e is not OutOfMemoryException)
                {
                    return NodeOutcome.Completed("never mind");
                }
                return NodeOutcome.Failed("busy", "Later.", retryable: true);
            },
        });
        await host.SaveAsync("w", Twice);

        var ended = await host.RunAsync("w");

        Assert.Equal(ExecutionStatus.Failed, ended.Status);
        var error = ValueJson.Parse(ended.Error.Utf8.Span);
        Assert.Equal("step_mismatch", error["type"].AsString());
        Assert.Contains("Step 1 of node 'a' is 'other', but was 'first' in an earlier attempt.", error["message"].AsString());
        Assert.Single(_ran);
    }

    [Fact]
    public async Task A_step_that_failed_for_good_is_recorded_and_fails_again_without_running()
    {
        await using var host = new TestEngine(new ScriptedEffects
        {
            Body = async (context, cancellation) =>
            {
                var said = "";
                try
                {
                    await context.StepAsync<int>("call", (_, _) => throw new StepFailedException(new NodeError("refused", $"No {Ran("call", 1)}.")), cancellation);
                }
                catch (StepFailedException e)
                {
                    said = e.Error.Message;
                }
                return context.Attempt == 1 ? NodeOutcome.Failed("busy", "Later.", retryable: true) : NodeOutcome.Completed(said);
            },
        });
        await host.SaveAsync("w", Twice);

        var ended = await host.RunAsync("w");

        Assert.Equal("\"No 1.\"", ended.Result.ToString());
        Assert.Single(_ran);
    }

    [Fact]
    public async Task A_step_that_may_go_well_the_next_time_is_not_recorded_and_fails_the_attempt_with_its_error()
    {
        await using var host = new TestEngine(new ScriptedEffects
        {
            Body = async (context, cancellation) => NodeOutcome.Completed(await context.StepAsync<Value>("call", (step, _) =>
                context.Attempt == 1 ? throw new StepFailedException(new NodeError("busy", "Later.", Retryable: true)) : new(step.IdempotencyKey), cancellation)),
        });
        await host.SaveAsync("w", Twice);

        var ended = await host.RunAsync("w");

        Assert.Equal($"\"{ended.Id}:a::0:call:1\"", ended.Result.ToString());
        Assert.Equal("busy", (await host.JournalAsync(ended.Id)).Single(e => e["type"].AsString() == "node_retrying")["data"]["error"]["type"].AsString());
    }

    [Fact]
    public async Task A_retry_by_hand_keeps_what_is_paid_and_tries_what_failed_again()
    {
        var isBroken = true;
        await using var host = new TestEngine(new ScriptedEffects
        {
            Body = async (context, cancellation) =>
            {
                await StepAsync(context, "pay", 1);
                var second = await context.StepAsync("call", (step, _) =>
                {
                    _ran.Enqueue(step.IdempotencyKey);
                    return isBroken ? throw new StepFailedException(new NodeError("refused", "No.")) : new ValueTask<string>("yes");
                }, cancellation);
                return NodeOutcome.Completed(second);
            },
        });
        await host.SaveAsync("w", Node);
        var failed = await host.RunAsync("w");
        Assert.Contains("\"refused\"", failed.Error.ToString());

        isBroken = false;
        var retried = await host.WhenEndedAsync(Assert.IsType<ForkOutcome.Accepted>(await host.Engine.RetryAsync("acme", failed.Id)).Execution.Id);

        Assert.Equal("\"yes\"", retried.Result.ToString());
        Assert.Equal([$"{failed.Id}:a::0:pay:1", $"{failed.Id}:a::0:call:1", $"{failed.Id}:a::1:call:1"], _ran);
    }

    [Fact]
    public async Task A_retry_by_hand_after_a_timeout_keeps_the_key()
    {
        var hangs = true;
        var effects = new ScriptedEffects
        {
            Body = async (context, cancellation) =>
            {
                if (hangs)
                    await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
                return NodeOutcome.Completed("done");
            },
        };
        await using var host = new TestEngine(effects);
        await host.SaveAsync("w", """{"id":"a","type":"effect","timeout":"PT0.05S"}""");
        var failed = await host.RunAsync("w");

        hangs = false;
        await host.WhenEndedAsync(Assert.IsType<ForkOutcome.Accepted>(await host.Engine.RetryAsync("acme", failed.Id)).Execution.Id);

        Assert.Equal([$"{failed.Id}:a::0", $"{failed.Id}:a::0"], effects.Runs.Select(run => run.Key));
    }

    [Fact]
    public async Task A_cancelled_effect_goes_no_step_further()
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goesOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var seen = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = new TestEngine(new ScriptedEffects
        {
            Body = async (context, cancellation) =>
            {
                cancellation.Register(() => goesOn.TrySetResult());
                await StepAsync(context, "one", 1);
                reached.TrySetResult();
                await goesOn.Task;
                seen.SetResult(await Record.ExceptionAsync(() => StepAsync(context, "two", 2).AsTask()));
                return NodeOutcome.Completed(Value.Null);
            },
        });
        await host.SaveAsync("w", Node);
        var started = await host.StartAsync("w");
        await reached.Task.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken);

        Assert.Equal(WriteOutcome.Done, await host.Engine.CancelAsync("acme", started.Execution.Id, null));
        Assert.Equal(ExecutionStatus.Cancelled, (await started.Ended!.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken)).Status);

        Assert.IsAssignableFrom<OperationCanceledException>(await seen.Task);
        Assert.Single(_ran);
    }

    [Fact]
    public async Task What_a_step_gives_is_without_secrets_in_the_journal_and_in_the_code()
    {
        await using var host = new TestEngine(new ScriptedEffects
        {
            Body = async (context, cancellation) =>
            {
                context.Secrets.Add("token", "hunter22");
                return NodeOutcome.Completed(await context.StepAsync("call", (_, _) => new ValueTask<string>("Bearer hunter22"), cancellation) == "Bearer [secret token]");
            },
        });
        await host.SaveAsync("w", Node);

        var ended = await host.RunAsync("w");

        Assert.Equal("true", ended.Result.ToString());
        Assert.Equal("Bearer [secret token]", (await host.JournalAsync(ended.Id)).Single(e => e["type"].AsString() == "step_completed")["data"]["output"].AsString());
    }

    [Fact]
    public async Task A_large_output_is_stored_apart_and_given_back_whole()
    {
        var text = new string('x', 300_000);
        await using var host = new TestEngine(new ScriptedEffects
        {
            Body = async (context, cancellation) =>
            {
                var given = await context.StepAsync("read", (_, _) => new ValueTask<string>(Ran(text, text)), cancellation);
                return context.Attempt == 1 ? NodeOutcome.Failed("busy", "Later.", retryable: true) : NodeOutcome.Completed((long)given.Length);
            },
        });
        await host.SaveAsync("w", """{"id":"a","type":"effect","retry":{"maxAttempts":2,"delay":"PT3S"}}""");
        var started = await host.StartAsync("w");
        await host.WhenAtAsync(started.Execution.Id, ExecutionStatus.Waiting);
        await host.RestartAsync();

        var ended = await host.WhenEndedAsync(started.Execution.Id);

        Assert.Equal("300000", ended.Result.ToString());
        Assert.Single(_ran);
        Assert.False((await host.JournalAsync(ended.Id)).Single(e => e["type"].AsString() == "step_completed")["data"]["output"]["$blob"].IsNull);
    }

    [Theory]
    [InlineData("name", "The name of a step may have at most 200 characters")]
    [InlineData("output", "returned more than 4 MB of JSON")]
    [InlineData("number", "has more than 1,000 steps")]
    public async Task Steps_have_limits(string limit, string message)
    {
        await using var host = new TestEngine(new ScriptedEffects
        {
            Body = async (context, cancellation) =>
            {
                for (var i = 0; limit == "number" && i < StepRecord.MaxSteps; i += 100)
                    await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => context.StepAsync("s", (_, _) => new ValueTask<int>(1), cancellation).AsTask()));
                await context.StepAsync(limit == "name" ? new string('n', 201) : "s", (_, _) => new ValueTask<string>(new string('x', limit == "output" ? StepRecord.MaxOutputBytes : 1)), cancellation);
                return NodeOutcome.Completed(Value.Null);
            },
        });
        await host.SaveAsync("w", Node);

        var error = ValueJson.Parse((await host.RunAsync("w")).Error.Utf8.Span);

        Assert.Equal("step_limit", error["type"].AsString());
        Assert.Contains(message, error["message"].AsString());
    }

    [Fact]
    public async Task What_steps_spend_counts_in_the_cost()
    {
        await using var host = new TestEngine(new ScriptedEffects
        {
            Body = async (context, cancellation) =>
            {
                for (var i = 0; i < 2; i++)
                {
                    await context.StepAsync("model", (step, _) =>
                    {
                        step.Usage = new Spending(0.25m, 100, 10);
                        return new ValueTask<int>(1);
                    }, cancellation);
                }
                return NodeOutcome.Completed(Value.Null);
            },
        });
        await host.SaveAsync("w", Node);

        var ended = await host.RunAsync("w");

        Assert.Equal("""{"money":0.5,"tokensIn":200,"tokensOut":20}""", ended.Cost.ToString());
    }

    [Fact]
    public async Task A_step_in_a_step_is_refused_at_once()
    {
        await using var host = new TestEngine(new ScriptedEffects
        {
            Body = async (context, cancellation) => NodeOutcome.Completed((long)await context.StepAsync("outer", (_, _) => StepAsync(context, "inner", 1), cancellation)),
        });
        await host.SaveAsync("w", Node);

        Assert.Contains("Step 'inner' of node 'a' starts inside step 'outer'.", (await host.RunAsync("w")).Error.ToString());
    }

    private ValueTask<int> StepAsync(EffectContext context, string name, int value) => context.StepAsync(name, (step, _) => new ValueTask<int>(Ran(step.IdempotencyKey, value)), CancellationToken.None);

    private T Ran<T>(string what, T value)
    {
        _ran.Enqueue(what);
        return value;
    }
}
