using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Blobs;
using Millrace.Engine.Budgets;
using Millrace.Engine.Feed;
using Millrace.Engine.Nodes;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Workflows;
using Millrace.Nodes.Http;
using Millrace.Storage.Sqlite;
using Millrace.Tests;

namespace Millrace.Engine.Tests.Runtime;

/// <summary>A whole engine over a real SQLite store in a directory of its own, which can be stopped and started again over the same data.</summary>
public sealed class TestEngine : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("millrace-engine-");
    private readonly ScriptedEffects _effects;
    private readonly Func<IStore, IStore> _decorate;
    private readonly Func<IBlobStore, IBlobStore> _decorateBlobs;
    private readonly TimeProvider _time;
    private readonly IBudgets _budgets;
    private MillraceEngine _engine = null!;

    public TestEngine(
        ScriptedEffects effects,
        EngineOptions? options = null,
        Func<IStore, IStore>? decorate = null,
        Func<IBlobStore, IBlobStore>? decorateBlobs = null,
        TimeProvider? time = null,
        IBudgets? budgets = null)
    {
        _budgets = budgets ?? WorkflowBudgets.Instance;
        _time = time ?? TimeProvider.System;
        _decorateBlobs = decorateBlobs ?? (blobs => blobs);
        _effects = effects;
        _decorate = decorate ?? (store => store);
        Options = options ?? new EngineOptions { DrainGrace = TimeSpan.Zero };
        Open();
    }

    /// <summary>How the engine is opened the next time.</summary>
    public EngineOptions Options { get; set; }

    public IStore Store { get; private set; } = null!;

    public WorkflowEngine Engine => _engine.Executions;

    public WorkflowLibrary Workflows => _engine.Workflows;

    public EventFeed Feed => _engine.Feed;

    public ExecutionHistory History => _engine.History;

    public DirectoryInfo BlobDirectory => new(Path.Combine(_directory.FullName, "blobs"));

    /// <summary>Stops as a crash does: nothing that runs is recorded as ended. Then starts over the same data.</summary>
    public async Task RestartAsync()
    {
        await CloseAsync();
        Open();
    }

    public async Task SaveAsync(string id, string nodes, string edges = "", string settings = "{}")
    {
        var document = $$"""{"id":"{{id}}","name":"{{id}}","settings":{{settings}},"nodes":[{{nodes}}],"edges":[{{edges}}]}""";
        var outcome = await Workflows.SaveAsync(new SaveRequest { Tenant = "acme", Document = Encoding.UTF8.GetBytes(document), Format = DocumentFormat.Json });
        if (outcome is SaveOutcome.Invalid invalid)
            Assert.Fail(string.Join('\n', invalid.Problems));
        Assert.IsType<SaveOutcome.Saved>(outcome);
    }

    public async Task<Started> StartAsync(string workflow, string input = "{}", IdempotencyKey? key = null)
    {
        var outcome = await Engine.StartAsync(new StartRequest { Tenant = "acme", WorkflowId = workflow, Input = ValueJson.Parse(input), Idempotency = key });
        var execution = Assert.IsType<StartOutcome.Accepted>(outcome).Execution;
        return new Started(execution, EndOfAsync(execution.Id));
    }

    public async Task<ExecutionRecord> RunAsync(string workflow, string input = "{}") => await (await StartAsync(workflow, input)).Ended.WaitAsync(Patience);

    public async Task<ExecutionRecord> WhenEndedAsync(string executionId) =>
        await EndOfAsync(executionId).WaitAsync(Patience);

    public async Task<List<Value>> JournalAsync(string executionId)
    {
        var events = new List<Value>();
        foreach (var entry in await Store.ReadJournalAsync("acme", executionId, 0, 10_000))
            events.AddRange((IEnumerable<Value>)ValueJson.Parse(entry.Events.Utf8.Span).AsList());
        return events;
    }

    /// <summary>Waits until an execution stands at a status, told by its events.</summary>
    public async Task<ExecutionRecord> WhenAtAsync(string executionId, ExecutionStatus status)
    {
        await foreach (var _ in FollowAsync(executionId))
        {
            if (await Store.ReadExecutionAsync("acme", executionId) is { } record && record.Status == status)
                return record;
        }
        throw new InvalidOperationException($"Execution '{executionId}' ended without being {status}.");
    }

    /// <summary>What an execution has done and does, until it ends; fails when that takes too long.</summary>
    public async IAsyncEnumerable<FeedItem> FollowAsync(string executionId)
    {
        using var patience = new CancellationTokenSource(Patience);
        await foreach (var item in Feed.FollowAsync(new FeedScope.Execution("acme", executionId), FeedCursor.Start, cancellation: patience.Token))
            yield return item;
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _directory.Delete(recursive: true);
    }

    /// <summary>How long a test waits for what must happen.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private async Task<ExecutionRecord> EndOfAsync(string executionId) =>
        await Engine.WhenEndedAsync("acme", executionId) ?? throw new InvalidOperationException($"There is no execution '{executionId}'.");

    private void Open()
    {
        Store = _decorate(SqliteStore.Open(new SqliteStoreOptions(_directory.FullName)));
        _engine = MillraceEngine.Open(new EngineSetup
        {
            Store = Store,
            Nodes = new NodeRegistry([.. NodesForTests.All(new OutgoingHttp(AddressGuard.PublicOnly)), new ScriptedType(_effects), new SpendingType(_effects), new PauseType(), new AskType()]),
            Time = _time,
            Options = Options,
            Budgets = _budgets,
            Blobs = _decorateBlobs(new FileBlobStore(BlobDirectory.FullName, _time)),
        });
        Engine.Start();
    }

    private async Task CloseAsync()
    {
        await _engine.DisposeAsync();
        await Store.DisposeAsync();
    }
}

/// <summary>An execution that was started, and a task that ends with it.</summary>
public sealed record Started(ExecutionRecord Execution, Task<ExecutionRecord> Ended);

/// <summary>Waits for what must happen, as long as a test does.</summary>
internal static class Waiting
{
    public static Task InTimeAsync(this Task task) => task.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken);

    public static Task<T> InTimeAsync<T>(this Task<T> task) => task.WaitAsync(TestEngine.Patience, TestContext.Current.CancellationToken);
}

/// <summary>What test effects do, and a witness of what they did.</summary>
public sealed class ScriptedEffects
{
    private readonly Lock _gate = new();
    private readonly List<(string Key, int Attempt)> _runs = [];

    public Func<EffectContext, CancellationToken, ValueTask<NodeOutcome>> Body { get; set; } = (context, _) => new(NodeOutcome.Completed(context.Data));

    /// <summary>For each time that a node of type "effect" was checked, whether its workflow was saved before.</summary>
    public ConcurrentQueue<bool> Checks { get; } = new();

    /// <summary>What nodes of type "model" are expected to spend.</summary>
    public Spending Estimate { get; set; }

    public IReadOnlyList<(string Key, int Attempt)> Runs
    {
        get
        {
            lock (_gate)
                return [.. _runs];
        }
    }

    public ValueTask<NodeOutcome> RunAsync(EffectContext context, CancellationToken cancellation)
    {
        lock (_gate)
            _runs.Add((context.IdempotencyKey, context.Attempt));
        return Body(context, cancellation);
    }
}

internal sealed record NoConfig;

internal sealed class ScriptedType(ScriptedEffects effects) : EffectNodeType<NoConfig>
{
    protected override NodeTypeDescription Describe() => new() { Type = "effect", Title = "Effect", Summary = "Does what the test says.", Category = "Flow", Kind = NodeKind.Effect };

    protected override void Check(NodeCompilation compilation) => effects.Checks.Enqueue(compilation.IsSaved);

    protected override ValueTask<NodeOutcome> ExecuteAsync(NoConfig config, EffectContext context, CancellationToken cancellation) => effects.RunAsync(context, cancellation);
}

internal sealed class SpendingType(ScriptedEffects effects) : EffectNodeType<NoConfig>
{
    protected override NodeTypeDescription Describe() =>
        new() { Type = "model", Title = "Model", Summary = "Does what the test says, and spends.", Category = "Flow", Kind = NodeKind.Effect, EstimateOf = _ => effects.Estimate };

    protected override ValueTask<NodeOutcome> ExecuteAsync(NoConfig config, EffectContext context, CancellationToken cancellation) => effects.RunAsync(context, cancellation);
}

internal sealed record PauseConfig
{
    public TimeSpan Duration { get; init; }
}

internal sealed class PauseType : WaitNodeType<PauseConfig>
{
    protected override NodeTypeDescription Describe() => new() { Type = "pause", Title = "Pause", Summary = "Waits.", Category = "Flow", Kind = NodeKind.Wait };

    protected override WaitLogic Compile(PauseConfig config, NodeCompilation compilation) => new Logic(config.Duration);

    private sealed class Logic(TimeSpan duration) : WaitLogic
    {
        public override (NodeWait? Wait, NodeOutcome? Outcome) Begin(NodeContext context) => (new NodeWait("delay", context.Now + duration), null);

        public override NodeOutcome OnDue(NodeContext context) => NodeOutcome.Completed(context.Data);
    }
}
