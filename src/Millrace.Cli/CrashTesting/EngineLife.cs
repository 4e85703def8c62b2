using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Engine.Feed;
using Millrace.Engine.Operations;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Server.Hosting;

namespace Millrace.Cli.CrashTesting;

/// <summary>An engine from its start to its crash or its end, over a directory that outlives it.</summary>
internal sealed class EngineLife : IAsyncDisposable
{
    private readonly FaultInjectingStore _store;
    private readonly EngineHost _host;

    private EngineLife(CrashTestSetup setup, string directory, EffectLedger ledger, PlannedCrash? crash, bool isAfterCrash)
    {
        (Ledger, IsAfterCrash) = (ledger, isAfterCrash);
        FaultInjectingStore? mortal = null;
        // Its settings are the server's, so that a workflow finds here what it will find there.
        _host = EngineHost.Open(
            setup.Settings with { DataDirectory = directory, DatabasePath = null },
            TimeProvider.System,
            NullLoggerFactory.Instance,
            store => mortal = new FaultInjectingStore(store, crash),
            type => new CrashTestNodeType(type, setup, this));
        _store = mortal!;
    }

    public EffectLedger Ledger { get; }

    public bool IsAfterCrash { get; }

    public EngineHost Host => _host;

    /// <summary>Whether this life of the engine ended, by its crash or otherwise.</summary>
    public bool HasEnded => _store is { Died.IsCompleted: true };

    /// <summary>Ends when it crashes.</summary>
    public Task Died => _store.Died;

    /// <summary>Commits of executions so far.</summary>
    public int Commits => _store.Commits;

    /// <summary>Opens a first engine.</summary>
    /// <param name="setup">What is tested.</param>
    /// <param name="directory">Where its data is.</param>
    /// <param name="ledger">Where its effects are recorded.</param>
    /// <param name="crash">Where it crashes; null: nowhere.</param>
    public static EngineLife Begin(CrashTestSetup setup, string directory, EffectLedger ledger, PlannedCrash? crash) =>
        new(setup, directory, ledger, crash, isAfterCrash: false);

    /// <summary>Opens the next one, which finds what the one before left.</summary>
    public static EngineLife Again(CrashTestSetup setup, string directory, EffectLedger ledger) =>
        new(setup, directory, ledger, crash: null, isAfterCrash: true);

    /// <summary>
    /// Sets it going and waits until an execution has ended; answers for the person who is asked what became of an effect. Null: it did not
    /// end in time.
    /// </summary>
    public async Task<ExecutionRecord?> RecoverAsync(string executionId, TimeSpan timeout)
    {
        var left = await _host.Store.ReadExecutionAsync(Caller.DefaultTenant, executionId)
            ?? throw new InvalidOperationException($"Execution '{executionId}' was acknowledged and is lost.");
        _host.Engine.Start();
        using var limit = new CancellationTokenSource(timeout);
        try
        {
            var scope = new FeedScope.Execution(Caller.DefaultTenant, executionId);
            await foreach (var item in _host.Feed.FollowAsync(scope, new FeedCursor(0, left.Seq), cancellation: limit.Token))
            {
                if (item is FeedEvents events)
                    await SettleAsync(executionId, events);
            }
            return await _host.Store.ReadExecutionAsync(Caller.DefaultTenant, executionId);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return null;
        }
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    private async Task SettleAsync(string executionId, FeedEvents events)
    {
        for (var i = 0; i < events.Events.Length; i++)
        {
            var mark = events.Events.Span[i];
            if (mark.Type is not "node_in_doubt")
                continue;
            var e = ValueJson.Parse(events.JsonOf(mark).Span);
            if (!e["data"]["policy"].Equals("ask"))
                continue;
            var nodeId = e["nodeId"].AsString();
            var iteration = e["iteration"].TryGetString(out var path) ? path : "";
            await _host.Engine.ResolveAsync(
                Caller.DefaultTenant,
                executionId,
                new Resolution(nodeId, iteration, "completed", Ledger.OutputOf(nodeId), Message: null),
                isInDoubt: true);
        }
    }
}
