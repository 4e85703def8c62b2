using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Blobs;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Tests.Runtime;

namespace Millrace.Engine.Tests.Blobs;

/// <summary>Large values on their way through an execution.</summary>
public sealed class LargeValueTests
{
    private const string Nodes = """{"id":"s","type":"start"},{"id":"a","type":"effect"},{"id":"b","type":"effect"},{"id":"c","type":"effect"}""";
    private const string Edges = """{"source":"s","target":"a"},{"source":"a","target":"b"},{"source":"b","target":"c"}""";

    private static readonly string Text = new('x', 1_000_000);

    private readonly ScriptedEffects _effects = new();

    [Fact]
    public async Task A_large_output_travels_while_the_journal_stays_small()
    {
        await using var host = new TestEngine(_effects);
        await host.SaveAsync("w", Nodes, Edges);
        var seen = new List<Value>();
        _effects.Body = (context, _) =>
        {
            seen.Add(context.Data);
            return new(NodeOutcome.Completed(context.NodeId == "a" ? MapValue.Of(("text", Text), ("count", 1)) : context.Data));
        };

        var ended = await host.RunAsync("w");

        Assert.Equal(ExecutionStatus.Completed, ended.Status);
        Assert.Equal(Text, seen[^1]["text"].AsString());
        var rows = await host.Store.ReadJournalAsync("acme", ended.Id, 0, 1_000);
        Assert.All(rows, row => Assert.InRange(row.Events.Utf8.Length, 1, 10_000));
        var stored = (await host.Store.ReadExecutionAsync("acme", ended.Id))!;
        Assert.InRange(stored.Result.Utf8.Length, 1, 1_000);
        Assert.Equal(Text, ValueJson.Parse((await host.History.InFullAsync(stored)).Result.Utf8.Span)["text"].AsString());
        Assert.Equal(stored.Result.ToString(), ended.Result.ToString());
        var state = await host.History.ReadStateAsync(stored);
        Assert.Equal(4, state.Runs().Count());
        Assert.Equal(Text, state.Result["text"].AsString());
        Assert.Single(Blobs(host));
    }

    [Fact]
    public async Task A_crash_forgets_no_large_value()
    {
        await using var host = new TestEngine(_effects);
        await host.SaveAsync("w", Nodes, Edges);
        var reached = new TaskCompletionSource();
        _effects.Body = async (context, cancellation) =>
        {
            if (context.NodeId == "b" && !reached.Task.IsCompleted)
            {
                reached.SetResult();
                await Task.Delay(Timeout.Infinite, cancellation);
            }
            return NodeOutcome.Completed(context.NodeId == "a" ? Text : context.Data);
        };
        var started = await host.StartAsync("w", $$"""{"given":"{{Text}}y"}""");
        await reached.Task.WaitAsync(TestEngine.Patience);

        await host.RestartAsync();

        var ended = await host.History.InFullAsync(await host.WhenEndedAsync(started.Execution.Id));
        Assert.Equal(ExecutionStatus.Completed, ended.Status);
        Assert.Equal(Text, ValueJson.Parse(ended.Result.Utf8.Span).AsString());
        Assert.Equal(Text + "y", ValueJson.Parse(ended.Input.Utf8.Span)["given"].AsString());
        Assert.Single(_effects.Runs, run => run.Key.Contains(":a:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_large_input_waits_in_the_blob_store_for_its_turn()
    {
        var options = new EngineOptions { MaxResidentExecutions = 1, DrainGrace = TimeSpan.Zero };
        await using var host = new TestEngine(_effects, options);
        await host.SaveAsync("w", Nodes, Edges);
        var release = new TaskCompletionSource();
        _effects.Body = async (context, _) =>
        {
            await release.Task;
            return NodeOutcome.Completed(context.Data);
        };
        var first = await host.StartAsync("w");
        var second = await host.StartAsync("w", $"\"{Text}\"");
        var pending = (await host.Store.ReadExecutionAsync("acme", second.Execution.Id))!;
        Assert.Equal(ExecutionStatus.Pending, pending.Status);
        Assert.InRange(pending.Request.Utf8.Length, 1, 1_000);

        release.SetResult();

        await first.Ended.WaitAsync(TestEngine.Patience);
        var ended = await host.History.InFullAsync(await second.Ended.WaitAsync(TestEngine.Patience));
        Assert.Equal(Text, ValueJson.Parse(ended.Result.Utf8.Span).AsString());
    }

    [Fact]
    public async Task A_missing_blob_fails_the_execution_that_needs_it_and_no_other()
    {
        await using var host = new TestEngine(_effects);
        await host.SaveAsync("w", Nodes, Edges);
        var reached = new CountdownEvent(2);
        _effects.Body = async (context, cancellation) =>
        {
            if (context.NodeId == "b" && !reached.IsSet)
            {
                reached.Signal();
                await Task.Delay(Timeout.Infinite, cancellation);
            }
            return NodeOutcome.Completed(context.Data);
        };
        var large = await host.StartAsync("w", $"\"{Text}\"");
        var small = await host.StartAsync("w");
        reached.Wait(TestEngine.Patience);
        var blob = Blobs(host).Single();
        blob.Delete();

        await host.RestartAsync();

        var failed = await host.WhenEndedAsync(large.Execution.Id);
        Assert.Equal(ExecutionStatus.Failed, failed.Status);
        Assert.Contains(blob.Name, failed.Error.ToString());
        Assert.Equal(ExecutionStatus.Completed, (await host.WhenEndedAsync(small.Execution.Id)).Status);
        await Assert.ThrowsAsync<InvalidDataException>(async () => await host.History.InFullAsync(failed));
    }

    [Fact]
    public async Task A_start_whose_input_cannot_be_stored_is_refused_and_leaves_nothing()
    {
        var faulty = new FaultyBlobs { FailNextPuts = 1 };
        await using var host = new TestEngine(_effects, decorateBlobs: faulty.Decorate);
        await host.SaveAsync("w", Nodes, Edges);

        await Assert.ThrowsAsync<StoreException>(() => host.StartAsync("w", $"\"{Text}\""));

        Assert.Empty((await host.Store.ListExecutionsAsync("acme", new ExecutionFilter(), new Page())).Executions);
        Assert.Equal(ExecutionStatus.Completed, (await host.RunAsync("w", $"\"{Text}\"")).Status);
    }

    [Fact]
    public async Task A_commit_waits_for_what_is_large_of_it_and_nobody_else_does()
    {
        var faulty = new FaultyBlobs();
        var stored = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = new TestEngine(_effects, decorateBlobs: faulty.Decorate);
        await host.SaveAsync("w", Nodes, Edges);
        faulty.HoldNextPutUntil = stored.Task;

        // Neither this caller's thread nor anybody else's is kept.
        var large = host.Engine.StartAsync(new StartRequest { Tenant = "acme", WorkflowId = "w", Input = Text });
        var small = await host.RunAsync("w", "1");

        Assert.False(large.IsCompleted);
        Assert.Equal([small.Id], (await host.Store.ListExecutionsAsync("acme", new ExecutionFilter(), new Page())).Executions.Select(execution => execution.Id));
        stored.SetResult();
        var started = Assert.IsType<StartOutcome.Accepted>(await large.WaitAsync(TestEngine.Patience)).Execution;
        Assert.Equal(ExecutionStatus.Completed, (await host.WhenEndedAsync(started.Id)).Status);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(1_000, true)]
    public async Task A_cancel_whose_large_part_is_missing_is_read_again_and_then_ends_an_execution_that_cannot_be_loaded(int missingReads, bool isUnloadable)
    {
        var faulty = new FaultyBlobs();
        await using var host = new TestEngine(_effects, decorateBlobs: faulty.Decorate);
        await host.SaveAsync("w", Nodes, Edges);
        var reached = new TaskCompletionSource();
        _effects.Body = async (_, cancellation) =>
        {
            reached.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellation);
            return NodeOutcome.Completed(Value.Null);
        };
        var started = await host.StartAsync("w");
        await reached.Task.WaitAsync(TestEngine.Patience);
        faulty.MissNextReads = missingReads;

        Assert.Equal(WriteOutcome.Done, await host.Engine.CancelAsync("acme", started.Execution.Id, Text));

        var ended = await host.WhenEndedAsync(started.Execution.Id);
        Assert.Equal((ExecutionStatus.Cancelled, isUnloadable), (ended.Status, ended.Error.ToString().Contains("\"unloadable\"", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Only_who_refers_to_a_blob_reads_it()
    {
        await using var host = new TestEngine(_effects);
        await host.SaveAsync("w", Nodes, Edges);
        await host.RunAsync("w", $$"""{"big":"{{Text}}","$blob":"mine"}""");
        var id = Blobs(host).Single().Name;

        Assert.Equal($"\"{Text}\"", (await host.History.ReadBlobAsync("acme", id)).ToString());
        Assert.Null(await host.History.ReadBlobAsync("globex", id));
        Assert.Null(await host.History.ReadBlobAsync("acme", "nothing"));
    }

    [Fact]
    public async Task Data_that_looks_like_a_reference_goes_through_unchanged()
    {
        const string Lookalike = """{"$blob":"0000","size":1,"$$blob":{"$blob":null}}""";
        await using var host = new TestEngine(_effects);
        await host.SaveAsync("w", Nodes, Edges);
        var seen = "";
        _effects.Body = (context, _) =>
        {
            seen = context.Data.ToJson();
            return new(NodeOutcome.Completed(context.Data));
        };

        var ended = await host.RunAsync("w", Lookalike);

        Assert.Equal(Lookalike, seen);
        Assert.Equal(Lookalike, (await host.History.InFullAsync(ended)).Result.ToString());
        Assert.Equal(Lookalike, (await host.History.ReadStateAsync(ended)).Start.Input.ToJson());
    }

    private static FileInfo[] Blobs(TestEngine host) => host.BlobDirectory.GetFiles("*", SearchOption.AllDirectories);
}
