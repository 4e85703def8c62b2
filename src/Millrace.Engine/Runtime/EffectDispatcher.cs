using System.Collections.Concurrent;
using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Engine.Blobs;
using Millrace.Engine.Caching;
using Millrace.Engine.Events;
using Millrace.Engine.Nodes;
using Millrace.Engine.Secrets;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Runtime;

/// <summary>Runs effects, a bounded number at once, each with its timeout. Every way an attempt can end becomes an outcome.</summary>
internal sealed class EffectDispatcher(EngineOptions options, EngineScheduler scheduler, EffectServices services)
{
    private static readonly TimeSpan StoreRetry = TimeSpan.FromSeconds(1);

    private readonly ConcurrentQueue<RunningEffect> _waiting = new();
    private int _running;

    /// <summary>Effects that run now.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>Runs an effect as soon as there is room; its owner hears how it ended.</summary>
    public RunningEffect Start(IEffectOwner owner, EffectStart start)
    {
        var effect = new RunningEffect(this, owner, start);
        if (TryEnter())
        {
            Admit(effect);
            return effect;
        }
        _waiting.Enqueue(effect);
        StartWaiting();
        return effect;
    }

    /// <summary>There is room for an effect: it runs, or its owner first makes sure that this is known after a crash.</summary>
    internal void Admit(RunningEffect effect)
    {
        // Nobody waits for it any more: while it waited for room, its run was stopped or its execution ended.
        if (effect.IsCancelled)
            Finish(effect, NodeOutcome.Failed("cancelled", $"Node '{effect.Start.Node.Id}' was cancelled before it began."));
        else if (effect.NeedsDispatch)
            effect.AskToLeave();
        else
            Run(effect);
    }

    /// <summary>Makes room again that an effect took without running.</summary>
    internal void Release()
    {
        Interlocked.Decrement(ref _running);
        StartWaiting();
    }

    /// <summary>
    /// Takes up room again after <see cref="Release"/>, at once: how many come back together is bounded by what they waited for, and so is how far
    /// beyond the limit this leads.
    /// </summary>
    internal void Reenter() => Interlocked.Increment(ref _running);

    internal void Run(RunningEffect effect)
    {
        ValueTask<NodeOutcome> task;
        try
        {
            options.Reached?.Invoke(CrashPoint.EffectLeaves);
            task = effect.ExecuteAsync(services);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Finish(effect, Unexpected(effect, e));
            return;
        }
        if (task.IsCompletedSuccessfully)
            Finish(effect, task.Result);
        else
            _ = ObserveAsync(effect, task);
    }

    private async Task ObserveAsync(RunningEffect effect, ValueTask<NodeOutcome> task)
    {
        NodeOutcome? outcome;
        using (effect.ArmTimeout(services.Time, options.DefaultEffectTimeout))
        {
            try
            {
                outcome = await task;
            }
            catch (OperationCanceledException) when (effect.IsCancelled)
            {
                outcome = effect.TimedOutAfter is { } limit
                    ? NodeOutcome.Failed("timeout", $"Node '{effect.Start.Node.Id}' took longer than its timeout of {Durations.ToIso(limit)}.", retryable: true)
                    : NodeOutcome.Failed("cancelled", $"Node '{effect.Start.Node.Id}' was cancelled.");
            }
            catch (StoreException) when (!effect.IsCancelled)
            {
                outcome = null;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                outcome = Unexpected(effect, e);
            }
        }
        if (outcome is not null)
        {
            Finish(effect, outcome);
            return;
        }
        // The store's trouble is not the execution's fault: the same attempt is made again, under the same key.
        // A cancel meanwhile ends the wait, and with it the attempt.
        await effect.WaitAsync(StoreRetry, services.Time);
        if (effect.IsCancelled)
            Finish(effect, NodeOutcome.Failed("cancelled", $"Node '{effect.Start.Node.Id}' was cancelled."));
        else
            Run(effect);
    }

    private void Finish(RunningEffect effect, NodeOutcome outcome)
    {
        options.Reached?.Invoke(CrashPoint.EffectEnded);
        Interlocked.Decrement(ref _running);
        StartWaiting();
        effect.Finish(outcome);
    }

    // On the scheduler and not here: effects that end at once would otherwise nest without bound.
    private void StartWaiting()
    {
        while (!_waiting.IsEmpty && TryEnter())
        {
            if (_waiting.TryDequeue(out var next))
                scheduler.Schedule(next);
            else
                Interlocked.Decrement(ref _running);
        }
    }

    private bool TryEnter()
    {
        if (Interlocked.Increment(ref _running) <= options.MaxConcurrentEffects)
            return true;
        Interlocked.Decrement(ref _running);
        return false;
    }

    private static NodeOutcome Unexpected(RunningEffect effect, Exception e) => NodeOutcome.Failed(
        "unexpected",
        $"Node '{effect.Start.Node.Id}' of type '{effect.Start.Node.Type.Type}' broke: {e.GetType().Name}: {e.Message}");
}

/// <summary>What effects may use.</summary>
/// <param name="Time">The clock.</param>
/// <param name="Live">Hears pieces of results as they come.</param>
/// <param name="Secrets">The secrets of tenants; null: there are none.</param>
/// <param name="Children">Starts executions.</param>
/// <param name="Blobs">Where files lie; null: nowhere.</param>
/// <param name="Links">Makes addresses to be called at; null: this process has none.</param>
/// <param name="Cache">What effects have given before.</param>
internal sealed record EffectServices(TimeProvider Time, LiveEvents Live, SecretVault? Secrets, IChildStarter Children, IBlobStore? Blobs, ILinkSource? Links, ResultCache Cache, EventPublisher Events);

/// <summary>Whom an effect runs for.</summary>
internal interface IEffectOwner
{
    /// <summary>The execution that it belongs to.</summary>
    ExecutionIdentity Identity { get; }

    /// <summary>Whether that is a stored execution, which can have children and be called back.</summary>
    bool RunsChildren { get; }

    /// <summary>How many executions are around it.</summary>
    int Depth { get; }

    /// <summary>The execution whose id is in the idempotency keys of its effects.</summary>
    string KeyId { get; }

    /// <summary>
    /// Called when there is room for an effect that must not just run again after a crash: once it is durable that it leaves now, the owner
    /// says <see cref="RunningEffect.Leave"/>.
    /// </summary>
    void EffectAdmitted(RunningEffect effect);

    /// <summary>Called when the attempt has ended, whichever way; its outcome is free of secrets.</summary>
    void EffectFinished(RunningEffect effect, NodeOutcome outcome);
}

/// <summary>One attempt of an effect, waiting or running.</summary>
internal sealed class RunningEffect(EffectDispatcher dispatcher, IEffectOwner owner, EffectStart start) : IThreadPoolWorkItem
{
    private const int Admitted = 1;
    private const int Left = 2;

    private readonly CancellationTokenSource _cancellation = new();
    private EffectContext? _context;
    private TenantSecrets _secrets = TenantSecrets.None;
    private LiveEvents? _live;
    private RedactedTokens? _tokens;
    private readonly Lock _clock = new();
    private ITimer? _timer;
    private bool _isAside;
    private TimeSpan _limit;
    private int _standing;

    /// <summary>What it runs.</summary>
    public EffectStart Start { get; } = start;

    /// <summary>Whether it was told to end.</summary>
    public bool IsCancelled => _cancellation.IsCancellationRequested;

    /// <summary>Whether it has begun, and no longer waits for room.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>The timeout that ended it; null: none did.</summary>
    public TimeSpan? TimedOutAfter { get; private set; }

    /// <summary>Whether it may leave for the world only once that is recorded.</summary>
    public bool NeedsDispatch => Start.Node.Definition.InDoubt is Core.Definitions.InDoubtPolicy.Ask or Core.Definitions.InDoubtPolicy.Fail;

    /// <summary>Tells it to end.</summary>
    public void Cancel() => _cancellation.Cancel();

    /// <summary>That it leaves is recorded: it runs.</summary>
    public void Leave()
    {
        if (Interlocked.CompareExchange(ref _standing, Left, Admitted) == Admitted)
            dispatcher.Run(this);
    }

    /// <summary>It will never leave: there is room for another. Nothing where it has left, or has no room yet.</summary>
    public void GiveUp()
    {
        if (Interlocked.CompareExchange(ref _standing, Left, Admitted) == Admitted)
            dispatcher.Release();
    }

    internal void AskToLeave()
    {
        Volatile.Write(ref _standing, Admitted);
        owner.EffectAdmitted(this);
    }

    void IThreadPoolWorkItem.Execute() => dispatcher.Admit(this);

    internal async ValueTask<NodeOutcome> ExecuteAsync(EffectServices services)
    {
        HasBegun = true;
        if (services.Secrets is { } vault)
            _secrets = await vault.ReadAsync(owner.Identity.Tenant, _cancellation.Token);
        _live = services.Live;
        _context = new EffectContext
        {
            Tenant = owner.Identity.Tenant,
            ExecutionId = owner.Identity.Id,
            KeyId = owner.KeyId,
            WorkflowId = owner.Identity.WorkflowId,
            NodeId = Start.Node.Id,
            Iteration = Start.Iteration,
            Attempt = Start.Attempt,
            Generation = Start.Generation,
            Data = Start.Data,
            Secrets = _secrets,
            OnToken = AddToken,
            Aside = WaitAsideAsync,
            Time = services.Time,
            Children = owner.RunsChildren ? services.Children : null,
            Cache = owner.RunsChildren ? services.Cache : null,
            Depth = owner.Depth,
            Blobs = services.Blobs,
            Publisher = services.Events,
            Links = owner.RunsChildren && services.Links is { } links
                ? attempt => links.LinkTo(owner.Identity, Start.Node.Id, Start.Iteration, new WaitLink(LinkKind.Callback, Attempt: attempt))
                : null,
        };
        var outcome = await ((ExecutableEffect)Start.Node.Logic).RunAsync(Start.Input, _context, _cancellation.Token);
        _tokens?.End();
        return outcome;
    }

    /// <summary>Waits a while; less where it is told to end.</summary>
    internal async ValueTask WaitAsync(TimeSpan delay, TimeProvider time)
    {
        try
        {
            await Task.Delay(delay, time, _cancellation.Token);
        }
        catch (OperationCanceledException) when (IsCancelled)
        {
            // Whoever waits looks at IsCancelled.
        }
    }

    internal IDisposable ArmTimeout(TimeProvider time, TimeSpan fallback)
    {
        lock (_clock)
        {
            _limit = Start.Node.Definition.Timeout ?? ((ExecutableEffect)Start.Node.Logic).Timeout ?? fallback;
            return _timer = time.CreateTimer(static state => ((RunningEffect)state!).TimeOut(), this, _isAside ? Timeout.InfiniteTimeSpan : _limit, Timeout.InfiniteTimeSpan);
        }
    }

    // While it waits for a turn, others run in its place, and its timeout has not begun.
    private async Task WaitAsideAsync(Task turn)
    {
        SetAside(true);
        dispatcher.Release();
        try
        {
            await turn;
        }
        finally
        {
            dispatcher.Reenter();
            SetAside(false);
        }
    }

    private void SetAside(bool isAside)
    {
        lock (_clock)
        {
            _isAside = isAside;
            _timer?.Change(isAside ? Timeout.InfiniteTimeSpan : _limit, Timeout.InfiniteTimeSpan);
        }
    }

    internal void Finish(NodeOutcome outcome)
    {
        if (_context is { Logs.Count: > 0 } context)
            outcome = outcome with { Logs = [.. context.Logs.Concat(outcome.Logs)] };
        outcome = _secrets.Redactor.Redact(outcome);
        owner.EffectFinished(this, _context?.DerivedSecrets is { } derived ? new SecretRedactor(derived).Redact(outcome) : outcome);
    }

    private void AddToken(string text) => (_tokens ??= new RedactedTokens(_secrets.Redactor, Publish)).Add(text);

    private void Publish(string text)
    {
        if (_live!.HasSubscribers)
            _live.Publish(LiveBatch.OfToken(owner.Identity, new LiveToken(Start.Node.Id, Start.Iteration, Start.Attempt, text)));
    }

    private void TimeOut()
    {
        TimedOutAfter = _limit;
        _cancellation.Cancel();
    }
}
