using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Feed;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Testing.Time;

namespace Millrace.Engine.Tests.Runtime;

/// <summary>Commits that are durable although their outcome is lost: nobody misses what they wrote.</summary>
public sealed class LostCommitTests
{
    private readonly ScriptedEffects _effects = new();
    private readonly FaultyStore _faults = new();
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _mayEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public LostCommitTests() => _effects.Body = async (_, cancellation) =>
    {
        _begun.TrySetResult();
        await _mayEnd.Task.WaitAsync(cancellation);
        return NodeOutcome.Completed(1);
    };

    [Fact]
    public async Task Followers_hear_what_was_committed()
    {
        await using var host = new TestEngine(_effects, decorate: _faults.Decorate);
        await host.SaveAsync("w", """{"id":"a","type":"effect"}""");
        var id = (await host.StartAsync("w")).Execution.Id;
        await _begun.Task.InTimeAsync();
        FeedScope[] scopes = [new FeedScope.Execution("acme", id), new FeedScope.Workflow("acme", "w"), new FeedScope.Everything("acme")];
        var followers = scopes.Select(scope => LastOfAsync(host, scope)).ToList();
        // They have read what is stored, and wait for what comes.
        await Task.WhenAll(followers.Select(follower => follower.Begun.Task)).InTimeAsync();

        _faults.LoseNextEnds = 1;
        _mayEnd.SetResult();

        foreach (var follower in followers)
            Assert.Equal("workflow_completed", await follower.Last.InTimeAsync());
    }

    [Fact]
    public async Task A_message_is_found_while_its_execution_is_in_memory()
    {
        var time = new VirtualTime();
        await using var host = new TestEngine(_effects, decorate: _faults.Decorate, time: time);
        await host.SaveAsync("w", """{"id":"a","type":"effect"},{"id":"go","type":"waitForEvent","config":{"name":"go"}}""");
        var started = await host.StartAsync("w");
        await _begun.Task.InTimeAsync();
        _faults.LoseNextMessages = 1;
        await Assert.ThrowsAsync<StoreException>(() => host.Engine.SignalAsync("acme", started.Execution.Id, "go", 1));

        time.Advance(new EngineOptions().PollInterval);

        await foreach (var _ in host.FollowAsync(started.Execution.Id))
        {
            if ((await host.JournalAsync(started.Execution.Id)).Exists(e => e["type"].Equals("node_completed") && e["nodeId"].Equals("go")))
                break;
        }
        _mayEnd.SetResult();
        Assert.Equal(ExecutionStatus.Completed, (await started.Ended.InTimeAsync()).Status);
        Assert.Single(_effects.Runs);
    }

    private static (TaskCompletionSource Begun, Task<string> Last) LastOfAsync(TestEngine host, FeedScope scope)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return (begun, FollowAsync());

        async Task<string> FollowAsync()
        {
            await foreach (var item in host.Feed.FollowAsync(scope, FeedCursor.Start, cancellation: TestContext.Current.CancellationToken))
            {
                begun.TrySetResult();
                if (item is FeedEvents { IsTerminal: true } events)
                    return events.Events.Span[^1].Type;
            }
            return "nothing";
        }
    }
}
