using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Blobs;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Tests.Runtime;
using Millrace.Testing.Time;

namespace Millrace.Engine.Tests.Blobs;

/// <summary>While blobs cannot be written or read, nothing that has happened is forgotten, and what runs goes on.</summary>
public sealed class BlobTroubleTests
{
    private const string One = """{"id":"a","type":"effect"}""";
    private const string BesideWait = """{"id":"a","type":"effect"},{"id":"first","type":"waitForEvent","config":{"name":"go"}}""";

    private static readonly string Text = new('x', 1_000_000);

    private readonly ScriptedEffects _effects = new();
    private readonly FaultyBlobs _blobs = new();
    private readonly VirtualTime _time = new();
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _mayEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task An_output_that_cannot_be_stored_is_kept_until_it_can_be_and_its_effect_runs_once()
    {
        await using var host = new TestEngine(_effects, decorateBlobs: _blobs.Decorate, time: _time);
        await host.SaveAsync("w", One);
        _effects.Body = (_, _) => new(NodeOutcome.Completed(Text));
        _blobs.FailNextPuts = 3;
        var started = await host.StartAsync("w");

        // Each pause is twice as long as the one before.
        foreach (var seconds in (int[])[1, 2, 4])
        {
            await _blobs.WhenPutFailedAsync();
            await _time.WhenArmedAsync(TimeSpan.FromSeconds(seconds)).InTimeAsync();
            _time.Advance(TimeSpan.FromSeconds(seconds));
        }

        var ended = await host.History.InFullAsync(await started.Ended.InTimeAsync(), TestContext.Current.CancellationToken);
        Assert.Equal((ExecutionStatus.Completed, $"\"{Text}\""), (ended.Status, ended.Result.ToString()));
        Assert.Single(_effects.Runs);
    }

    [Fact]
    public async Task A_stop_ends_the_tries_and_what_could_not_be_stored_runs_again()
    {
        await using var host = new TestEngine(_effects, decorateBlobs: _blobs.Decorate);
        await host.SaveAsync("w", One);
        _effects.Body = (_, _) => new(NodeOutcome.Completed(Text));
        _blobs.FailNextPuts = int.MaxValue;
        var started = await host.StartAsync("w");
        await _blobs.WhenPutFailedAsync();

        var restarted = host.RestartAsync();
        await restarted.InTimeAsync();
        _blobs.FailNextPuts = 0;

        Assert.Equal(ExecutionStatus.Completed, (await host.WhenEndedAsync(started.Execution.Id)).Status);
        Assert.Equal(2, _effects.Runs.Count);
        Assert.Single(_effects.Runs.Select(run => run.Key).Distinct());
    }

    [Fact]
    public async Task A_stop_waits_for_what_is_being_stored()
    {
        var options = new EngineOptions { DrainGrace = TestEngine.Patience };
        await using var host = new TestEngine(_effects, options, decorateBlobs: _blobs.Decorate);
        await host.SaveAsync("w", One);
        _effects.Body = (_, _) => new(NodeOutcome.Completed(Text));
        _blobs.HoldNextPutUntil = _mayEnd.Task;
        var started = await host.StartAsync("w");
        await _blobs.IsHeld.InTimeAsync();

        var restarted = host.RestartAsync();
        _mayEnd.SetResult();
        await restarted.InTimeAsync();

        Assert.Equal(ExecutionStatus.Completed, (await host.WhenEndedAsync(started.Execution.Id)).Status);
        Assert.Single(_effects.Runs);
    }

    [Fact]
    public async Task A_message_that_cannot_be_read_is_read_again_in_its_place_and_what_runs_goes_on()
    {
        await using var host = new TestEngine(_effects, decorateBlobs: _blobs.Decorate, time: _time);
        const string Second = """,{"id":"second","type":"waitForEvent","config":{"name":"go"}}""";
        await host.SaveAsync("w", BesideWait + Second, """{"source":"first","target":"second"}""");
        var started = await StartBesideAsync(host);
        _blobs.FailNextReads = 2;

        Assert.Equal(WriteOutcome.Done, await host.Engine.SignalAsync("acme", started.Execution.Id, "go", Text));
        Assert.Equal(WriteOutcome.Done, await host.Engine.SignalAsync("acme", started.Execution.Id, "go", "small"));
        _mayEnd.SetResult();
        await WhenJournaledAsync(host, started, "node_completed", "a");
        var journal = await host.JournalAsync(started.Execution.Id);
        Assert.DoesNotContain(journal, e => e["type"].Equals("node_completed") && e["nodeId"].Equals("first"));
        await ReadAgainAsync(1);
        await ReadAgainAsync(2);

        var ended = await started.Ended.InTimeAsync();
        Assert.Equal(ExecutionStatus.Completed, ended.Status);
        var state = await host.History.ReadStateAsync(ended, cancellation: TestContext.Current.CancellationToken);
        var waits = state.Runs().Where(run => run.Node.Id is "first" or "second").OrderBy(run => run.Node.Id);
        Assert.Equal([Text, "small"], waits.Select(run => run.Output.AsString()));
        Assert.Single(_effects.Runs);
    }

    [Fact]
    public async Task What_is_due_waits_for_a_message_that_came_before_and_cannot_be_read_yet()
    {
        await using var host = new TestEngine(_effects, decorateBlobs: _blobs.Decorate, time: _time);
        const string Limited = """{"id":"first","type":"waitForEvent","config":{"name":"go","timeout":"3s"}}""";
        await host.SaveAsync("w", $"{One},{Limited}");
        var started = await StartBesideAsync(host);
        _blobs.FailNextReads = 3;

        Assert.Equal(WriteOutcome.Done, await host.Engine.SignalAsync("acme", started.Execution.Id, "go", Text));
        await ReadAgainAsync(1);
        await ReadAgainAsync(2);
        await ReadAgainAsync(4);
        await WhenJournaledAsync(host, started, "node_completed", "first");
        _mayEnd.SetResult();

        Assert.Equal(ExecutionStatus.Completed, (await started.Ended.InTimeAsync()).Status);
        Assert.DoesNotContain(await host.JournalAsync(started.Execution.Id), e => e["type"].Equals("node_failed"));
    }

    [Fact]
    public async Task A_cancel_does_not_wait_for_a_message_that_cannot_be_read()
    {
        await using var host = new TestEngine(_effects, decorateBlobs: _blobs.Decorate);
        await host.SaveAsync("w", BesideWait);
        var started = await StartBesideAsync(host);
        _blobs.FailNextReads = int.MaxValue;

        Assert.Equal(WriteOutcome.Done, await host.Engine.SignalAsync("acme", started.Execution.Id, "go", Text));
        await _blobs.WhenReadFailedAsync();
        Assert.Equal(WriteOutcome.Done, await host.Engine.CancelAsync("acme", started.Execution.Id, "enough"));

        Assert.Equal(ExecutionStatus.Cancelled, (await started.Ended.InTimeAsync()).Status);
        Assert.Single(_effects.Runs);
    }

    [Fact]
    public async Task Few_values_of_many_are_written_at_once()
    {
        await using var host = new TestEngine(_effects, decorateBlobs: _blobs.Decorate);
        await host.SaveAsync("w", One);
        Value[] many = [.. Enumerable.Range(0, 40).Select(number => (Value)(Text + number))];
        _effects.Body = (_, _) => new(NodeOutcome.Completed(Value.List(many)));

        Assert.Equal(ExecutionStatus.Completed, (await host.RunAsync("w")).Status);

        Assert.Equal(40, host.BlobDirectory.GetFiles("*", SearchOption.AllDirectories).Length);
        Assert.InRange(_blobs.MostPutting, 1, 8);
    }

    // An execution whose effect runs until it may end, unless it is told to.
    private async Task<Started> StartBesideAsync(TestEngine host)
    {
        _effects.Body = async (_, cancellation) =>
        {
            _begun.TrySetResult();
            await _mayEnd.Task.WaitAsync(cancellation);
            return NodeOutcome.Completed(1);
        };
        var started = await host.StartAsync("w");
        await _begun.Task.InTimeAsync();
        return started;
    }

    private async Task ReadAgainAsync(int seconds)
    {
        await _blobs.WhenReadFailedAsync();
        await _time.WhenArmedAsync(TimeSpan.FromSeconds(seconds)).InTimeAsync();
        _time.Advance(TimeSpan.FromSeconds(seconds));
    }

    private static async Task WhenJournaledAsync(TestEngine host, Started started, string type, string nodeId)
    {
        await foreach (var _ in host.FollowAsync(started.Execution.Id))
        {
            if ((await host.JournalAsync(started.Execution.Id)).Exists(e => e["type"].Equals(type) && e["nodeId"].Equals(nodeId)))
                return;
        }
        Assert.Fail($"The execution ended without {type} of '{nodeId}'.");
    }
}
