using System.Collections.Immutable;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Blobs;
using Millrace.Engine.Caching;
using Millrace.Engine.Events;
using Millrace.Engine.Feed;
using Millrace.Engine.Nodes;
using Millrace.Engine.Secrets;

namespace Millrace.Engine.Effects;

/// <summary>One attempt of an effect, waiting or running: what the stages know of it, and what stands behind its context.</summary>
internal sealed class RunningEffect(EffectDispatcher dispatcher, IEffectOwner owner, EffectStart start) : IEffectHost, IThreadPoolWorkItem
{
    private readonly CancellationTokenSource _cancellation = new();
    private DispatchGate _gate;
    private EffectContext? _context;
    private RedactedTokens? _tokens;
    private EffectTimeout? _timeout;
    private ImmutableArray<StepRecord> _steps = start.Steps;
    private NodeError? _broken;

    /// <summary>The node and its rendered input.</summary>
    public EffectStart Start => start;

    /// <summary>Whom it runs for.</summary>
    public IEffectOwner Owner => owner;

    /// <summary>Tells it to end.</summary>
    public CancellationToken Cancellation => _cancellation.Token;

    /// <summary>Whether it was told to end.</summary>
    public bool IsCancelled => _cancellation.IsCancellationRequested;

    /// <summary>Whether it has begun, and no longer waits for room.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Whether something may have been reserved for it in budgets when it was cancelled already.</summary>
    public bool MayHaveReservedInVain { get; set; }

    /// <summary>The time that it has left. Made when somebody asks: what ends at once needs none.</summary>
    public EffectTimeout Timeout => LazyInitializer.EnsureInitialized(ref _timeout);

    /// <inheritdoc/>
    public TenantSecrets Secrets { get; set; } = TenantSecrets.None;

    /// <inheritdoc/>
    public string KeyId => owner.KeyId;

    /// <inheritdoc/>
    public int Depth => owner.Depth;

    /// <inheritdoc/>
    public IChildStarter? Children => owner.IsStored ? dispatcher.Services.Children : null;

    /// <inheritdoc/>
    public ResultCache? Cache => owner.IsStored ? dispatcher.Services.Cache : null;

    /// <inheritdoc/>
    public EventPublisher? Publisher => dispatcher.Services.Events;

    /// <inheritdoc/>
    public IBlobStore? Blobs => dispatcher.Services.Blobs;

    /// <inheritdoc/>
    public string? CallbackUrl => owner.IsStored && dispatcher.Services.Links is { } links
        ? links.LinkTo(owner.Identity, start.Node.Id, start.Iteration, new WaitLink(LinkKind.Callback, Attempt: start.Attempt))
        : null;

    /// <summary>Tells it to end.</summary>
    public void Cancel() => _cancellation.Cancel();

    /// <summary>That it leaves is recorded: it runs.</summary>
    public void Leave()
    {
        if (_gate.TryPass())
            dispatcher.Run(this);
    }

    /// <summary>It will never leave: there is room for another. Nothing where it has left, or has no room yet.</summary>
    public void GiveUp()
    {
        if (_gate.TryPass())
            dispatcher.Release();
    }

    internal void AskToLeave()
    {
        _gate.Ask();
        owner.EffectAdmitted(this);
    }

    void IThreadPoolWorkItem.Execute() => dispatcher.Admit(this);

    /// <summary>Its node's code begins, perhaps again: with a context of its own.</summary>
    internal EffectContext Begin()
    {
        HasBegun = true;
        return _context = new EffectContext
        {
            Tenant = owner.Identity.Tenant,
            ExecutionId = owner.Identity.Id,
            WorkflowId = owner.Identity.WorkflowId,
            NodeId = start.Node.Id,
            Iteration = start.Iteration,
            Attempt = start.Attempt,
            Generation = start.Generation,
            Data = start.Data,
            Time = dispatcher.Services.Time,
            Host = this,
        };
    }

    internal void Finish(NodeOutcome outcome)
    {
        _tokens?.End();
        if (_broken is { } error)
            outcome = NodeOutcome.Failed(error);
        if (_context is { Logs.Count: > 0 } context)
            outcome = outcome with { Logs = [.. context.Logs.Concat(outcome.Logs)] };
        owner.EffectFinished(this, Redact(outcome));
    }

    /// <summary>An outcome without the secrets that the attempt used; its log lines without any of the tenant's.</summary>
    internal NodeOutcome Redact(NodeOutcome outcome) => Used.Redact(outcome, Secrets.Redactor);

    private SecretRedactor Used => _context?.Redactor ?? SecretRedactor.None;

    /// <inheritdoc/>
    public StepRecord? FindStep(int number)
    {
        foreach (var step in _steps)
        {
            if (step.Number == number)
                return step;
        }
        return null;
    }

    /// <inheritdoc/>
    public async ValueTask<StepRecord> RecordStepAsync(StepRecord step, long duration, Spending usage)
    {
        var recording = new StepRecording(new StepCompletedInput(start.Node, start.Iteration, start.Attempt, step, duration, usage));
        owner.StepEnded(recording);
        // Not WaitAsync: what it continues with leaves the scheduler.
        using var cancelled = Cancellation.UnsafeRegister(static state => ((StepRecording)state!).Refuse(), recording);
        var recorded = await recording.Recorded;
        // The same attempt may be made again where the store fails later on.
        ImmutableInterlocked.Update(ref _steps, static (steps, one) => steps.Add(one), recorded);
        return recorded;
    }

    /// <inheritdoc/>
    public StepRecord Redact(StepRecord step)
    {
        var clean = Redact(new NodeOutcome { Output = step.Output, Error = step.Error });
        return step with { Output = clean.Output, Error = clean.Error };
    }

    /// <inheritdoc/>
    public void Break(NodeError error) => _broken ??= error;

    // While it waits, others run in its place, and its timeout has not begun.
    async Task IEffectHost.WaitAsideAsync(Task admitted)
    {
        Timeout.SetAside(true);
        dispatcher.Release();
        try
        {
            await admitted;
        }
        finally
        {
            dispatcher.Reenter();
            Timeout.SetAside(false);
        }
    }

    void IEffectHost.Token(string text) => (_tokens ??= new RedactedTokens(Used, Publish)).Add(text);

    private void Publish(string text)
    {
        var feed = dispatcher.Services.Feed;
        var execution = owner.Identity;
        if (feed.HasFollowers)
            feed.Produced(execution.Tenant, new FeedToken(execution.Id, execution.WorkflowId, start.Node.Id, start.Iteration, start.Attempt, text));
    }
}
